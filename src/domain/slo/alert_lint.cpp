#include "domain/slo/alert_lint.hpp"

#include "domain/slo/alert_rules.hpp"
#include "domain/slo/resolve.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>

namespace tollgate::slo {
namespace {

using model::Finding;
using model::Severity;

constexpr std::string_view kOwnPrefix = "tollgate.dev/";
constexpr std::array kSloAnnotations = {model::kMaxIntervalAnnotation, model::kMinEventsAnnotation,
                                        model::kSamplingAnnotation};

Finding finding(const model::Resource& resource, Severity severity, Code code,
                std::string_view path, std::string message) {
  return {.severity = severity,
          .problem = {.code = code,
                      .message = std::move(message),
                      .file = resource.file,
                      .mark = model::mark_at(resource.source, path),
                      .field = std::string(path)},
          .resource = resource.key()};
}

void lint_annotations(const model::Resource& resource, const model::Slo& slo,
                      std::vector<Finding>& findings) {
  const std::vector<std::string> known(kSloAnnotations.begin(), kSloAnnotations.end());
  for (const auto& [name, value] : slo.annotations) {
    if (!name.starts_with(kOwnPrefix) || std::find(known.begin(), known.end(), name) != known.end())
      continue;
    findings.push_back(
        finding(resource, Severity::warning, codes::unknown_field, "/metadata/annotations",
                fmt::format("\"{}\" means nothing on an SLO{}", name, did_you_mean(name, known))));
  }
}

/// Of a rule set: how many of its pairs can fire at this target.
void lint_pairs(const model::Resource& resource, const AlertRule& rule, RuleSet set, size_t index,
                std::vector<Finding>& findings) {
  if (set == RuleSet::condition) return;  // the linter of the model has looked at it
  const Urgency urgency = rule.severity == "ticket" ? Urgency::ticket : Urgency::page;
  const Duration period = nominal_length(rule.objective.window);
  std::vector<BurnPair> pairs =
      set == RuleSet::pyrra ? burn_pairs_scaled(period) : burn_pairs(period);
  std::erase_if(pairs, [urgency](const BurnPair& pair) { return pair.urgency != urgency; });
  std::erase_if(pairs,
                [&rule](const BurnPair& pair) { return is_reachable(pair, rule.objective); });
  const std::string path = fmt::format("/spec/alertPolicies/{}", index);
  const std::string target = percent_text(rule.objective.target.value);
  if (rule.pairs.empty()) {
    findings.push_back(finding(
        resource, Severity::warning, codes::unreachable_alert, path,
        fmt::format("alert {} can never fire: no pair of windows of the set {} fits a window of {} "
                    "and a target of {}",
                    rule.name, rule_set_name(set), duration_words(period), target)));
    return;
  }
  for (const BurnPair& pair : pairs) {
    findings.push_back(finding(
        resource, Severity::info, codes::unreachable_alert, path,
        fmt::format("alert {} does without the pair {} and {}: at a target of {} even a total "
                    "outage burns less than {}",
                    rule.name, duration_words(pair.short_window), duration_words(pair.long_window),
                    target, burn_text(pair.limit))));
  }
}

void lint_slo(const model::Bundle& bundle, const model::Resource& resource, const model::Slo& slo,
              std::vector<Finding>& findings) {
  lint_annotations(resource, slo, findings);
  const Result<std::vector<AlertRule>> rules = alert_rules(bundle, slo, nullptr);
  if (!rules) {
    // An SLO that cannot be evaluated at all is reported as such.
    if (resolve(bundle, slo, nullptr))
      findings.push_back(finding(resource, Severity::error, rules.error().code,
                                 "/spec/alertPolicies", rules.error().message));
    return;
  }
  size_t rule = 0;
  for (size_t i = 0; i < slo.alert_policies.size(); ++i) {
    const std::optional<model::SloAlert> alert = bundle.alert_of(slo.alert_policies[i]);
    if (!alert) continue;
    const AlertRule& made = (*rules)[rule++];
    if (alert->spec->alert_when_no_data && !alert->spec->alert_when_breaching) continue;
    lint_pairs(resource, made, rule_set_of(bundle, slo.alert_policies[i]), i, findings);
  }
}

}  // namespace

std::vector<Finding> lint_alerts(const model::Bundle& bundle) {
  std::vector<Finding> findings;
  for (const model::Resource* resource : bundle.of_kind("SLO")) {
    if (const auto* slo = resource->as<model::Slo>()) lint_slo(bundle, *resource, *slo, findings);
  }
  return findings;
}

}  // namespace tollgate::slo
