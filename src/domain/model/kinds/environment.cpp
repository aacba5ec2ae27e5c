#include "domain/model/kinds/environment.hpp"

namespace tollgate::model {

const KindDef& environment_kind() {
  static constexpr KindDef kind = {
      .api_version = "tollgate/v1",
      .kind = "Environment",
      .plural = "environments",
      .title = "Where releases go, and how strictly gates are taken there.",
      .doc =
          "enforce: the verdict stands. warn, observe: the verdict is recorded and the release "
          "may go. onInconclusive and onError say what to answer without a decision: "
          "inconclusive, hold, deny or allow; the choice is recorded with the verdict.",
      .introduced_in = "0.1",
      .example = R"(apiVersion: tollgate/v1
kind: Environment
metadata:
  name: production
spec:
  description: What customers use.
  order: 20
  production: true
  enforcement: enforce
  onInconclusive: hold
  onError: hold
  objectives:
    - slo: checkout/availability
      target: 99.9%
)",
      .spec_type = &reflect::type_of<Environment>,
      .make = &make_spec<Environment>};
  return kind;
}

}  // namespace tollgate::model
