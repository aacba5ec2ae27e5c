#include "app/cli/version.hpp"

#include "domain/gate/check.hpp"

namespace tollgate::cli {

std::string_view program_version() { return TOLLGATE_VERSION; }
std::string_view program_commit() { return TOLLGATE_COMMIT; }

doc::Node version_json() {
  doc::Node checks = doc::Node::array();
  for (const gate::CheckDef* check : gate::all_checks()) checks.push(check->name);
  doc::Node kinds = doc::Node::array();
  for (std::string_view version : {"tollgate/v1", "openslo/v1"}) kinds.push(version);
  return doc::Node::object({{"version", program_version()},
                            {"commit", program_commit()},
                            {"api", "v1"},
                            {"apiVersions", std::move(kinds)},
                            {"ledger", "tollgate-data 1"},
                            {"checks", std::move(checks)}});
}

}  // namespace tollgate::cli
