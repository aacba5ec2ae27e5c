#include "domain/model/kinds/error_budget_policy.hpp"

#include "foundation/base/codes.hpp"

namespace tollgate::model {
namespace {

void validate(const void* erased, ProblemSink& sink) {
  const auto& policy = *static_cast<const ErrorBudgetPolicy*>(erased);
  for (size_t i = 0; i < policy.thresholds.size(); ++i) {
    const BudgetThreshold& threshold = policy.thresholds[i];
    const std::string path = fmt::format("/spec/thresholds/{}", i);
    if (!threshold.budget_left_below && !threshold.burn_rate_above) {
      sink.add(codes::missing_field, path,
               "a threshold needs \"budgetLeftBelow\" or \"burnRateAbove\"");
    }
    if (threshold.burn_rate_above.has_value() != threshold.window.has_value()) {
      sink.add(
          codes::field_conflict, path,
          "\"burnRateAbove\" and \"window\" belong together: a burn rate is taken over a span");
    }
  }
}

}  // namespace

const KindDef& error_budget_policy_kind() {
  static constexpr KindDef kind = {
      .api_version = "tollgate/v1",
      .kind = "ErrorBudgetPolicy",
      .plural = "errorbudgetpolicies",
      .title = "What may still be released as the error budget is spent.",
      .doc =
          "Named by tiers. Of all thresholds that hold, the strictest counts: all changes, "
          "fixes only, reliability work only, or none.",
      .introduced_in = "0.1",
      .example = R"(apiVersion: tollgate/v1
kind: ErrorBudgetPolicy
metadata:
  name: strict
spec:
  description: Slow down at a quarter, stop when it is spent.
  thresholds:
    - budgetLeftBelow: 25%
      allow: fixes
      mayOverride: [operations]
      notify: [payments]
    - budgetLeftBelow: 0%
      allow: reliability
    - burnRateAbove: 6
      window: 1h
      allow: reliability
)",
      .spec_type = &reflect::type_of<ErrorBudgetPolicy>,
      .make = &make_spec<ErrorBudgetPolicy>,
      .validate = &validate};
  return kind;
}

}  // namespace tollgate::model
