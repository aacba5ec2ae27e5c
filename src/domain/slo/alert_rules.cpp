#include "domain/slo/alert_rules.hpp"

#include "domain/slo/ratio.hpp"
#include "domain/slo/resolve.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::slo {
namespace {

constexpr std::array<std::string_view, 5> kSetNames = {"condition", "default", "pyrra",
                                                       "ratio-only", "cusum"};
using Annotations = std::map<std::string, std::string>;

std::string_view annotation(const Annotations* annotations, std::string_view name) {
  if (annotations == nullptr) return {};
  const auto found = annotations->find(std::string(name));
  return found == annotations->end() ? std::string_view{} : std::string_view(found->second);
}

const Annotations* annotations_of(const model::Bundle& bundle, const model::AlertPolicyUse& use) {
  if (use.metadata) return &use.metadata->annotations;
  const model::Resource* policy = bundle.find("AlertPolicy", use.alert_policy_ref);
  return policy == nullptr ? nullptr : &policy->metadata.annotations;
}

/// What OpenSLO says: one burn rate over one window, held for alertAfter.
Result<AlertRule> condition_rule(const Objective& objective, const model::AlertCondition& spec) {
  const model::BurnCondition& condition = spec.condition;
  if (condition.op != model::Operator::gt && condition.op != model::Operator::gte) {
    return fail(codes::bad_value, "condition \"{}\" alerts when the burn rate is low; use op: gt",
                spec.name);
  }
  TOLLGATE_TRY(const Window lookback, parse_window(condition.lookback_window));
  AlertRule rule{.objective = objective};
  BurnPair pair{.short_window = nominal_length(lookback),
                .long_window = nominal_length(lookback),
                .limit = {static_cast<int64_t>(condition.threshold * 1000 + 0.5)}};
  // Rates are whole thousandths, so "at least" is "more than the one before".
  if (condition.op == model::Operator::gte && pair.limit.thousandths > 0) --pair.limit.thousandths;
  if (!condition.alert_after.empty()) {
    TOLLGATE_TRY(const Window after, parse_window(condition.alert_after));
    pair.after = nominal_length(after);
  }
  rule.pairs.push_back(pair);
  // A policy of OpenSLO asks for no proof; annotations may.
  rule.guards = {.bad_events_min = 0, .events_min = 0, .confidence = {0}};
  return rule;
}

Result<void> read_annotations(const Annotations* annotations, bool alerts_on_silence,
                              AlertRule& rule) {
  if (const auto text = annotation(annotations, kConfidenceAnnotation); !text.empty()) {
    TOLLGATE_TRY(const int64_t confidence, parse_ppm(text));
    if (confidence != 0 && (confidence < kWhole / 2 || confidence >= kWhole)) {
      return fail(codes::bad_value, "{} is 0 or from 50 % to below 100 %, not {}",
                  kConfidenceAnnotation, text);
    }
    rule.guards.confidence = {confidence};
  }
  if (const auto text = annotation(annotations, kMinBadAnnotation); !text.empty()) {
    TOLLGATE_TRY(rule.guards.bad_events_min, parse_integer(text));
  }
  rule.no_data_after = alerts_on_silence ? kSilence : Duration{};
  if (const auto text = annotation(annotations, kNoDataAnnotation);
      alerts_on_silence && !text.empty()) {
    TOLLGATE_TRY(rule.no_data_after, parse_duration(text));
  }
  return {};
}

void name_targets(const model::AlertPolicy& policy, AlertRule& rule) {
  for (const model::TargetUse& use : policy.notification_targets) {
    if (!use.target_ref.empty()) rule.targets.push_back(use.target_ref);
  }
}

}  // namespace

std::string_view rule_set_name(RuleSet set) { return kSetNames[static_cast<size_t>(set)]; }

Result<RuleSet> parse_rule_set(std::string_view name) {
  for (size_t i = 0; i < kSetNames.size(); ++i) {
    if (kSetNames[i] == name) return static_cast<RuleSet>(i);
  }
  return fail(codes::unknown_name, "there is no rule set \"{}\"; use {}", name,
              "condition, default, pyrra, ratio-only or cusum");
}

RuleSet rule_set_of(const model::Bundle& bundle, const model::AlertPolicyUse& use) {
  return parse_rule_set(annotation(annotations_of(bundle, use), kRulesAnnotation))
      .value_or(RuleSet::condition);
}

AlertRule standard_rule(const Objective& objective, RuleSet set, std::string_view severity) {
  AlertRule rule{.severity = std::string(severity), .objective = objective};
  const Duration period = nominal_length(objective.window);
  const Urgency urgency = severity == "ticket" ? Urgency::ticket : Urgency::page;
  for (const BurnPair& pair :
       set == RuleSet::pyrra ? burn_pairs_scaled(period) : burn_pairs(period)) {
    if (pair.urgency == urgency && is_reachable(pair, objective)) rule.pairs.push_back(pair);
  }
  const bool has_guards = set != RuleSet::ratio_only && set != RuleSet::pyrra;
  if (!has_guards) rule.guards = {.bad_events_min = 0, .events_min = 0, .confidence = {0}};
  const bool is_event_count = objective.method == BudgetingMethod::occurrences;
  if (has_guards && urgency == Urgency::page && is_event_count) {
    rule.fast = make_cusum(static_cast<double>(allowed_bad(objective).value) / kWhole);
  }
  if (set == RuleSet::cusum_only) rule.pairs.resize(std::min<size_t>(1, rule.pairs.size()));
  return rule;
}

Result<std::vector<AlertRule>> alert_rules(const model::Bundle& bundle, const model::Slo& slo,
                                           const model::Environment* environment) {
  std::vector<AlertRule> rules;
  if (slo.alert_policies.empty()) return rules;
  TOLLGATE_TRY(const Resolved resolved, resolve(bundle, slo, environment));
  for (const model::AlertPolicyUse& use : slo.alert_policies) {
    const std::optional<model::SloAlert> alert = bundle.alert_of(use);
    if (!alert) continue;
    const Annotations* annotations = annotations_of(bundle, use);
    const std::string_view set_name = annotation(annotations, kRulesAnnotation);
    RuleSet set = RuleSet::condition;
    if (!set_name.empty()) {
      TOLLGATE_TRY(set, parse_rule_set(set_name));
    }
    AlertRule rule;
    if (set == RuleSet::condition) {
      TOLLGATE_TRY(rule, condition_rule(resolved.objective, *alert->condition_spec));
    } else {
      rule = standard_rule(resolved.objective, set, alert->condition_spec->severity);
    }
    rule.slo = slo.address();
    rule.environment = environment == nullptr ? "" : environment->name;
    rule.name = alert->policy;
    rule.severity = alert->condition_spec->severity;
    const std::string_view dependency = model::first_label(slo.labels, kDependencyLabel);
    rule.group =
        dependency.empty() ? "service/" + slo.service : "dependency/" + std::string(dependency);
    rule.tells_resolved = alert->spec->alert_when_resolved;
    TOLLGATE_CHECK(read_annotations(annotations, alert->spec->alert_when_no_data, rule));
    // A policy that only watches for silence raises nothing while burning.
    if (alert->spec->alert_when_no_data && !alert->spec->alert_when_breaching) {
      rule.pairs.clear();
      rule.fast.reset();
    }
    name_targets(*alert->spec, rule);
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace tollgate::slo
