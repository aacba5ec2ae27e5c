// PagerDuty: webhook subscriptions, version 3.
#include "edge/webhooks/fields.hpp"
#include "edge/webhooks/sender.hpp"
#include "foundation/base/codes.hpp"

#include <array>

namespace tollgate::webhooks {
namespace {

using doc::Node;

constexpr std::array<SchemeDef, 1> kSchemes = {
    {{.scheme = Scheme::hmac_hex, .header = "x-pagerduty-signature", .prefix = "v1="}}};

constexpr std::array<EventDef, 5> kEvents = {{{"incident.acknowledged", "incident: acknowledged"},
                                              {"incident.reopened", "incident: opened"},
                                              {"incident.resolved", "incident: resolved"},
                                              {"incident.triggered", "incident: opened"},
                                              {"incident.unacknowledged", "incident: opened"}}};

std::string event_of(const Delivery&, const Node& body) {
  return text_at(body, "event/event_type");
}
std::string delivery_of(const Delivery&, const Node& body) { return text_at(body, "event/id"); }

Result<Translation> translate(const Delivery&, const Node& body) {
  TOLLGATE_TRY(const std::string event, required_text(body, "event/event_type"));
  model::IncidentObserved observed;
  if (event == "incident.triggered" || event == "incident.reopened" ||
      event == "incident.unacknowledged") {
    observed.status = model::IncidentStatus::opened;
  } else if (event == "incident.acknowledged") {
    observed.status = model::IncidentStatus::acknowledged;
  } else if (event == "incident.resolved") {
    observed.status = model::IncidentStatus::resolved;
  } else {
    return ignored(fmt::format("events of type \"{}\" are not recorded", event));
  }
  TOLLGATE_TRY(observed.id, required_text(body, "event/data/id"));
  TOLLGATE_TRY(observed.at, time_at(body, {"event/occurred_at"}));
  observed.project = text_at(body, "event/data/service/summary");
  observed.severity = text_at(body, "event/data/priority/summary");
  if (observed.severity.empty()) observed.severity = text_at(body, "event/data/urgency");
  observed.title = text_at(body, "event/data/title");
  observed.url = text_at(body, "event/data/html_url");
  return Translation{.records = {std::move(observed)}};
}

}  // namespace

extern const SenderDef kPagerduty = {
    .name = "pagerduty",
    .title = "PagerDuty, webhooks version 3",
    .doc = "A webhook subscription for incident events; its signing secret is the secret.",
    .schemes = kSchemes,
    .is_signed = true,
    .events = kEvents,
    .event_of = event_of,
    .delivery_of = delivery_of,
    .translate = translate};

}  // namespace tollgate::webhooks
