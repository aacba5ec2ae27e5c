// Alertmanager's API: whether an alert is on. Source: Alertmanager's OpenAPI document (v2).
#include "edge/vendors/api.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"

namespace tollgate::vendors {
namespace {

using doc::Node;

Result<Headers> login(const model::Integration& integration) {
  if (integration.api->token.empty()) return Headers{};
  TOLLGATE_TRY(const std::string token, api_secret(integration, integration.api->token));
  if (integration.api->user.empty()) return Headers{{"authorization", "Bearer " + token}};
  return Headers{{"authorization", "Basic " + base64_encode(integration.api->user + ":" + token)}};
}

Result<model::Observation> confirm(const model::Integration& integration,
                                   const model::Observation& observation, const Outside& outside) {
  const auto* told = std::get_if<model::AlertObserved>(&observation);
  if (told == nullptr) return fail(codes::bad_value, "Alertmanager is asked about alerts only");
  TOLLGATE_TRY(const Headers headers, login(integration));
  std::string filter;
  if (const auto name = told->labels.find("alertname");
      name != told->labels.end() && name->second.find('"') == std::string::npos)
    filter = "?filter=" + percent_encode(fmt::format("alertname=\"{}\"", name->second));
  TOLLGATE_TRY(const ApiAnswer answer,
               get_api(integration, outside, "/api/v2/alerts" + filter, headers));
  if (!answer.body.is_array())
    return fail(codes::bad_response, "the API of {} gave no list", integration.name);
  const Node* found = nullptr;
  for (const Node& alert : answer.body.items()) {
    if (alert.is_object() && alert.text_or("fingerprint") == told->id) found = &alert;
  }
  const bool is_on = told->status == model::AlertStatus::firing;
  if (is_on && found == nullptr)
    return fail(codes::not_found, "Alertmanager does not know alert {} (any more)", told->id);
  if (is_on || found == nullptr) return observation;
  // Resolved, says the delivery; the same firing must be over.
  const auto started = parse_time(found->text_or("startsAt"));
  const auto ends = parse_time(found->text_or("endsAt"));
  const bool is_same = started && *started == told->started;
  const bool is_over = ends && *ends <= outside.clock.now();
  if (!is_same || is_over) return observation;
  return fail(codes::contradicted, "Alertmanager says that alert {} is on", told->id);
}

}  // namespace

extern const VendorDef kAlertmanager = {
    .sender = model::Sender::alertmanager, .doc = "Whether an alert is on.", .confirm = confirm};

}  // namespace tollgate::vendors
