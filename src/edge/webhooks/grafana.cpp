// Grafana Alerting: the webhook contact point, whose alerts have Alertmanager's form.
#include "edge/webhooks/alerts.hpp"
#include "edge/webhooks/fields.hpp"
#include "foundation/base/codes.hpp"

#include <array>

namespace tollgate::webhooks {
namespace {

constexpr std::array<SchemeDef, 3> kSchemes = {
    {{.scheme = Scheme::grafana_hmac, .header = "x-grafana-alerting-signature"},
     {.scheme = Scheme::bearer, .header = "authorization"},
     {.scheme = Scheme::basic, .header = "authorization"}}};

constexpr std::array<EventDef, 1> kEvents = {{{"alerts", "alert: firing or resolved, each"}}};

std::string event_of(const Delivery&, const doc::Node&) { return "alerts"; }
std::string delivery_of(const Delivery&, const doc::Node&) { return {}; }

Result<Translation> translate(const Delivery&, const doc::Node& body) {
  if (!body.is_object()) return fail(codes::bad_webhook, "the body is no JSON object");
  if (value_at(body, "alerts") == nullptr && value_at(body, "ruleId") != nullptr) {
    return fail(codes::bad_webhook,
                "the body is of Grafana's legacy alerting, which has no alerts with labels; use "
                "Grafana Alerting");
  }
  return translate_alerts(body);
}

}  // namespace

extern const SenderDef kGrafana = {
    .name = "grafana",
    .title = "Grafana Alerting, webhook contact point",
    .doc =
        "A webhook contact point with an HMAC signature (and its timestamp header set to "
        "X-Grafana-Alerting-Timestamp), or an authorization header.",
    .schemes = kSchemes,
    .is_signed = true,
    .events = kEvents,
    .event_of = event_of,
    .delivery_of = delivery_of,
    .translate = translate};

}  // namespace tollgate::webhooks
