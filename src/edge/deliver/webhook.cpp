// Tells anything that takes webhooks: a CloudEvents 1.0 body, signed as Standard Webhooks asks.
#include "edge/deliver/webhook.hpp"

#include "edge/deliver/target.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/doc/json.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace tollgate::deliver {
namespace {

Result<void> deliver_webhook(const engine::Notification& notification, const Outside& outside) {
  TOLLGATE_TRY(std::string url, setting(notification, kUrlAnnotation));
  engine::HttpRequest request{.url = std::move(url),
                              .headers = {{"content-type", "application/cloudevents+json"},
                                          {"webhook-id", notification.id}},
                              .body = cloud_event(notification)};
  const int64_t timestamp_s = outside.clock.now().ms / 1000;
  request.headers.emplace_back("webhook-timestamp", std::to_string(timestamp_s));
  if (!annotation(notification, kSecretAnnotation).empty()) {
    TOLLGATE_TRY(const std::string key, secret(notification, kSecretAnnotation));
    request.headers.emplace_back(
        "webhook-signature", webhook_signature(key, notification.id, timestamp_s, request.body));
  }
  return post(notification, outside, std::move(request));
}

}  // namespace

std::string webhook_signature(std::string_view secret, std::string_view id, int64_t timestamp_s,
                              std::string_view body) {
  // Secrets are shared as "whsec_" and base64; the bytes behind it are the key.
  std::string key(secret);
  if (secret.starts_with("whsec_")) {
    if (const Result<std::string> bytes = base64_decode(secret.substr(6))) key = *bytes;
  }
  const std::string message = fmt::format("{}.{}.{}", id, timestamp_s, body);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest, &size);
  return "v1," + base64_encode({reinterpret_cast<const char*>(digest), size});
}

std::string cloud_event(const engine::Notification& notification) {
  const Result<doc::Node> record = doc::parse_json(notification.leaf);
  return doc::compact_json(doc::Node::object({{"specversion", "1.0"},
                                              {"id", notification.id},
                                              {"source", "tollgate"},
                                              {"type", "dev.tollgate." + notification.type + ".v1"},
                                              {"subject", notification.subject},
                                              {"time", time_text(notification.time)},
                                              {"datacontenttype", "application/json"},
                                              {"data", record ? *record : doc::Node()}}));
}

extern const TargetDef webhook_target = {
    .name = "webhook",
    .doc =
        "A POST of a CloudEvents 1.0 document with the record, signed as Standard Webhooks "
        "asks (webhook-id, webhook-timestamp, webhook-signature).",
    .settings = {{.name = kUrlAnnotation,
                  .doc = "Address; may be a reference.",
                  .is_required = true},
                 {.name = kSecretAnnotation,
                  .doc = "Reference to the secret that signs; without it nothing is signed."}},
    .deliver = deliver_webhook,
};

}  // namespace tollgate::deliver
