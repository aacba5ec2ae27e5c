// Each rule looks at one kind of resource and says what is unwise about it.
#include "domain/model/lint.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <tuple>

namespace tollgate::model {
namespace {

/// A slice shorter than this is shorter than most systems measure.
constexpr Duration kSliceMin = minutes(1);
constexpr int64_t kPpm = 1'000'000;

class Linter {
 public:
  Linter(const Bundle& bundle, std::span<const std::string> known_checks)
      : bundle_(bundle), known_checks_(known_checks) {}

  std::vector<Finding> run() {
    for (const auto& resource : bundle_.entries()) {
      resource_ = resource.get();
      if (const auto* service = resource->as<Service>()) lint_service(*service);
      if (const auto* slo = resource->as<Slo>()) lint_slo(*slo);
      if (const auto* policy = resource->as<ReleasePolicy>()) {
        lint_rule(policy->rule, "/spec/rule");
      }
      if (const auto* environment = resource->as<Environment>()) lint_environment(*environment);
    }
    return std::move(findings_);
  }

 private:
  void add(Severity severity, Code code, std::string_view path, std::string message) {
    findings_.push_back({.severity = severity,
                         .problem = {.code = code,
                                     .message = std::move(message),
                                     .file = resource_->file,
                                     .mark = mark_at(resource_->source, path),
                                     .field = std::string(path)},
                         .resource = resource_->key()});
  }

  void lint_service(const Service& service) {
    if (first_label(service.labels, kTierLabel).empty()) {
      add(Severity::warning, codes::no_owner, "/metadata",
          fmt::format("service {} has no label \"tier\", so no error budget policy applies",
                      service.name));
    }
    if (team_of(service.labels).empty()) {
      add(Severity::warning, codes::no_owner, "/metadata",
          fmt::format("service {} has no label \"team\" or \"owner\"", service.name));
    }
    if (bundle_.slos_of(service).empty()) {
      add(Severity::warning, codes::no_objective, "/metadata/name",
          fmt::format("service {} has no SLO; checks over its budget will be unknown",
                      service.name));
    }
  }

  void lint_slo(const Slo& slo) {
    for (size_t i = 0; i < slo.objectives.size(); ++i) {
      lint_objective(slo, slo.objectives[i], fmt::format("/spec/objectives/{}", i));
    }
    for (size_t i = 0; i < slo.alert_policies.size(); ++i) {
      const std::string path = fmt::format("/spec/alertPolicies/{}", i);
      if (const auto alert = bundle_.alert_of(slo.alert_policies[i])) {
        lint_alert(slo, *alert, path);
      }
    }
  }

  void lint_objective(const Slo& slo, const SloObjective& objective, const std::string& path) {
    const Sli* sli = bundle_.indicator_of(objective);
    if (sli == nullptr) sli = bundle_.indicator_of(slo);
    const bool is_ratio = sli != nullptr && sli->ratio_metric.has_value();
    if (is_ratio && (objective.op || objective.value)) {
      add(Severity::warning, codes::not_portable, path + (objective.op ? "/op" : "/value"),
          "\"op\" and \"value\" mean nothing for a ratio; OpenSLO's validator refuses them");
    }
    const bool is_slice_used = slo.budgeting_method != BudgetingMethod::occurrences;
    if (!is_slice_used && (objective.time_slice_target || !objective.time_slice_window.empty())) {
      add(Severity::warning, codes::not_portable, path,
          "\"timeSliceTarget\" and \"timeSliceWindow\" mean nothing for Occurrences");
    }
    const Result<Duration> slice = parse_duration(objective.time_slice_window);
    if (is_slice_used && slice && *slice < kSliceMin) {
      add(Severity::warning, codes::slice_too_short, path + "/timeSliceWindow",
          "slices below a minute are shorter than most sources measure");
    }
    if (is_slice_used && slice) lint_slice(slo, *slice, path);
    if (target_of(objective).value == 0) {
      add(Severity::warning, codes::no_objective, path, "a target of 0 can never be missed");
    }
  }

  void lint_slice(const Slo& slo, Duration slice, const std::string& path) {
    const Result<Duration> window = slo.time_window.empty()
                                        ? Result<Duration>(Duration{0})
                                        : parse_duration(slo.time_window.front().duration);
    if (window && window->ms > 0 && slice >= *window) {
      add(Severity::error, codes::bad_value, path + "/timeSliceWindow",
          "a slice must be shorter than the time window");
    }
  }

