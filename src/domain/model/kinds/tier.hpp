// Tier: how important services are, and which error budget policy that brings.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

struct Tier {
  std::string name;
  Labels labels;
  std::string description;
  std::string error_budget_policy;
  std::optional<int64_t> cost_per_minute;  // in the organisation's currency
  std::optional<Ppm> revenue_share;
};
const KindDef& tier_kind();

}  // namespace tollgate::model

template <>
struct tollgate::reflect::Reflect<tollgate::model::Tier> {
  static constexpr std::string_view name = "Tier";
  static constexpr std::array fields = {
      field<&model::Tier::description>("description", "What belongs to the tier.",
                                       {.size_max = model::kDescriptionSizeMax}),
      field<&model::Tier::error_budget_policy>(
          "errorBudgetPolicy", "What happens as the error budget is spent.",
          {.size_max = model::kNameSizeMax, .refers_to = "ErrorBudgetPolicy"}),
      field<&model::Tier::cost_per_minute>("costPerMinute", "Money lost per minute down.",
                                           {.min = 0}),
      field<&model::Tier::revenue_share>("revenueShare", "Share of the revenue that depends on it.",
                                         {.min = 0, .max = 1'000'000})};
};
