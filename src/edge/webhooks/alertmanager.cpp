// Prometheus Alertmanager: webhook version 4. It repeats groups by its own rules; an alert that is
// known to be in the told state is not recorded again. It does not sign.
#include "edge/webhooks/alerts.hpp"
#include "edge/webhooks/fields.hpp"
#include "foundation/base/codes.hpp"

#include <array>

namespace tollgate::webhooks {
namespace {

constexpr std::array<SchemeDef, 2> kSchemes = {
    {{.scheme = Scheme::bearer, .header = "authorization"},
     {.scheme = Scheme::basic, .header = "authorization"}}};

constexpr std::array<EventDef, 1> kEvents = {{{"alerts", "alert: firing or resolved, each"}}};

std::string event_of(const Delivery&, const doc::Node&) { return "alerts"; }
// A group is sent again with other alerts in it: its key is no name of a delivery.
std::string delivery_of(const Delivery&, const doc::Node&) { return {}; }

Result<Translation> translate(const Delivery&, const doc::Node& body) {
  const std::string version = text_at(body, "version");
  if (version != "4") {
    return fail(codes::bad_webhook,
                "the body is of webhook version \"{}\", not \"4\": is `payload` of the receiver "
                "set to a template?",
                version.substr(0, 20));
  }
  return translate_alerts(body);
}

}  // namespace

extern const SenderDef kAlertmanager = {
    .name = "alertmanager",
    .title = "Prometheus Alertmanager, webhook version 4",
    .doc =
        "A webhook receiver with http_config.authorization (bearer) or basic_auth. The labels "
        "service and environment say what an alert is about.",
    .schemes = kSchemes,
    .events = kEvents,
    .event_of = event_of,
    .delivery_of = delivery_of,
    .translate = translate};

}  // namespace tollgate::webhooks
