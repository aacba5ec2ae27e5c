#include "domain/model/kinds/queue.hpp"

namespace tollgate::model {

const KindDef& queue_kind() {
  static constexpr KindDef kind = {
      .api_version = "tollgate/v1",
      .kind = "Queue",
      .plural = "queues",
      .title = "How many releases go at once, and who is next.",
      .doc =
          "A release joins, waits for a lease, keeps it alive with heartbeats and leaves. A lease "
          "carries a fencing token that only grows; one that is not kept alive ends. The check "
          "queue@1 holds a release until it has the lease of every queue that selects it.",
      .introduced_in = "0.2",
      .example = R"(apiVersion: tollgate/v1
kind: Queue
metadata:
  name: production
spec:
  description: One release at a time where customers are.
  selects:
    environments: [production]
  mode: oldest_first
  capacity: 1
  lease: 30m
  emergency: first
)",
      .spec_type = &reflect::type_of<Queue>,
      .make = &make_spec<Queue>};
  return kind;
}

}  // namespace tollgate::model
