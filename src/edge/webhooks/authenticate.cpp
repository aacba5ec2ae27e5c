#include "edge/webhooks/authenticate.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/hmac.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::webhooks {
namespace {

constexpr std::string_view kKeyPrefix = "whsec_";
constexpr std::string_view kGrafanaTime = "x-grafana-alerting-timestamp";
/// Signatures looked at in one header: a sender that replaces its key sends two.
constexpr size_t kSignaturesMax = 8;

/// The bytes of a key: base64 behind "whsec_", else the text itself.
std::string key_of(std::string_view secret) {
  if (secret.starts_with(kKeyPrefix)) {
    if (const auto bytes = base64_decode(secret.substr(kKeyPrefix.size()))) return *bytes;
  }
  return std::string(secret);
}

Result<void> check_age(std::string_view timestamp, Time now) {
  const auto seconds_since = parse_integer(timestamp);
  if (!seconds_since || std::abs(*seconds_since) > now.ms)
    return fail(codes::webhook_refused, "the delivery's timestamp is no number of seconds");
  const Time signed_at{*seconds_since * 1000};
  const Duration age = now - signed_at;
  if (age > kReplayWindow || age < Duration{-kReplayWindow.ms}) {
    return fail(codes::stale_webhook, "the delivery was signed at {}, it is {} now",
                time_text(signed_at), time_text(now));
  }
  return {};
}

bool any_matches(std::span<const std::string> secrets, std::string_view given,
                 const auto& expected) {
  // All are computed, so that the time does not tell which one fitted.
  bool is_match = false;
  for (const std::string& secret : secrets) {
    const std::optional<std::string> wanted = expected(secret);
    if (wanted) is_match = is_same_secret(*wanted, given) || is_match;
  }
  return is_match;
}

/// Whether one of the signatures in `header`, each behind `prefix`, is the right one.
bool has_signature(std::string_view header, char separator, std::string_view prefix,
                   std::span<const std::string> secrets, const auto& expected) {
  size_t count = 0;
  bool is_match = false;
  for (const std::string_view part : split(header, separator)) {
    if (++count > kSignaturesMax) break;
    const std::string_view text = trim(part);
    if (!text.starts_with(prefix)) continue;
    is_match = any_matches(secrets, text.substr(prefix.size()), expected) || is_match;
  }
  return is_match;
}

std::optional<std::string> plain(const std::string& secret) {
  // A signing key must never travel as a token.
  if (secret.starts_with(kKeyPrefix)) return std::nullopt;
  return secret;
}

tl::unexpected<Error> refused(std::string_view what) {
  return fail(codes::webhook_refused, "{}", what);
}

Result<model::Assurance> check(const SchemeDef& scheme, const Delivery& delivery,
                               std::span<const std::string> secrets, Time now) {
  const std::string_view header = delivery.header(scheme.header);
  switch (scheme.scheme) {
    case Scheme::hmac_hex: {
      const auto expected = [&](const std::string& secret) -> std::optional<std::string> {
        return hex_encode(hmac_sha256(key_of(secret), {delivery.body}).view());
      };
      if (!has_signature(header, ',', scheme.prefix, secrets, expected))
        return refused("the signature of the body does not fit the secret");
      return model::Assurance::signature;
    }
    case Scheme::grafana_hmac: {
      const std::string_view time = delivery.header(kGrafanaTime);
      if (!time.empty()) TOLLGATE_CHECK(check_age(time, now));
      const auto expected = [&](const std::string& secret) -> std::optional<std::string> {
        const std::string key = key_of(secret);
        return hex_encode((time.empty() ? hmac_sha256(key, {delivery.body})
                                        : hmac_sha256(key, {time, ":", delivery.body}))
                              .view());
      };
      if (!has_signature(header, ',', scheme.prefix, secrets, expected))
        return refused("the signature of the body does not fit the secret");
      return model::Assurance::signature;
    }
    case Scheme::standard_webhooks: {
      const std::string_view id = delivery.header("webhook-id");
      const std::string_view time = delivery.header("webhook-timestamp");
      if (id.empty() || time.empty())
        return refused("webhook-id and webhook-timestamp belong to a webhook-signature");
      TOLLGATE_CHECK(check_age(time, now));
      const auto expected = [&](const std::string& secret) -> std::optional<std::string> {
        return base64_encode(
            hmac_sha256(key_of(secret), {id, ".", time, ".", delivery.body}).view());
      };
      if (!has_signature(header, ' ', "v1,", secrets, expected))
        return refused("the signature of the body does not fit the secret");
      return model::Assurance::signature;
    }
    case Scheme::token:
      if (!any_matches(secrets, header, plain)) return refused("the token is another one");
      return model::Assurance::token;
    case Scheme::bearer: {
      if (!any_matches(secrets, trim(header.substr(6)), plain))
        return refused("the bearer token is another one");
      return model::Assurance::token;
    }
    case Scheme::basic: {
      const auto pair = base64_decode(trim(header.substr(5)));
      const size_t colon = pair ? pair->find(':') : std::string::npos;
      if (colon == std::string::npos) return refused("the basic authentication is broken");
      if (!any_matches(secrets, std::string_view(*pair).substr(colon + 1), plain))
        return refused("the password is another one");
      return model::Assurance::token;
    }
  }
  return refused("the delivery proves nothing");
}

bool carries(const SchemeDef& scheme, const Delivery& delivery) {
  const std::string_view header = delivery.header(scheme.header);
  if (header.empty()) return false;
  if (scheme.scheme == Scheme::bearer) return lower_case(header.substr(0, 7)) == "bearer ";
  if (scheme.scheme == Scheme::basic) return lower_case(header.substr(0, 6)) == "basic ";
  return true;
}

}  // namespace

