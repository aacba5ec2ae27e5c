// ErrorBudgetPolicy: what may still be released as the error budget is spent.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

/// Which changes may still go once a threshold is passed.
enum class StillAllowed { all, fixes, reliability, none };

struct BudgetThreshold {
  std::optional<Ppm> budget_left_below;
  std::optional<double> burn_rate_above;  // over `window`
  std::optional<Duration> window;
  StillAllowed allow = StillAllowed::all;
  std::vector<std::string> may_override;  // roles
  std::vector<std::string> notify;
};

struct ErrorBudgetPolicy {
  std::string name;
  Labels labels;
  std::string description;
  std::vector<BudgetThreshold> thresholds;
};
const KindDef& error_budget_policy_kind();

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct EnumNames<model::StillAllowed> {
  static constexpr std::array<std::string_view, 4> names = {"all", "fixes", "reliability", "none"};
};
template <>
struct Reflect<model::BudgetThreshold> {
  static constexpr std::string_view name = "BudgetThreshold";
  static constexpr std::array fields = {
      field<&model::BudgetThreshold::budget_left_below>(
          "budgetLeftBelow", "Holds while less than this share of the budget is left.",
          {.max = 1'000'000, .example = "25%"}),
      field<&model::BudgetThreshold::burn_rate_above>(
          "burnRateAbove", "Holds while the budget burns faster than this over window.",
          {.min = 0, .max = 1'000'000, .example = "6"}),
      field<&model::BudgetThreshold::window>(
          "window", "Span that burnRateAbove is taken over.",
          {.min = 60'000, .max = 366LL * 86'400'000, .example = "1h"}),
      field<&model::BudgetThreshold::allow>("allow", "Which changes may still go.",
                                            {.is_required = true}),
      field<&model::BudgetThreshold::may_override>(
          "mayOverride", "Roles that may let a release pass.", {.size_max = 50}),
      field<&model::BudgetThreshold::notify>("notify", "Who is told.", {.size_max = 50})};
};
template <>
struct Reflect<model::ErrorBudgetPolicy> {
  static constexpr std::string_view name = "ErrorBudgetPolicy";
  static constexpr std::array fields = {
      field<&model::ErrorBudgetPolicy::description>("description", "What the policy is for.",
                                                    {.size_max = model::kDescriptionSizeMax}),
      field<&model::ErrorBudgetPolicy::thresholds>("thresholds", "What happens from when on.",
                                                   {.is_required = true, .size_max = 50})};
};

}  // namespace tollgate::reflect
