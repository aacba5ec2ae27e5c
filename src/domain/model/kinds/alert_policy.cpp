// Source of the rules: OpenSLO v1 and the validation of its Go SDK.
#include "domain/model/kinds/alert_policy.hpp"

#include "foundation/base/codes.hpp"

namespace tollgate::model {
namespace {

void validate(const void* spec, ProblemSink& sink) {
  validate_alert_policy(*static_cast<const AlertPolicy*>(spec), "/spec", sink);
}

/// A part is named or written out, never both.
void validate_use(const std::string& reference, bool is_written, std::string_view reference_field,
                  const std::string& path, ProblemSink& sink) {
  if (reference.empty() != is_written) {
    sink.add(codes::field_conflict, path,
             fmt::format("exactly one of \"{}\" and \"spec\" is needed", reference_field));
  }
}

}  // namespace

void validate_alert_policy(const AlertPolicy& policy, const std::string& path, ProblemSink& sink) {
  if (policy.conditions.size() > 1) {
    sink.add(codes::bad_value, path + "/conditions", "an alert policy has exactly one condition");
  }
  for (size_t i = 0; i < policy.conditions.size(); ++i) {
    const ConditionUse& use = policy.conditions[i];
    validate_use(use.condition_ref, use.spec.has_value(), "conditionRef",
                 fmt::format("{}/conditions/{}", path, i), sink);
  }
  for (size_t i = 0; i < policy.notification_targets.size(); ++i) {
    const TargetUse& use = policy.notification_targets[i];
    validate_use(use.target_ref, use.spec.has_value(), "targetRef",
                 fmt::format("{}/notificationTargets/{}", path, i), sink);
  }
}

const KindDef& alert_policy_kind() {
  static constexpr KindDef kind = {
      .api_version = "openslo/v1",
      .kind = "AlertPolicy",
      .plural = "alertpolicies",
      .title = "When an SLO alerts, and whom.",
      .doc =
          "One condition and the targets that are told. SLOs name it as alertPolicyRef or write "
          "it themselves.",
      .introduced_in = "0.1",
      .example = R"(apiVersion: openslo/v1
kind: AlertPolicy
metadata:
  name: fast-burn
spec:
  alertWhenBreaching: true
  conditions:
    - conditionRef: fast-burn
  notificationTargets:
    - targetRef: on-call
)",
      .spec_type = &reflect::type_of<AlertPolicy>,
      .make = &make_spec<AlertPolicy>,
      .validate = &validate};
  return kind;
}

const KindDef& alert_condition_kind() {
  static constexpr KindDef kind = {
      .api_version = "openslo/v1",
      .kind = "AlertCondition",
      .plural = "alertconditions",
      .title = "The burn rate at which an alert fires.",
      .doc = "Compares the burn rate over lookbackWindow with threshold.",
      .introduced_in = "0.1",
      .example = R"(apiVersion: openslo/v1
kind: AlertCondition
metadata:
  name: fast-burn
spec:
  severity: page
  condition:
    kind: burnrate
    op: gt
    threshold: 14.4
    lookbackWindow: 1h
    alertAfter: 5m
)",
      .spec_type = &reflect::type_of<AlertCondition>,
      .make = &make_spec<AlertCondition>};
  return kind;
}

const KindDef& alert_notification_target_kind() {
  static constexpr KindDef kind = {.api_version = "openslo/v1",
                                   .kind = "AlertNotificationTarget",
                                   .plural = "alertnotificationtargets",
                                   .title = "Where alerts go.",
                                   .doc = "Named by alert policies as targetRef.",
                                   .introduced_in = "0.1",
                                   .example = R"(apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata:
  name: on-call
spec:
  target: pagerduty
  description: The person on call for payments.
)",
                                   .spec_type = &reflect::type_of<AlertNotificationTarget>,
                                   .make = &make_spec<AlertNotificationTarget>};
  return kind;
}

}  // namespace tollgate::model
