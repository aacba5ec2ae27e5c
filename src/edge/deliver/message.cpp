#include "edge/deliver/message.hpp"

#include "domain/model/events.hpp"
#include "domain/slo/alert_words.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>

namespace tollgate::deliver {
namespace {

using model::AlertIdentity;

void add(Message::Pairs& pairs, std::string name, const std::string& value) {
  if (!value.empty()) pairs.emplace_back(std::move(name), value);
}

/// Labels name the incident, so that its end resolves what its beginning opened.
Message of_incident(const AlertIdentity& incident) {
  Message message{.kind = Message::Kind::fired,
                  .key = "tollgate-alert-" + incident.alert,
                  .title = {},
                  .text = {},
                  .severity = incident.severity,
                  .source = incident.slo,
                  .component = incident.slo.substr(0, incident.slo.find('/')),
                  .group = incident.cause,
                  .starts = {}};
  add(message.labels, "alertname", incident.policy);
  add(message.labels, "slo", incident.slo);
  add(message.labels, "service", message.component);
  add(message.labels, "environment", incident.environment);
  add(message.labels, "severity", incident.severity);
  add(message.labels, "cause", incident.cause);
  add(message.labels, "tollgate_alert", incident.alert);
  return message;
}

std::string place_of(const AlertIdentity& identity) {
  return identity.environment.empty() ? identity.slo : identity.slo + " in " + identity.environment;
}

Message of(const model::AlertRaised& raised, Time time) {
  Message message = of_incident(raised.incident);
  message.title = fmt::format("{}: {}", place_of(raised.identity), slo::raised_title(raised));
  message.text = slo::raised_words(raised);
  message.starts = time;
  add(message.details, "alert", raised.identity.policy);
  add(message.details, "reason", std::string(slo::alert_reason_name(raised.reason)));
  add(message.details, "objective", percent_text(raised.objective.value));
  if (raised.reason == model::AlertReason::no_data) return message;
  add(message.details, "burn", slo::burn_text({raised.burn}));
  add(message.details, "limit", slo::burn_text({raised.limit}));
  add(message.details, "window", duration_words(raised.window));
  add(message.details, "bad", number_text(raised.bad));
  add(message.details, "total", number_text(raised.total));
  if (raised.budget_left)
    add(message.details, "budget_left", percent_text(raised.budget_left->value));
  return message;
}

Message of(const model::AlertCleared& cleared, Time time) {
  Message message = of_incident(cleared.incident);
  message.kind = Message::Kind::resolved;
  message.title =
      fmt::format("{}: {}", place_of(cleared.incident), slo::cleared_words(cleared, time));
  message.starts = cleared.since;
  message.ends = time;
  return message;
}

Message of(const model::VerdictGiven& given, Time time) {
  const model::GateRequest& request = given.verdict.request;
  const std::string_view outcome =
      reflect::EnumNames<model::Outcome>::names[static_cast<size_t>(given.verdict.outcome)];
  Message message{
      .kind = Message::Kind::notice,
      .key = "tollgate-decision-" + given.decision,
      .title = fmt::format("{}: {} {} to {}", outcome, request.service,
                           request.version.empty() ? request.commit : request.version,
                           request.environment),
      .text = "The error budget is below a threshold of its policy; `tollgate explain " +
              given.decision + "` shows why.",
      .severity = "info",
      .source = request.service,
      .component = request.service,
      .starts = time};
  add(message.labels, "alertname", "TollgateDecision");
  add(message.labels, "service", request.service);
  add(message.labels, "environment", request.environment);
  add(message.labels, "severity", message.severity);
  add(message.labels, "decision", given.decision);
  add(message.details, "version", request.version);
  return message;
}

/// One matter for each schedule and target: it is on while the target has findings.
Message of(const model::AuditRecorded& audit, const model::AuditTold& told,
           const engine::Notification& notification) {
  const model::AuditRound& round = *audit.round;
  const bool is_over = told.open == 0;
  Message message{.kind = is_over ? Message::Kind::resolved : Message::Kind::fired,
                  .key = fmt::format("tollgate-audit-{}-{}", round.schedule, told.target),
                  .title = fmt::format("Audit {}: ", round.schedule),
                  .text = join(told.lines, "\n"),
                  .severity = round.severity,
                  .source = "audit/" + round.schedule,
                  .component = round.schedule,
                  .starts = notification.time};
  if (is_over) {
    message.title += "no finding is left";
    message.ends = notification.time;
  } else {
    message.title += fmt::format("{} new, {} now", count_text(told.opened, "finding", "findings"),
                                 number_text(told.open));
  }
  const int64_t unsaid = told.opened - static_cast<int64_t>(told.lines.size());
  if (unsaid > 0) message.text += fmt::format("\nand {} more", number_text(unsaid));
  const bool is_pipelines = audit.scope == model::AuditScope::pipelines;
  add(message.labels, "alertname", "TollgateAudit");
  add(message.labels, "schedule", round.schedule);
  add(message.labels, "scope", is_pipelines ? "pipelines" : "deployments");
  add(message.labels, "severity", message.severity);
  if (is_pipelines) add(message.details, "source", audit.source);
  add(message.details, "commit", audit.commit);
  add(message.details, "open", number_text(told.open));
  add(message.details, "ended", number_text(told.closed));
  return message;
}

Message of_other(const engine::Notification& notification) {
  const bool is_test = notification.type == engine::kTestType;
  Message message{.kind = Message::Kind::notice,
                  .key = notification.id,
                  .title = is_test ? "Test of target " + notification.target +
                                         ": Tollgate can reach it, nothing is wrong"
                                   : notification.type + ": " + notification.subject,
                  .text = {},
                  .severity = "info",
                  .source = notification.subject,
                  .starts = notification.time};
  add(message.labels, "alertname", is_test ? "TollgateTest" : "TollgateNotice");
  add(message.labels, "severity", message.severity);
  add(message.labels, "subject", notification.subject);
  return message;
}

}  // namespace

Result<Message> message_of(const engine::Notification& notification) {
  if (notification.leaf.empty()) return of_other(notification);
  TOLLGATE_TRY(const model::Event event, model::decode_event(notification.leaf));
  if (const auto* raised = std::get_if<model::AlertRaised>(&event.data))
    return of(*raised, event.time);
  if (const auto* cleared = std::get_if<model::AlertCleared>(&event.data))
    return of(*cleared, event.time);
  if (const auto* given = std::get_if<model::VerdictGiven>(&event.data))
    return of(*given, event.time);
  if (const auto* audit = std::get_if<model::AuditRecorded>(&event.data); audit && audit->round) {
    for (const model::AuditTold& told : audit->round->told) {
      if (told.target == notification.target) return of(*audit, told, notification);
    }
  }
  return of_other(notification);
}

bool is_urgent(std::string_view severity) {
  static constexpr std::array<std::string_view, 5> calm = {"ticket", "warning", "warn", "info",
                                                           "low"};
  const std::string word = lower_case(severity);
  return std::find(calm.begin(), calm.end(), word) == calm.end();
}

}  // namespace tollgate::deliver
