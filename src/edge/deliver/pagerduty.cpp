// PagerDuty, Events API v2: an incident opens with an alert and is resolved with it, by one key.
// Source: developer.pagerduty.com, "Send an alert event".
#include "edge/deliver/message.hpp"
#include "edge/deliver/target.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::deliver {
namespace {

constexpr std::string_view kUrl = "https://events.pagerduty.com/v2/enqueue";
constexpr std::string_view kRoutingKeyAnnotation = "tollgate.dev/routing-key";
constexpr size_t kSummaryMax = 1024;
constexpr size_t kKeyMax = 255;

std::string_view severity_of(const Message& message) {
  if (message.kind == Message::Kind::notice) return "info";
  return is_urgent(message.severity) ? "critical" : "warning";
}

std::string body_of(const Message& message, const std::string& routing_key) {
  using doc::Node;
  const bool is_over = message.kind == Message::Kind::resolved;
  Node event = Node::object({{"routing_key", routing_key},
                             {"event_action", is_over ? "resolve" : "trigger"},
                             {"dedup_key", message.key.substr(0, kKeyMax)},
                             {"client", "Tollgate"}});
  Node details = Node::object();
  if (!message.text.empty()) details.set("figures", message.text);
  for (const auto& [name, value] : message.labels) details.set(name, value);
  for (const auto& [name, value] : message.details) details.set(name, value);
  Node payload = Node::object({{"summary", message.title.substr(0, kSummaryMax)},
                               {"source", message.source.empty() ? "tollgate" : message.source},
                               {"severity", severity_of(message)},
                               {"timestamp", time_text(message.ends.value_or(message.starts))}});
  if (!message.component.empty()) payload.set("component", message.component);
  if (!message.group.empty()) payload.set("group", message.group);
  payload.set("class", "slo");
  payload.set("custom_details", std::move(details));
  event.set("payload", std::move(payload));
  return doc::compact_json(event);
}

Result<void> deliver_event(const engine::Notification& notification, const Outside& outside) {
  TOLLGATE_TRY(const std::string routing_key, secret(notification, kRoutingKeyAnnotation));
  TOLLGATE_TRY(std::string url, setting(notification, kUrlAnnotation, kUrl));
  TOLLGATE_TRY(const Message message, message_of(notification));
  return post(notification, outside,
              {.url = std::move(url),
               .headers = {{"content-type", "application/json"}},
               .body = body_of(message, routing_key)});
}

}  // namespace

extern const TargetDef pagerduty_target = {
    .name = "pagerduty",
    .doc =
        "PagerDuty, Events API v2: triggers an incident when an alert is raised, resolves it "
        "when it is cleared. A severity other than ticket, warning, info or low is critical.",
    .settings = {{.name = kRoutingKeyAnnotation,
                  .doc = "Reference to the integration key.",
                  .is_required = true},
                 {.name = kUrlAnnotation,
                  .doc = "Address, if it is not https://events.pagerduty.com/v2/enqueue."}},
    .deliver = deliver_event,
};

}  // namespace tollgate::deliver
