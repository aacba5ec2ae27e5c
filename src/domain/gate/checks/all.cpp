// The catalogue of checks, sorted by name. One line each.
#include "domain/gate/check.hpp"

#include <algorithm>

namespace tollgate::gate {

extern const CheckDef agreement_v1;
extern const CheckDef agreement_v2;
extern const CheckDef artifact_v1;
extern const CheckDef benchmark_v1;
extern const CheckDef burn_rate_v1;
extern const CheckDef burn_rate_v2;
extern const CheckDef coverage_v1;
extern const CheckDef dependency_release_v1;
extern const CheckDef dependency_release_v2;
extern const CheckDef dora_v1;
extern const CheckDef error_budget_v1;
extern const CheckDef error_budget_v2;
extern const CheckDef findings_v1;
extern const CheckDef freshness_v1;
extern const CheckDef previous_environment_v1;
extern const CheckDef queue_v1;
extern const CheckDef tests_v1;
extern const CheckDef window_v1;
extern const CheckDef window_v2;

std::span<const CheckDef* const> all_checks() {
  static const std::array checks = {
      &agreement_v1,             //
      &agreement_v2,             //
      &artifact_v1,              //
      &benchmark_v1,             //
      &burn_rate_v1,             //
      &burn_rate_v2,             //
      &coverage_v1,              //
      &dependency_release_v1,    //
      &dependency_release_v2,    //
      &dora_v1,                  //
      &error_budget_v1,          //
      &error_budget_v2,          //
      &findings_v1,              //
      &freshness_v1,             //
      &previous_environment_v1,  //
      &queue_v1,                 //
      &tests_v1,                 //
      &window_v1,                //
      &window_v2,                //
  };
  return checks;
}

const CheckDef* find_check(std::string_view name) {
  const auto checks = all_checks();
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [name](const CheckDef* check) { return check->name == name; });
  return found == checks.end() ? nullptr : *found;
}

}  // namespace tollgate::gate
