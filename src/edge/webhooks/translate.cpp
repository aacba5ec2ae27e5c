#include "edge/webhooks/translate.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/digest.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"

#include <array>

namespace tollgate::webhooks {
namespace {

/// Fields that are for people: they may be cut. All others name something and must fit.
constexpr std::array<std::string_view, 5> kCuttable = {"title", "url", "by", "name", "severity"};

std::string cut(std::string_view text, size_t size_max) {
  text = text.substr(0, size_max);
  while (!text.empty() && !is_utf8(text)) text.remove_suffix(1);
  return std::string(text);
}

/// Cuts or refuses texts that are longer than the ledger takes.
Result<void> fit(const reflect::TypeInfo& type, void* object) {
  for (const reflect::FieldInfo& field : type.fields) {
    const reflect::TypeInfo& member = field.type();
    void* value = field.get(object);
    if (member.shape == reflect::Shape::object) TOLLGATE_CHECK(fit(member, value));
    if (member.shape != reflect::Shape::text) continue;
    auto& text = *static_cast<std::string*>(value);
    if (text.size() <= field.constraints.size_max) continue;
    if (std::find(kCuttable.begin(), kCuttable.end(), field.name) == kCuttable.end()) {
      return fail(codes::bad_webhook, "{} has {} characters; {} are taken", field.name, text.size(),
                  field.constraints.size_max);
    }
    text = cut(text, field.constraints.size_max);
  }
  return {};
}

Result<doc::Node> body_of(const Delivery& delivery) {
  if (delivery.body.size() > kBodyBytesMax) {
    return fail(codes::too_large, "the body has {} bytes; at most {} are read",
                delivery.body.size(), kBodyBytesMax);
  }
  auto body = doc::parse_json(delivery.body);
  if (body) return body;
  Error error = std::move(body).error();
  error.code = codes::bad_webhook;
  error.message = "the body is not JSON: " + error.message;
  return fail(std::move(error));
}

}  // namespace

std::string_view Delivery::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

Result<const SenderDef*> sender_named(std::string_view name) {
  std::vector<std::string> names;
  for (const SenderDef* sender : all_senders()) {
    if (sender->name == name) return sender;
    names.emplace_back(sender->name);
  }
  return fail(codes::unknown_sender, "there is no sender \"{}\"{}", name,
              did_you_mean(name, names));
}

std::string_view observation_type(const model::Observation& observation) {
  return std::visit(
      [](const auto& value) { return reflect::Reflect<std::decay_t<decltype(value)>>::name; },
      observation);
}

doc::Node observation_json(const model::Observation& observation) {
  return std::visit([](const auto& value) { return reflect::encode(value); }, observation);
}

model::Origin& origin_of(model::Observation& observation) {
  return std::visit([](auto& value) -> model::Origin& { return value.origin; }, observation);
}

Result<Translation> translate(const SenderDef& sender, const Delivery& delivery) {
  TOLLGATE_TRY(const doc::Node body, body_of(delivery));
  TOLLGATE_TRY(Translation translation, sender.translate(delivery, body));
  if (translation.event.empty()) translation.event = sender.event_of(delivery, body);
  if (translation.records.size() > kObservationsMax) {
    return fail(codes::limit_exceeded, "the delivery holds {} facts; {} are taken at once",
                translation.records.size(), kObservationsMax);
  }
  const model::Origin origin{
      .sender = std::string(sender.name),
      .event = cut(translation.event, reflect::kObservedNameMax),
      .delivery = cut(sender.delivery_of(delivery, body), reflect::kObservedNameMax),
      .body = sha256(delivery.body)};
  for (model::Observation& record : translation.records) {
    origin_of(record) = origin;
    TOLLGATE_CHECK(std::visit(
        [](auto& value) { return fit(reflect::type_of<std::decay_t<decltype(value)>>(), &value); },
        record));
  }
  if (translation.records.empty() && translation.ignored.empty())
    translation.ignored = "there is nothing in it to record";
  return translation;
}

}  // namespace tollgate::webhooks
