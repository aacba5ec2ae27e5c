// AlertPolicy, AlertCondition and AlertNotificationTarget: when an SLO alerts, and whom.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

enum class AlertKind { burnrate };
enum class Operator { lte, gte, lt, gt };

struct BurnCondition {
  AlertKind kind = AlertKind::burnrate;
  Operator op = Operator::gt;
  double threshold = 0;  // burn rate: 1 spends the budget exactly over the window
  std::string lookback_window;
  std::string alert_after;
};

struct AlertCondition {
  std::string name;
  Labels labels;
  std::string description;
  std::string severity;
  BurnCondition condition;
};
const KindDef& alert_condition_kind();

struct AlertNotificationTarget {
  std::string name;
  Labels labels;
  std::string description;
  std::string target;
};
const KindDef& alert_notification_target_kind();

/// A reference to, or the text of, a condition.
struct ConditionUse {
  std::string condition_ref;
  std::string kind;
  std::optional<Metadata> metadata;
  std::optional<AlertCondition> spec;
};
/// A reference to, or the text of, a target.
struct TargetUse {
  std::string target_ref;
  std::string kind;
  std::optional<Metadata> metadata;
  std::optional<AlertNotificationTarget> spec;
};

struct AlertPolicy {
  std::string name;
  Labels labels;
  std::string description;
  bool alert_when_no_data = false;
  bool alert_when_resolved = false;
  bool alert_when_breaching = false;
  std::vector<ConditionUse> conditions;
  std::vector<TargetUse> notification_targets;
};
const KindDef& alert_policy_kind();

/// Checks what the parts of a policy must be to each other; `path` is where its spec stands.
void validate_alert_policy(const AlertPolicy& policy, const std::string& path, ProblemSink& sink);

inline constexpr std::string_view kShorthandPattern = "[0-9]+[mhdwMQY]";
inline constexpr std::string_view kShorthandWords =
    "a duration such as 5m, 1h, 30d, 4w, 1M, 1Q or 1Y";

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct EnumNames<model::AlertKind> {
  static constexpr std::array<std::string_view, 1> names = {"burnrate"};
};
template <>
struct EnumNames<model::Operator> {
  static constexpr std::array<std::string_view, 4> names = {"lte", "gte", "lt", "gt"};
};
template <>
struct Reflect<model::BurnCondition> {
  static constexpr std::string_view name = "BurnCondition";
  static constexpr std::array fields = {
      field<&model::BurnCondition::kind>("kind", "What is watched."),
      field<&model::BurnCondition::op>("op", "How the burn rate is compared with threshold."),
      field<&model::BurnCondition::threshold>("threshold", "Burn rate that alerts.",
                                              {.is_required = true, .min = 0}),
      field<&model::BurnCondition::lookback_window>("lookbackWindow",
                                                    "Span the burn rate is taken over.",
                                                    {.is_required = true,
                                                     .size_max = 20,
                                                     .pattern = model::kShorthandPattern,
                                                     .pattern_words = model::kShorthandWords}),
      field<&model::BurnCondition::alert_after>("alertAfter", "How long it must hold.",
                                                {.size_max = 20,
                                                 .pattern = model::kShorthandPattern,
                                                 .pattern_words = model::kShorthandWords})};
};
template <>
struct Reflect<model::AlertCondition> {
  static constexpr std::string_view name = "AlertCondition";
  static constexpr std::array fields = {
      field<&model::AlertCondition::description>("description", "What the condition means.",
                                                 {.size_max = model::kDescriptionSizeMax}),
      field<&model::AlertCondition::severity>(
          "severity", "How urgent: page, ticket, ...",
          {.is_required = true, .size_max = 100, .example = "page"}),
      field<&model::AlertCondition::condition>("condition", "When it alerts.",
                                               {.is_required = true})};
};
template <>
struct Reflect<model::AlertNotificationTarget> {
  static constexpr std::string_view name = "AlertNotificationTarget";
  static constexpr std::array fields = {
      field<&model::AlertNotificationTarget::description>("description", "Who reads it.",
                                                          {.size_max = model::kDescriptionSizeMax}),
      field<&model::AlertNotificationTarget::target>(
          "target", "Where alerts go: email, slack, pagerduty, ...",
          {.is_required = true, .size_max = 200, .example = "slack"})};
};
template <>
struct Reflect<model::ConditionUse> {
  static constexpr std::string_view name = "ConditionUse";
  static constexpr std::array fields = {
      field<&model::ConditionUse::condition_ref>(
          "conditionRef", "Name of an AlertCondition.",
          {.size_max = model::kNameSizeMax, .refers_to = "AlertCondition"}),
      field<&model::ConditionUse::kind>(
          "kind", "AlertCondition, if it is written here.",
          {.size_max = 30, .pattern = "AlertCondition", .example = "AlertCondition"}),
      field<&model::ConditionUse::metadata>("metadata", "Its name, if it is written here."),
      field<&model::ConditionUse::spec>("spec", "Its text, if it is written here.")};
};
template <>
struct Reflect<model::TargetUse> {
  static constexpr std::string_view name = "TargetUse";
  static constexpr std::array fields = {
      field<&model::TargetUse::target_ref>(
          "targetRef", "Name of an AlertNotificationTarget.",
          {.size_max = model::kNameSizeMax, .refers_to = "AlertNotificationTarget"}),
      field<&model::TargetUse::kind>("kind", "AlertNotificationTarget, if it is written here.",
                                     {.size_max = 30,
                                      .pattern = "AlertNotificationTarget",
                                      .example = "AlertNotificationTarget"}),
      field<&model::TargetUse::metadata>("metadata", "Its name, if it is written here."),
      field<&model::TargetUse::spec>("spec", "Its text, if it is written here.")};
};
template <>
struct Reflect<model::AlertPolicy> {
  static constexpr std::string_view name = "AlertPolicy";
  static constexpr std::array fields = {
      field<&model::AlertPolicy::description>("description", "What the policy is for.",
                                              {.size_max = model::kDescriptionSizeMax}),
      field<&model::AlertPolicy::alert_when_no_data>("alertWhenNoData", "Alert when data stops."),
      field<&model::AlertPolicy::alert_when_resolved>("alertWhenResolved", "Tell when it is over."),
      field<&model::AlertPolicy::alert_when_breaching>("alertWhenBreaching",
                                                       "Alert while the SLO is broken."),
      field<&model::AlertPolicy::conditions>("conditions", "Exactly one condition.",
                                             {.is_required = true}),
      field<&model::AlertPolicy::notification_targets>("notificationTargets", "Who is told.",
                                                       {.is_required = true})};
};

}  // namespace tollgate::reflect