  void lint_alert(const Slo& slo, const SloAlert& alert, const std::string& path) {
    const BurnCondition& condition = alert.condition_spec->condition;
    for (const SloObjective& objective : slo.objectives) {
      const int64_t allowed_bad = kPpm - target_of(objective).value;
      const double needed = condition.threshold * static_cast<double>(allowed_bad);
      if (needed < static_cast<double>(kPpm) || condition.op == Operator::lt ||
          condition.op == Operator::lte) {
        continue;
      }
      add(Severity::warning, codes::unreachable_alert, path,
          fmt::format("alert {} can never fire: burn rate {} at target {} needs {} bad events",
                      alert.policy, condition.threshold, percent_text(target_of(objective).value),
                      percent_text(static_cast<int64_t>(needed))));
    }
    const Result<Duration> lookback = parse_duration(condition.lookback_window);
    const Result<Duration> window = slo.time_window.empty()
                                        ? Result<Duration>(Duration{0})
                                        : parse_duration(slo.time_window.front().duration);
    if (lookback && window && window->ms > 0 && *lookback > *window) {
      add(Severity::warning, codes::unreachable_alert, path,
          fmt::format("alert {} looks back {}, longer than the SLO's window of {}", alert.policy,
                      condition.lookback_window, slo.time_window.front().duration));
    }
  }

  void lint_rule(const Rule& rule, const std::string& path) {
    const bool is_known =
        !rule.check || known_checks_.empty() ||
        std::find(known_checks_.begin(), known_checks_.end(), *rule.check) != known_checks_.end();
    if (!is_known) {
      add(Severity::error, codes::unknown_check, path + "/check",
          fmt::format("there is no check \"{}\"{}", *rule.check,
                      did_you_mean(*rule.check, known_checks_)));
    }
    lint_rules(rule.all_of, path + "/allOf");
    lint_rules(rule.any_of, path + "/anyOf");
    lint_rules(rule.of, path + "/of");
  }

  void lint_rules(const std::vector<Rule>& rules, const std::string& path) {
    for (size_t i = 0; i < rules.size(); ++i) lint_rule(rules[i], fmt::format("{}/{}", path, i));
  }

  void lint_environment(const Environment& environment) {
    if (environment.on_error == Outcome::allow) {
      add(Severity::info, codes::fails_open, "/spec/onError",
          fmt::format("{} lets releases pass when a check broke", environment.name));
    }
    if (environment.on_inconclusive == Outcome::allow) {
      add(Severity::info, codes::fails_open, "/spec/onInconclusive",
          fmt::format("{} lets releases pass when the data cannot carry a decision",
                      environment.name));
    }
    const std::vector<const Resource*> policies = bundle_.of_kind("ReleasePolicy");
    const bool has_policy =
        std::any_of(policies.begin(), policies.end(), [&](const Resource* resource) {
          const std::vector<std::string>& names =
              resource->as<ReleasePolicy>()->selects.environments;
          return names.empty() ||
                 std::find(names.begin(), names.end(), environment.name) != names.end();
        });
    if (!has_policy) {
      add(Severity::warning, codes::no_gate, "/metadata/name",
          fmt::format("no ReleasePolicy selects environment {}; its gate demands nothing",
                      environment.name));
    }
  }

  const Bundle& bundle_;
  std::span<const std::string> known_checks_;
  const Resource* resource_ = nullptr;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> lint(const Bundle& bundle, const Problems& problems,
                          std::span<const std::string> known_checks, const Problems& warnings) {
  std::vector<Finding> findings;
  for (const Error& problem : problems) {
    findings.push_back({.severity = Severity::error, .problem = problem, .resource = {}});
  }
  for (const Error& warning : warnings)
    findings.push_back({.severity = Severity::warning, .problem = warning, .resource = {}});
  for (Finding& finding : Linter(bundle, known_checks).run()) {
    findings.push_back(std::move(finding));
  }
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.problem.file, a.problem.mark.line, a.problem.mark.column) <
           std::tie(b.problem.file, b.problem.mark.line, b.problem.mark.column);
  });
  return findings;
}

}  // namespace tollgate::model
