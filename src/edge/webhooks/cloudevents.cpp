// CloudEvents 1.0 over HTTP: binary (headers), structured (one JSON object) and batched (a list).
// CDEvents inside are translated; other types are ignored with a reason.
#include "edge/webhooks/cdevents.hpp"
#include "edge/webhooks/fields.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <array>

namespace tollgate::webhooks {
namespace {

using doc::Node;

constexpr std::array<SchemeDef, 3> kSchemes = {
    {{.scheme = Scheme::standard_webhooks, .header = "webhook-signature"},
     {.scheme = Scheme::bearer, .header = "authorization"},
     {.scheme = Scheme::basic, .header = "authorization"}}};

constexpr std::array<EventDef, 1> kEvents = {{{"dev.cdevents.*", "as the sender cdevents"}}};

Result<Translation> translate_data(const std::string& type, const Node* data) {
  if (!type.starts_with("dev.cdevents.")) {
    Translation translation = ignored(fmt::format("events of type \"{}\" are not recorded", type));
    translation.event = type;
    return translation;
  }
  if (data == nullptr || !is_cdevent(*data))
    return fail(codes::bad_webhook, "an event of type {} holds no CDEvent", type.substr(0, 100));
  return translate_cdevent(*data);
}

Result<Translation> translate_structured(const Node& event) {
  if (is_cdevent(event)) return translate_cdevent(event);
  TOLLGATE_TRY(const std::string version, required_text(event, "specversion"));
  if (!version.starts_with("1."))
    return fail(codes::bad_webhook, "CloudEvents {} is not known, 1.0 is", version.substr(0, 20));
  TOLLGATE_TRY(const std::string type, required_text(event, "type"));
  TOLLGATE_CHECK(required_text(event, "id"));
  TOLLGATE_CHECK(required_text(event, "source"));
  return translate_data(type, value_at(event, "data"));
}

Result<Translation> translate_batch(const Node& batch) {
  if (batch.items().size() > kObservationsMax) {
    return fail(codes::limit_exceeded, "the batch holds {} events; {} are taken at once",
                batch.items().size(), kObservationsMax);
  }
  Translation all;
  all.event = "batch";
  std::string last_ignored;
  for (const Node& event : batch.items()) {
    TOLLGATE_TRY(Translation one, translate_structured(event));
    for (model::Observation& record : one.records) all.records.push_back(std::move(record));
    if (!one.ignored.empty()) last_ignored = one.ignored;
  }
  if (all.records.empty()) all.ignored = last_ignored.empty() ? "the batch is empty" : last_ignored;
  return all;
}

}  // namespace

std::string cloud_event_type(const Delivery& delivery, const Node& body) {
  const std::string_view header = delivery.header("ce-type");
  if (!header.empty()) return std::string(header);
  if (body.is_array()) return "batch";
  const std::string inner = text_at(body, is_cdevent(body) ? "context/type" : "type");
  return inner.empty() ? delivery.event : inner;
}

/// Source and id together name an event; a batch has no name of its own.
std::string cloud_event_id(const Delivery& delivery, const Node& body) {
  const std::string_view header = delivery.header("ce-id");
  if (!header.empty()) return fmt::format("{} {}", delivery.header("ce-source"), header);
  if (is_cdevent(body)) return text_at(body, "context/source") + " " + text_at(body, "context/id");
  if (!body.is_object()) return {};
  const std::string id = text_at(body, "id");
  return id.empty() ? id : text_at(body, "source") + " " + id;
}

Result<Translation> translate_cloud_events(const Delivery& delivery, const Node& body) {
  const std::string_view version = delivery.header("ce-specversion");
  if (version.empty()) {
    if (body.is_array()) return translate_batch(body);
    if (!body.is_object()) return fail(codes::bad_webhook, "the body is no JSON object or list");
    return translate_structured(body);
  }
  if (!version.starts_with("1."))
    return fail(codes::bad_webhook, "CloudEvents {} is not known, 1.0 is", version.substr(0, 20));
  for (const std::string_view name : {"ce-id", "ce-source", "ce-type"}) {
    if (delivery.header(name).empty())
      return fail(codes::bad_webhook, "an event in binary mode needs the header {}", name);
  }
  return translate_data(std::string(delivery.header("ce-type")), &body);
}

extern const SenderDef kCloudevents = {
    .name = "cloudevents",
    .title = "CloudEvents 1.0 (binary, structured, batched)",
    .doc =
        "Any producer of CloudEvents, signed as Standard Webhooks asks or with a bearer token. "
        "CDEvents inside are recorded.",
    .schemes = kSchemes,
    .is_signed = true,
    .events = kEvents,
    .event_of = cloud_event_type,
    .delivery_of = cloud_event_id,
    .translate = translate_cloud_events};

}  // namespace tollgate::webhooks