Result<model::Assurance> authenticate(const SenderDef& sender, const Delivery& delivery,
                                      std::span<const std::string> secrets, Time now) {
  if (secrets.empty()) return refused("the integration has no secret");
  std::string known;
  for (const SchemeDef& scheme : sender.schemes) {
    if (carries(scheme, delivery)) return check(scheme, delivery, secrets, now);
    known += (known.empty() ? "" : " or ") + std::string(scheme.header);
  }
  return fail(codes::webhook_refused, "the delivery has no {} header", known);
}

std::vector<std::pair<std::string, std::string>> sign(const SenderDef& sender,
                                                      std::string_view secret, std::string_view id,
                                                      std::string_view body, Time now) {
  const SchemeDef* chosen = nullptr;
  for (const SchemeDef& scheme : sender.schemes) {
    // GitLab's older way: a plain secret goes as it is.
    const bool is_key = secret.starts_with(kKeyPrefix);
    if (scheme.scheme == Scheme::standard_webhooks && !is_key && sender.schemes.size() > 1)
      continue;
    chosen = &scheme;
    break;
  }
  if (chosen == nullptr) return {};
  const std::string time = std::to_string(now.ms / 1000);
  const std::string key = key_of(secret);
  switch (chosen->scheme) {
    case Scheme::hmac_hex:
      return {{std::string(chosen->header),
               std::string(chosen->prefix) + hex_encode(hmac_sha256(key, {body}).view())}};
    case Scheme::grafana_hmac:
      return {{std::string(chosen->header), hex_encode(hmac_sha256(key, {time, ":", body}).view())},
              {std::string(kGrafanaTime), time}};
    case Scheme::standard_webhooks:
      return {{"webhook-id", std::string(id)},
              {"webhook-timestamp", time},
              {"webhook-signature",
               "v1," + base64_encode(hmac_sha256(key, {id, ".", time, ".", body}).view())}};
    case Scheme::token:
      return {{std::string(chosen->header), std::string(secret)}};
    case Scheme::bearer:
      return {{"authorization", "Bearer " + std::string(secret)}};
    case Scheme::basic:
      return {{"authorization", "Basic " + base64_encode("hook:" + std::string(secret))}};
  }
  return {};
}

}  // namespace tollgate::webhooks
