// Source of the rules: OpenSLO v1 and the validation of its Go SDK. `op` on a ratio, which the SDK
// forbids and OpenSLO's own examples use, is left to the linter.
#include "domain/model/kinds/slo.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <cmath>

namespace tollgate::model {
namespace {

void validate_window(const TimeWindow& window, const std::string& path, ProblemSink& sink) {
  if (window.is_rolling && window.calendar) {
    sink.add(codes::field_conflict, path + "/calendar", "a rolling window has no \"calendar\"");
  } else if (!window.is_rolling && !window.calendar) {
    sink.add(codes::missing_field, path,
             "a window that is not rolling needs \"calendar\" with startTime and timeZone");
  }
  const bool is_zero = window.duration.find_first_of("123456789") == std::string::npos;
  if (!window.duration.empty() && is_zero) {
    sink.add(codes::bad_value, path + "/duration", "\"duration\" must be longer than nothing");
  }
}

/// Target, and what a slice is.
void validate_target(const SloObjective& objective, BudgetingMethod method, const std::string& path,
                     ProblemSink& sink) {
  if (objective.target.has_value() == objective.target_percent.has_value()) {
    sink.add(codes::field_conflict, path,
             "an objective has exactly one of \"target\" and \"targetPercent\"");
  }
  if (objective.target && (*objective.target < 0 || *objective.target >= 1)) {
    sink.add(codes::bad_value, path + "/target", "\"target\" must be at least 0 and below 1");
  }
  if (objective.target_percent &&
      (*objective.target_percent < 0 || *objective.target_percent >= 100)) {
    sink.add(codes::bad_value, path + "/targetPercent",
             "\"targetPercent\" must be at least 0 and below 100");
  }
  if (method == BudgetingMethod::timeslices && !objective.time_slice_target) {
    sink.add(codes::missing_field, path, "Timeslices need \"timeSliceTarget\"");
  }
  if (objective.time_slice_target &&
      (*objective.time_slice_target <= 0 || *objective.time_slice_target > 1)) {
    sink.add(codes::bad_value, path + "/timeSliceTarget",
             "\"timeSliceTarget\" must be above 0 and at most 1");
  }
  if (method != BudgetingMethod::occurrences && objective.time_slice_window.empty()) {
    sink.add(codes::missing_field, path,
             fmt::format("{} need \"timeSliceWindow\"", reflect::enum_name(method)));
  }
  if (objective.composite_weight && !(*objective.composite_weight > 0)) {
    sink.add(codes::bad_value, path + "/compositeWeight", "\"compositeWeight\" must be above 0");
  }
}

void validate_threshold(const SloObjective& objective, const Slo& slo, const std::string& path,
                        ProblemSink& sink) {
  const std::optional<InlineSli>& indicator =
      objective.indicator ? objective.indicator : slo.indicator;
  if (!indicator || !indicator->spec.threshold_metric) return;
  if (!objective.op) {
    sink.add(codes::missing_field, path, "an objective over a thresholdMetric needs \"op\"");
  }
  if (!objective.value) {
    sink.add(codes::missing_field, path, "an objective over a thresholdMetric needs \"value\"");
  }
}

/// The SLI stands at the SLO or at each objective (composite), never at both.
void validate_indicators(const Slo& slo, ProblemSink& sink) {
  const int at_slo = slo.indicator.has_value() + !slo.indicator_ref.empty();
  if (at_slo > 1) {
    sink.add(codes::field_conflict, "/spec",
             "an SLO has exactly one of \"indicator\" and \"indicatorRef\"");
  }
  if (slo.indicator) validate_sli(slo.indicator->spec, "/spec/indicator/spec", sink);
  for (size_t i = 0; i < slo.objectives.size(); ++i) {
    const SloObjective& objective = slo.objectives[i];
    const std::string path = fmt::format("/spec/objectives/{}", i);
    const int at_objective = objective.indicator.has_value() + !objective.indicator_ref.empty();
    if (objective.indicator) {
      validate_sli(objective.indicator->spec, path + "/indicator/spec", sink);
    }
    if (at_slo > 0 && at_objective > 0) {
      sink.add(codes::field_conflict, path,
               "the SLI stands at the SLO or at its objectives, not at both");
    } else if (at_slo == 0 && at_objective != 1) {
      sink.add(at_objective == 0 ? codes::missing_field : codes::field_conflict, path,
               "either the SLO or each objective needs exactly one of \"indicator\" and "
               "\"indicatorRef\"");
    }
  }
}

std::string_view annotation(const Slo& slo, std::string_view name) {
  const auto found = slo.annotations.find(std::string(name));
  return found == slo.annotations.end() ? std::string_view{} : std::string_view(found->second);
}

void validate_annotations(const Slo& slo, ProblemSink& sink) {
  if (const Result<EvidenceRule> rule = evidence_rule(slo); !rule)
    sink.add(rule.error().code, "/metadata/annotations", rule.error().message);
}

std::shared_ptr<void> make(const Metadata& metadata) {
  auto slo = std::make_shared<Slo>();
  slo->name = metadata.name;
  slo->labels = metadata.labels;
  slo->annotations = metadata.annotations;
  return slo;
}

void validate(const void* erased, ProblemSink& sink) {
  const Slo& slo = *static_cast<const Slo*>(erased);
  validate_annotations(slo, sink);
  if (slo.time_window.size() > 1) {
    sink.add(codes::bad_value, "/spec/timeWindow", "an SLO has exactly one time window");
  }
  for (size_t i = 0; i < slo.time_window.size(); ++i) {
    validate_window(slo.time_window[i], fmt::format("/spec/timeWindow/{}", i), sink);
  }
  validate_indicators(slo, sink);
  for (size_t i = 0; i < slo.objectives.size(); ++i) {
    const std::string path = fmt::format("/spec/objectives/{}", i);
    validate_target(slo.objectives[i], slo.budgeting_method, path, sink);
    validate_threshold(slo.objectives[i], slo, path, sink);
  }
  for (size_t i = 0; i < slo.alert_policies.size(); ++i) {
    const AlertPolicyUse& use = slo.alert_policies[i];
    const std::string path = fmt::format("/spec/alertPolicies/{}", i);
    if (use.alert_policy_ref.empty() != use.spec.has_value()) {
      sink.add(codes::field_conflict, path,
               "exactly one of \"alertPolicyRef\" and \"spec\" is needed");
    }
    if (use.spec) validate_alert_policy(*use.spec, path + "/spec", sink);
  }
}

}  // namespace

Ppm ratio_ppm(double ratio) { return {std::llround(ratio * 1'000'000)}; }

Ppm target_of(const SloObjective& objective) {
  if (objective.target) return ratio_ppm(*objective.target);
  if (objective.target_percent) return {std::llround(*objective.target_percent * 10'000)};
  return {};
}

Result<EvidenceRule> evidence_rule(const Slo& slo) {
  EvidenceRule rule;
  if (const auto text = annotation(slo, kMinEventsAnnotation); !text.empty()) {
    const Result<int64_t> least = parse_integer(text);
    if (!least || *least < 0)
      return fail(codes::bad_value, "{} is a number of events such as 1000, not \"{}\"",
                  kMinEventsAnnotation, text);
    rule.events_min = *least;
  }
  if (const auto text = annotation(slo, kMaxIntervalAnnotation); !text.empty()) {
    const Result<int64_t> widest = parse_ppm(text);
    if (!widest || *widest <= 0)
      return fail(codes::bad_value, "{} is a share above 0 such as 50%, not \"{}\"",
                  kMaxIntervalAnnotation, text);
    rule.interval_max = {*widest};
  }
  if (const auto text = annotation(slo, kSamplingAnnotation); !text.empty()) {
    if (text != "adaptive" && text != "never")
      return fail(codes::bad_value, "{} is \"adaptive\" or \"never\", not \"{}\"",
                  kSamplingAnnotation, text);
    rule.is_sampled = text == "adaptive";
  }
  return rule;
}

const KindDef& slo_kind() {
  static constexpr KindDef kind = {
      .api_version = "openslo/v1",
      .kind = "SLO",
      .plural = "slos",
      .title = "A target for an SLI over a window.",
      .doc =
          "Addressed as SERVICE/NAME. 1 - target over the window is the error budget, which "
          "releases spend. Annotations say how much evidence a judgement takes: "
          "tollgate.dev/min-events (fewer events in a window are inconclusive), "
          "tollgate.dev/max-interval (so is a 95 % interval wider than this share of the limit); "
          "and with tollgate.dev/sampling: never, the intake keeps all its events.",
      .introduced_in = "0.1",
      .example = R"(apiVersion: openslo/v1
kind: SLO
metadata:
  name: availability
spec:
  description: 99.9 % of requests are answered.
  service: checkout
  indicatorRef: checkout-success
  budgetingMethod: Occurrences
  timeWindow:
    - duration: 30d
      isRolling: true
  objectives:
    - displayName: Answered
      target: 0.999
)",
      .spec_type = &reflect::type_of<Slo>,
      .make = &make,
      .validate = &validate};
  return kind;
}

}  // namespace tollgate::model
