#include "edge/deliver/webhook.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace tollgate::deliver {
namespace {

constexpr Duration kTimeout = seconds(10);
constexpr size_t kAnswerBytesMax = 64 * 1024;

std::string_view annotation(const engine::Notification& notification, std::string_view name) {
  const auto found = notification.annotations.find(std::string(name));
  return found == notification.annotations.end() ? std::string_view{}
                                                 : std::string_view(found->second);
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

Result<std::string> resolve_secret(std::string_view reference) {
  if (reference.starts_with("env:")) {
    const char* value = std::getenv(std::string(reference.substr(4)).c_str());
    if (value == nullptr)
      return fail(codes::bad_value, "the environment has no variable {}", reference.substr(4));
    return std::string(value);
  }
  if (reference.starts_with("file:")) {
    std::ifstream file{std::string(reference.substr(5))};
    if (!file) return fail(codes::io_failed, "{} cannot be read", reference.substr(5));
    std::ostringstream text;
    text << file.rdbuf();
    return std::string(trim(text.str()));
  }
  return fail(codes::bad_value, "a secret is written as env:NAME or file:PATH");
}

Result<void> Webhooks::deliver(const engine::Notification& notification) {
  const std::string_view url = annotation(notification, kUrlAnnotation);
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    return fail(codes::bad_value, "target {} has no web address in its annotation {}",
                notification.target, kUrlAnnotation);
  }
  engine::HttpRequest request{.method = "POST",
                              .url = std::string(url),
                              .headers = {{"content-type", "application/cloudevents+json"},
                                          {"webhook-id", notification.id}},
                              .body = cloud_event(notification),
                              .timeout = kTimeout,
                              .body_max = kAnswerBytesMax};
  const int64_t timestamp_s = clock_.now().ms / 1000;
  request.headers.emplace_back("webhook-timestamp", std::to_string(timestamp_s));
  if (const std::string_view reference = annotation(notification, kSecretAnnotation);
      !reference.empty()) {
    TOLLGATE_TRY(const std::string secret, resolve_secret(reference));
    request.headers.emplace_back(
        "webhook-signature", webhook_signature(secret, notification.id, timestamp_s, request.body));
  }
  TOLLGATE_TRY(const engine::HttpResponse response, http_.send(request));
  if (response.status >= 200 && response.status < 300) return {};
  return fail(codes::bad_response, "target {} answered {}", notification.target, response.status);
}

}  // namespace tollgate::deliver
