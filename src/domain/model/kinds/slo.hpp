// SLO: a target for an SLI over a window.
#pragma once

#include "domain/model/kinds/alert_policy.hpp"
#include "domain/model/kinds/sli.hpp"

namespace tollgate::model {

enum class BudgetingMethod { occurrences, timeslices, ratio_timeslices };

struct CalendarStart {
  std::string start_time;  // "2022-01-01 12:00:00" on the wall clock of the zone
  std::string time_zone;   // IANA name
};

struct TimeWindow {
  std::string duration;  // shorthand with its unit: 1M of a calendar window is a real month
  bool is_rolling = false;
  std::optional<CalendarStart> calendar;
};

/// An SLI written where it is used.
struct InlineSli {
  Metadata metadata;
  Sli spec;
};

struct SloObjective {
  std::string display_name;
  std::optional<Operator> op;
  std::optional<double> value;
  std::optional<double> target;          // ratio
  std::optional<double> target_percent;  // the same in percent
  std::optional<double> time_slice_target;
  std::string time_slice_window;
  std::optional<InlineSli> indicator;
  std::string indicator_ref;
  std::optional<double> composite_weight;
};

/// A reference to, or the text of, an alert policy.
struct AlertPolicyUse {
  std::string alert_policy_ref;
  std::string kind;
  std::optional<Metadata> metadata;
  std::optional<AlertPolicy> spec;
};

/// Annotations of an SLO: how much evidence it takes to judge it, and that its events are never
/// sampled.
inline constexpr std::string_view kMinEventsAnnotation = "tollgate.dev/min-events";
inline constexpr std::string_view kMaxIntervalAnnotation = "tollgate.dev/max-interval";
inline constexpr std::string_view kSamplingAnnotation = "tollgate.dev/sampling";

/// What the annotations say; the defaults ask for nothing.
struct EvidenceRule {
  int64_t events_min = 0;  // in any window that is judged; sampled ones by what they are worth
  Ppm interval_max = {};   // of the share that the bad one is compared with; 0: any
  bool is_sampled = true;  // false: the intake keeps all of its events
};

/// Valid SLOs have exactly one time window and at least one objective.
struct Slo {
  std::string name;
  Labels labels;
  std::map<std::string, std::string> annotations;
  std::string description;
  std::string service;
  std::optional<InlineSli> indicator;
  std::string indicator_ref;
  BudgetingMethod budgeting_method = BudgetingMethod::occurrences;
  std::vector<TimeWindow> time_window;
  std::vector<SloObjective> objectives;
  std::vector<AlertPolicyUse> alert_policies;

