// AuditSchedule: which audit a server makes by itself, how often, and who is told of new findings.
#pragma once

#include "domain/model/delivery_events.hpp"
#include "domain/model/kind.hpp"

namespace tollgate::model {

/// Whom findings of an owner go to.
struct AuditRoute {
  std::string owner;
  std::vector<std::string> targets;
};

struct AuditSchedule {
  std::string name;
  Labels labels;
  std::string description;
  AuditScope scope = AuditScope::deployments;
  std::string source;
  Duration every = hours(24);
  Duration window = days(30);
  std::string severity;  // empty: kAuditSeverity
  std::vector<AuditRoute> notifies;
};
const KindDef& audit_schedule_kind();

/// Severity of findings where a schedule names none.
inline constexpr std::string_view kAuditSeverity = "ticket";
/// The owner of a route that takes what no other route does.
inline constexpr std::string_view kAnyOwner = "*";
inline constexpr size_t kAuditRoutesMax = 1000;

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::AuditRoute> {
  static constexpr std::string_view name = "AuditRoute";
  static constexpr std::array fields = {
      field<&model::AuditRoute::owner>(
          "owner", "Owner as findings name it; * for everybody whom no other route names.",
          {.is_required = true, .size_max = 200, .example = "payments"}),
      field<&model::AuditRoute::targets>(
          "targets", "AlertNotificationTargets that are told.",
          {.is_required = true, .size_max = 20, .refers_to = "AlertNotificationTarget"})};
};
template <>
struct Reflect<model::AuditSchedule> {
  using T = model::AuditSchedule;
  static constexpr std::string_view name = "AuditSchedule";
  static constexpr std::array fields = {
      field<&T::description>("description", "What it is for.",
                             {.size_max = model::kDescriptionSizeMax}),
      field<&T::scope>("scope",
                       "deployments: what was deployed, against the verdicts. pipelines: steps "
                       "that deploy without asking a gate."),
      field<&T::source>("source",
                        "Repository whose pipelines are audited; the server knows its folder from "
                        "--checkout.",
                        {.size_max = 1000, .example = "acme/checkout"}),
      field<&T::every>("every", "How often.",
                       {.min = 60'000, .max = 31'536'000'000, .example = "24h"}),
      field<&T::window>("window",
                        "Deployments that began so long ago or later; a finding that is older "
                        "than that ends.",
                        {.min = 3'600'000, .max = 31'536'000'000, .example = "30d"}),
      field<&T::severity>("severity", "Severity of what targets are told; ticket if it names none.",
                          {.size_max = 50, .example = "ticket"}),
      field<&T::notifies>("notifies", "Who is told of new findings, by their owner.",
                          {.size_max = model::kAuditRoutesMax})};
};

}  // namespace tollgate::reflect
