// The policies of the simulated world: a few bundles that differ in what they ask for, whom they
// know and whom they tell.
#pragma once

#include "domain/model/bundle.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::sim {

inline constexpr std::array<std::string_view, 3> kServices = {"checkout", "search", "wiki"};
inline constexpr std::array<std::string_view, 4> kEnvironments = {"production", "staging",
                                                                  "preview", "canary"};
/// Every check over signals trusts data up to this age, in every bundle.
inline constexpr Duration kTrustedAge = hours(1);
/// Window of every SLO.
inline constexpr Duration kWindow = days(7);

/// Text of bundle `variant`; 0 and 1 know all services, 2 has no rule for staging and tells nobody,
/// 3 does not know "search".
std::string policy_text(size_t variant);
inline constexpr size_t kPolicyCount = 4;
/// All bundles, in order of their variants; they are valid (asserted).
const std::vector<model::Bundle>& policies();

}  // namespace tollgate::sim