  /// "checkout/availability": how the SLO is addressed everywhere.
  std::string address() const { return service + "/" + name; }
};
const KindDef& slo_kind();

/// The evidence that the SLO's annotations ask for. Errors: bad_value.
Result<EvidenceRule> evidence_rule(const Slo& slo);

/// The target of an objective in ppm; 0 if it names none.
Ppm target_of(const SloObjective& objective);
/// A double of a document in ppm, rounded.
Ppm ratio_ppm(double ratio);

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct EnumNames<model::BudgetingMethod> {
  static constexpr std::array<std::string_view, 3> names = {"Occurrences", "Timeslices",
                                                            "RatioTimeslices"};
};
template <>
struct Reflect<model::CalendarStart> {
  static constexpr std::string_view name = "CalendarStart";
  static constexpr std::array fields = {
      field<&model::CalendarStart::start_time>(
          "startTime", "Start of the first period on the wall clock.",
          {.is_required = true,
           .size_max = 30,
           .pattern = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
           .pattern_words = "a local time such as 2026-01-01 00:00:00",
           .example = "2026-01-01 00:00:00"}),
      field<&model::CalendarStart::time_zone>(
          "timeZone", "IANA time zone.",
          {.is_required = true,
           .size_max = 64,
           .pattern = "[A-Za-z][A-Za-z0-9_+/-]*",
           .pattern_words = "an IANA time zone such as Europe/Berlin",
           .example = "Europe/Berlin"})};
};
template <>
struct Reflect<model::TimeWindow> {
  static constexpr std::string_view name = "TimeWindow";
  static constexpr std::array fields = {
      field<&model::TimeWindow::duration>("duration", "Length of the window.",
                                          {.is_required = true,
                                           .size_max = 20,
                                           .pattern = model::kShorthandPattern,
                                           .pattern_words = model::kShorthandWords,
                                           .example = "30d"}),
      field<&model::TimeWindow::is_rolling>("isRolling",
                                            "True: ends now. False: calendar periods."),
      field<&model::TimeWindow::calendar>("calendar", "Where calendar periods begin.")};
};
template <>
struct Reflect<model::InlineSli> {
  static constexpr std::string_view name = "InlineSLI";
  static constexpr std::array fields = {
      field<&model::InlineSli::metadata>("metadata", "Name of the SLI.", {.is_required = true}),
      field<&model::InlineSli::spec>("spec", "The SLI.", {.is_required = true})};
};
template <>
struct Reflect<model::SloObjective> {
  static constexpr std::string_view name = "Objective";
  static constexpr std::array fields = {
      field<&model::SloObjective::display_name>("displayName", "Name for people.",
                                                {.size_max = 200}),
      field<&model::SloObjective::op>("op", "How a measured value is compared with value."),
      field<&model::SloObjective::value>("value", "Threshold of a measured value."),
      field<&model::SloObjective::target>("target", "Share that must be good, as a ratio below 1."),
      field<&model::SloObjective::target_percent>("targetPercent",
                                                  "The same in percent, below 100."),
      field<&model::SloObjective::time_slice_target>("timeSliceTarget",
                                                     "Ratio from which a slice counts as good."),
      field<&model::SloObjective::time_slice_window>("timeSliceWindow", "Length of a slice.",
                                                     {.size_max = 20,
                                                      .pattern = model::kShorthandPattern,
                                                      .pattern_words = model::kShorthandWords}),
      field<&model::SloObjective::indicator>("indicator", "SLI of this part of a composite SLO."),
      field<&model::SloObjective::indicator_ref>(
          "indicatorRef", "The same by name.",
          {.size_max = model::kNameSizeMax, .refers_to = "SLI"}),
      field<&model::SloObjective::composite_weight>("compositeWeight",
                                                    "Weight in a composite SLO.")};
};
template <>
struct Reflect<model::AlertPolicyUse> {
  static constexpr std::string_view name = "AlertPolicyUse";
  static constexpr std::array fields = {
      field<&model::AlertPolicyUse::alert_policy_ref>(
          "alertPolicyRef", "Name of an AlertPolicy.",
          {.size_max = model::kNameSizeMax, .refers_to = "AlertPolicy"}),
      field<&model::AlertPolicyUse::kind>(
          "kind", "AlertPolicy, if it is written here.",
          {.size_max = 30, .pattern = "AlertPolicy", .example = "AlertPolicy"}),
      field<&model::AlertPolicyUse::metadata>("metadata", "Its name, if it is written here."),
      field<&model::AlertPolicyUse::spec>("spec", "Its text, if it is written here.")};
};
template <>
struct Reflect<model::Slo> {
  static constexpr std::string_view name = "SLO";
  static constexpr std::array fields = {
      field<&model::Slo::description>("description", "What is promised.",
                                      {.size_max = model::kDescriptionSizeMax}),
      field<&model::Slo::service>(
          "service", "Service that the SLO is for.",
          {.is_required = true, .size_max = model::kNameSizeMax, .refers_to = "Service"}),
      field<&model::Slo::indicator>("indicator", "The SLI, written here."),
      field<&model::Slo::indicator_ref>("indicatorRef", "The SLI, by name.",
                                        {.size_max = model::kNameSizeMax, .refers_to = "SLI"}),
      field<&model::Slo::budgeting_method>("budgetingMethod", "How good and bad are counted.",
                                           {.is_required = true}),
      field<&model::Slo::time_window>("timeWindow", "Exactly one window.", {.is_required = true}),
      field<&model::Slo::objectives>("objectives", "The targets.", {.is_required = true}),
      field<&model::Slo::alert_policies>("alertPolicies", "When and whom it alerts.")};
};

}  // namespace tollgate::reflect
