#include "domain/model/kinds/team.hpp"

namespace tollgate::model {

const KindDef& team_kind() {
  static constexpr KindDef kind = {.api_version = "tollgate/v1",
                                   .kind = "Team",
                                   .plural = "teams",
                                   .title = "People who own services.",
                                   .doc = "Services name it by label `team` or `owner`.",
                                   .introduced_in = "0.1",
                                   .example = R"(apiVersion: tollgate/v1
kind: Team
metadata:
  name: payments
spec:
  description: Builds and runs everything around paying.
  members:
    - name: ada
      role: product
  contacts:
    chat: "#payments"
)",
                                   .spec_type = &reflect::type_of<Team>,
                                   .make = &make_spec<Team>};
  return kind;
}

}  // namespace tollgate::model
