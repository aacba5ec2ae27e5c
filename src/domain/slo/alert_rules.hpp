// Alert rules from the policy: OpenSLO alert policies as they stand, or the multi-window
// multi-burn-rate set, scaled as Sloth or as Pyrra scales it.
#pragma once

#include "domain/model/bundle.hpp"
#include "domain/slo/alert.hpp"

namespace tollgate::slo {

/// Annotations of an AlertPolicy; without them a policy means what OpenSLO says.
inline constexpr std::string_view kRulesAnnotation = "tollgate.dev/rules";  // default, pyrra
inline constexpr std::string_view kConfidenceAnnotation = "tollgate.dev/confidence";
inline constexpr std::string_view kMinBadAnnotation = "tollgate.dev/min-bad-events";
inline constexpr std::string_view kNoDataAnnotation = "tollgate.dev/no-data-after";
/// Silence that alerts where a policy has alertWhenNoData and names no time of its own.
inline constexpr Duration kSilence = minutes(10);
/// Label of an SLO: what it depends on; alerts with the same value have one cause.
inline constexpr std::string_view kDependencyLabel = "dependency";

enum class RuleSet { condition, defaults, pyrra, ratio_only, cusum_only };
/// "condition", "default", "pyrra", "ratio-only", "cusum".
std::string_view rule_set_name(RuleSet set);
/// Errors: unknown_name.
Result<RuleSet> parse_rule_set(std::string_view name);

/// The set that an alert policy of an SLO names; condition if it names none, or none that exists.
RuleSet rule_set_of(const model::Bundle& bundle, const model::AlertPolicyUse& use);

/// The pairs, guards and CUSUM of `set` for a severity ("ticket": the slow pairs, anything else:
/// the paging ones), without names and targets.
AlertRule standard_rule(const Objective& objective, RuleSet set, std::string_view severity);

/// The rules of one SLO in one environment (null: none in particular). Errors: bad_value for a
/// condition that cannot be judged: an operator other than gt and gte, or a broken annotation.
Result<std::vector<AlertRule>> alert_rules(const model::Bundle& bundle, const model::Slo& slo,
                                           const model::Environment* environment);

}  // namespace tollgate::slo
