#include "domain/model/kinds/service.hpp"

namespace tollgate::model {

std::string_view team_of(const Labels& labels) {
  const std::string_view team = first_label(labels, "team");
  return team.empty() ? first_label(labels, "owner") : team;
}

const KindDef& service_kind() {
  static constexpr KindDef kind = {
      .api_version = "openslo/v1",
      .kind = "Service",
      .plural = "services",
      .title = "Something that is released and has SLOs.",
      .doc =
          "Label `tier` names the Tier, which brings the error budget policy; label `team` or "
          "`owner` names the Team that answers for it, label `timeZone` the zone in which its days "
          "and "
          "weeks are counted.",
      .introduced_in = "0.1",
      .example = R"(apiVersion: openslo/v1
kind: Service
metadata:
  name: checkout
  labels:
    tier: tier-1
    team: payments
spec:
  description: Takes orders and payments.
)",
      .spec_type = &reflect::type_of<Service>,
      .make = &make_spec<Service>};
  return kind;
}

}  // namespace tollgate::model
