// Prometheus Alertmanager, API v2. An alert that is on carries an end a few minutes ahead and is
// told again before it, so that it ends by itself if Tollgate falls silent.
// Source: prometheus.io, Alertmanager API v2 (POST /api/v2/alerts).
#include "edge/deliver/message.hpp"
#include "edge/deliver/target.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::deliver {
namespace {

constexpr std::string_view kPath = "/api/v2/alerts";
constexpr Duration kRepeatEvery = minutes(1);
/// Three repeats may be lost before Alertmanager takes the alert for resolved.
constexpr Duration kHolds = minutes(4);

std::string alerts_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url.ends_with(kPath) ? url : url + std::string(kPath);
}

std::string body_of(const Message& message, Time now) {
  using doc::Node;
  Node labels = Node::object();
  for (const auto& [name, value] : message.labels) labels.set(name, value);
  Node annotations = Node::object({{"summary", message.title}});
  if (!message.text.empty()) annotations.set("description", message.text);
  for (const auto& [name, value] : message.details) annotations.set(name, value);
  Node alert = Node::object({{"labels", std::move(labels)},
                             {"annotations", std::move(annotations)},
                             {"startsAt", time_text(message.starts)},
                             {"endsAt", time_text(message.ends.value_or(now + kHolds))}});
  Node alerts = Node::array();
  alerts.push(std::move(alert));
  return doc::compact_json(alerts);
}

Result<void> deliver_alert(const engine::Notification& notification, const Outside& outside) {
  TOLLGATE_TRY(std::string url, setting(notification, kUrlAnnotation));
  TOLLGATE_TRY(const Message message, message_of(notification));
  engine::HttpRequest request{.url = alerts_url(std::move(url)),
                              .headers = {{"content-type", "application/json"}},
                              .body = body_of(message, outside.clock.now())};
  if (!annotation(notification, kTokenAnnotation).empty()) {
    TOLLGATE_TRY(const std::string token, secret(notification, kTokenAnnotation));
    request.headers.emplace_back("authorization", "Bearer " + token);
  }
  return post(notification, outside, std::move(request));
}

}  // namespace

extern const TargetDef alertmanager_target = {
    .name = "alertmanager",
    .doc =
        "Prometheus Alertmanager, API v2. Labels: alertname (the alert policy), slo, service, "
        "environment, severity, cause, tollgate_alert.",
    .settings = {{.name = kUrlAnnotation,
                  .doc = "Address, such as http://alertmanager:9093; may be a reference.",
                  .is_required = true},
                 {.name = kTokenAnnotation, .doc = "Reference to a bearer token."}},
    .deliver = deliver_alert,
    .repeat_every = kRepeatEvery,
};

}  // namespace tollgate::deliver
