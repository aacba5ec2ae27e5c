// Tells notification targets by signed webhooks: a CloudEvents 1.0 body, signed as Standard
// Webhooks asks. The target's annotations say where: tollgate.dev/url, and tollgate.dev/secret as a
// reference (env:NAME, file:PATH).
#pragma once

#include "engine/ports/clock.hpp"
#include "engine/ports/deliverer.hpp"
#include "engine/ports/http_client.hpp"

#include <string>
#include <string_view>

namespace tollgate::deliver {

inline constexpr std::string_view kUrlAnnotation = "tollgate.dev/url";
inline constexpr std::string_view kSecretAnnotation = "tollgate.dev/secret";

/// "v1,<base64>": HMAC-SHA-256 of `id.timestamp.body`. Source: standardwebhooks.com,
/// specification 1.0.
std::string webhook_signature(std::string_view secret, std::string_view id, int64_t timestamp_s,
                              std::string_view body);
/// The CloudEvents form of a notification (structured JSON).
std::string cloud_event(const engine::Notification& notification);
/// The value behind env:NAME or file:PATH, trailing line break removed.
/// Errors: bad_value for another form or an unset variable; io_failed.
Result<std::string> resolve_secret(std::string_view reference);

class Webhooks : public engine::Deliverer {
 public:
  /// Both outlive this.
  Webhooks(engine::HttpClient& http, engine::Clock& clock) : http_(http), clock_(clock) {}
  Result<void> deliver(const engine::Notification& notification) override;

 private:
  engine::HttpClient& http_;
  engine::Clock& clock_;
};

}  // namespace tollgate::deliver
