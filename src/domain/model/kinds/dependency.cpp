// The definition of the kind Dependency.
#include "domain/model/kinds/dependency.hpp"

namespace tollgate::model {

const KindDef& dependency_kind() {
  static constexpr KindDef kind = {
      .api_version = "tollgate/v1",
      .kind = "Dependency",
      .plural = "dependencies",
      .title = "A service that needs others.",
      .doc =
          "The check dependency-release@1 holds the release of a service while one that it needs "
          "is being released to the same environment, or has overspent an error budget there.",
      .introduced_in = "0.2",
      .example = R"(apiVersion: tollgate/v1
kind: Dependency
metadata:
  name: checkout-needs
spec:
  service: checkout
  dependsOn: [payments, stock]
)",
      .spec_type = &reflect::type_of<Dependency>,
      .make = &make_spec<Dependency>};
  return kind;
}

}  // namespace tollgate::model
