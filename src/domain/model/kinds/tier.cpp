#include "domain/model/kinds/tier.hpp"

namespace tollgate::model {

const KindDef& tier_kind() {
  static constexpr KindDef kind = {
      .api_version = "tollgate/v1",
      .kind = "Tier",
      .plural = "tiers",
      .title = "How important services are.",
      .doc =
          "Services name it by label `tier`. It brings their error budget policy, and what an "
          "outage costs.",
      .introduced_in = "0.1",
      .example = R"(apiVersion: tollgate/v1
kind: Tier
metadata:
  name: tier-1
spec:
  description: Customers cannot buy without it.
  errorBudgetPolicy: strict
  costPerMinute: 1200
  revenueShare: 60%
)",
      .spec_type = &reflect::type_of<Tier>,
      .make = &make_spec<Tier>};
  return kind;
}

}  // namespace tollgate::model
