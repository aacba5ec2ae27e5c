// Any bytes through every sender's translation, and any headers through authentication.
#include "edge/webhooks/authenticate.hpp"
#include "edge/webhooks/translate.hpp"
#include "foundation/base/assert.hpp"
#include "foundation/reflect/reflect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace tollgate;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const size_t line = std::min(text.find('\n'), size);
  webhooks::Delivery delivery{.body = text.substr(std::min(line + 1, size)),
                              .event = std::string(text.substr(0, line)),
                              .received = Time{1'700'000'000'000}};
  const std::vector<std::string> secrets = {"secret"};
  for (const webhooks::SenderDef* sender : webhooks::all_senders()) {
    const auto translation = webhooks::translate(*sender, delivery);
    if (translation) {
      ASSERT(translation->records.empty() != translation->ignored.empty());
      // What is recorded must be readable again, once it is mapped.
      for (model::Observation record : translation->records) {
        std::visit(
            [](auto& value) {
              if constexpr (requires { value.service; }) value.service = "s";
              if constexpr (requires { value.environment; }) value.environment = "e";
              if constexpr (requires { value.request; }) {
                value.request.service = "s";
                value.request.environment = "e";
              }
              using T = std::decay_t<decltype(value)>;
              const doc::Node node = reflect::encode(value);
              ASSERT((reflect::decode<T>(node, {.ignore_unknown = true}).has_value()));
            },
            record);
      }
    }
    webhooks::Delivery forged = delivery;
    for (const webhooks::SchemeDef& scheme : sender->schemes)
      forged.headers.emplace_back(scheme.header, delivery.event);
    forged.headers.emplace_back("webhook-id", "1");
    forged.headers.emplace_back("webhook-timestamp", "1700000000");
    (void)webhooks::authenticate(*sender, forged, secrets, delivery.received);
  }
  return 0;
}
