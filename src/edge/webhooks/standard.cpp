// Anybody who signs as Standard Webhooks asks and writes facts in Tollgate's own words:
// {"type": "deployment.observed", "timestamp": "...", "data": {...}} with the members of the event.
#include "edge/webhooks/fields.hpp"
#include "edge/webhooks/sender.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

#include <array>

namespace tollgate::webhooks {
namespace {

using doc::Node;

constexpr std::array<SchemeDef, 1> kSchemes = {
    {{.scheme = Scheme::standard_webhooks, .header = "webhook-signature"}}};

constexpr std::array<EventDef, 6> kEvents = {{{"alert.observed", "alert"},
                                              {"approval.observed", "approval"},
                                              {"change.observed", "change"},
                                              {"deployment.observed", "deployment"},
                                              {"incident.observed", "incident"},
                                              {"pipeline.observed", "pipeline"}}};

std::string event_of(const Delivery&, const Node& body) { return text_at(body, "type"); }
std::string delivery_of(const Delivery& delivery, const Node&) {
  return std::string(delivery.header("webhook-id"));
}

/// The sender's own names may be ours: what is written as service and environment is mapped like
/// any other sender's project and environment.
template <class T>
void use_as_sender_names(T& value) {
  if (value.project.empty()) value.project = value.service;
  value.service.clear();
  if constexpr (requires { value.sender_environment; }) {
    if (value.sender_environment.empty()) value.sender_environment = value.environment;
    value.environment.clear();
  }
}

template <class T>
Result<Translation> read_as(const Node& data, std::optional<Time> at) {
  Node filled = data;
  if (filled.find("at") == nullptr) {
    if (!at) return fail(codes::bad_webhook, "neither data.at nor timestamp tells when it was");
    filled.set("at", time_text(*at));
  }
  // The field table asks for both; here either may be left to the rules of the Integration.
  for (const std::string_view name : {"service", "environment"}) {
    if (filled.find(name) == nullptr && name == "environment") filled.set(name, "-");
    if (filled.find(name) == nullptr) filled.set(name, text_at(filled, "project"));
  }
  auto value = reflect::decode<T>(filled, {.ignore_unknown = true});
  if (!value) {
    Error error = std::move(value).error();
    error.code = codes::bad_webhook;
    error.message = "data" + error.field + ": " + error.message;
    return fail(std::move(error));
  }
  if constexpr (requires { value->environment; }) {
    if (value->environment == "-") value->environment.clear();
  }
  use_as_sender_names(*value);
  return Translation{.records = {std::move(*value)}};
}

Result<Translation> translate(const Delivery&, const Node& body) {
  TOLLGATE_TRY(const std::string type, required_text(body, "type"));
  const Node* data = value_at(body, "data");
  if (data == nullptr || !data->is_object())
    return fail(codes::bad_webhook, "the body has no object data");
  TOLLGATE_TRY(const std::optional<Time> at, optional_time(body, {"timestamp"}));
  if (type == "deployment.observed") return read_as<model::DeploymentObserved>(*data, at);
  if (type == "pipeline.observed") return read_as<model::PipelineObserved>(*data, at);
  if (type == "change.observed") return read_as<model::ChangeObserved>(*data, at);
  if (type == "incident.observed") return read_as<model::IncidentObserved>(*data, at);
  if (type == "approval.observed") return read_as<model::ApprovalObserved>(*data, at);
  if (type == "alert.observed") return read_as<model::AlertObserved>(*data, at);
  return ignored(fmt::format("events of type \"{}\" are not recorded", type));
}

}  // namespace

extern const SenderDef kStandard = {
    .name = "standard",
    .title = "Standard Webhooks, in Tollgate's own words",
    .doc =
        "Any script or tool: a JSON body of type and data, signed with webhook-id, "
        "webhook-timestamp and webhook-signature.",
    .schemes = kSchemes,
    .is_signed = true,
    .events = kEvents,
    .event_of = event_of,
    .delivery_of = delivery_of,
    .translate = translate};

}  // namespace tollgate::webhooks
