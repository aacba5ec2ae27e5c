// Datadog monitors, by the payload template in share/webhooks/datadog.json. The default payload of
// Datadog's webhooks does not tell the state of the monitor, so it is refused. Values are put into
// the template as text: it holds none that people write freely, since a quote would break it.
#include "edge/webhooks/alerts.hpp"
#include "edge/webhooks/fields.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <array>

namespace tollgate::webhooks {
namespace {

using doc::Node;

constexpr std::array<SchemeDef, 3> kSchemes = {
    {{.scheme = Scheme::token, .header = "x-tollgate-token"},
     {.scheme = Scheme::bearer, .header = "authorization"},
     {.scheme = Scheme::basic, .header = "authorization"}}};

constexpr std::array<EventDef, 1> kEvents = {
    {{"monitor", "alert: Triggered and Warn fire, Recovered resolves, No Data is no data"}}};

std::string event_of(const Delivery&, const Node&) { return "monitor"; }

/// One transition of one cycle; a retry after a missed connection is the same.
std::string delivery_of(const Delivery&, const Node& body) {
  const std::string key = text_at(body, "cycle_key");
  if (key.empty()) return {};
  return fmt::format("{}/{}/{}", key, text_at(body, "transition"), text_at(body, "date"));
}

/// "env:prod,service:checkout,urgent" as labels.
void add_tags(const std::string& tags, std::map<std::string, std::string>& labels) {
  for (const std::string_view tag : split(tags, ',')) {
    const std::string_view text = trim(tag);
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    if (labels.size() >= model::kAlertLabelsMax) return;
    labels.emplace(std::string(text.substr(0, colon)), std::string(text.substr(colon + 1)));
  }
}

std::optional<model::AlertStatus> status_of(const std::string& transition) {
  if (transition == "Triggered" || transition == "Re-Triggered" || transition == "Warn" ||
      transition == "Re-Warn") {
    return model::AlertStatus::firing;
  }
  if (transition == "Recovered") return model::AlertStatus::resolved;
  if (transition == "No Data" || transition == "Re-No Data") return model::AlertStatus::no_data;
  return std::nullopt;
}

Result<Translation> translate(const Delivery&, const Node& body) {
  if (!body.is_object()) return fail(codes::bad_webhook, "the body is no JSON object");
  const std::string transition = text_at(body, "transition");
  if (transition.empty()) {
    return fail(codes::bad_webhook,
                "the body has no transition: Datadog's default payload does not tell the state; "
                "use the template share/webhooks/datadog.json");
  }
  const auto status = status_of(transition);
  if (!status) return ignored(fmt::format("the transition \"{}\" changes nothing", transition));
  model::AlertObserved observed;
  observed.status = *status;
  TOLLGATE_TRY(const std::string monitor, required_text(body, "alert_id"));
  const std::string key = text_at(body, "aggreg_key");
  observed.id = key.empty() ? monitor : monitor + "/" + key;
  observed.name = text_at(body, "metric");
  if (observed.name.empty()) observed.name = "monitor " + monitor;
  observed.severity = transition == "Warn" || transition == "Re-Warn"
                          ? "warning"
                          : lower_case(text_at(body, "priority"));
  observed.url = text_at(body, "link");
  add_tags(text_at(body, "scope"), observed.labels);
  add_tags(text_at(body, "tags"), observed.labels);
  const std::string cycle = text_at(body, "cycle_key");
  if (!cycle.empty()) observed.labels.emplace("cycle_key", cycle);
  observed.project = service_label(observed.labels);
  observed.sender_environment = environment_label(observed.labels);
  TOLLGATE_TRY(observed.at, time_at(body, {"date", "last_updated"}));
  observed.started = observed.at;
  return Translation{.records = {std::move(observed)}};
}

}  // namespace

extern const SenderDef kDatadog = {
    .name = "datadog",
    .title = "Datadog monitors",
    .doc =
        "A webhook of the Webhooks integration with the payload of share/webhooks/datadog.json "
        "and the secret in a custom header X-Tollgate-Token. Datadog does not sign.",
    .schemes = kSchemes,
    .events = kEvents,
    .event_of = event_of,
    .delivery_of = delivery_of,
    .translate = translate};

}  // namespace tollgate::webhooks
