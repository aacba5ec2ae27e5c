// Whether a delivery is its sender's own, by the scheme that it carries. Over the bytes as they
// came, in constant time.
#pragma once

#include "edge/webhooks/sender.hpp"

#include <span>
#include <string>

namespace tollgate::webhooks {

/// Deliveries whose signed time is further away than this are refused.
inline constexpr Duration kReplayWindow = minutes(5);

/// token or signature, by what proved it. `secrets` are all that count now: several while one is
/// being replaced. A secret that begins with "whsec_" is a key and counts for signatures only.
/// Errors: webhook_refused if the delivery proves nothing, or something else; stale_webhook if its
/// signed time is outside of the replay window.
Result<model::Assurance> authenticate(const SenderDef& sender, const Delivery& delivery,
                                      std::span<const std::string> secrets, Time now);

/// The headers that would make `body` pass authenticate(), for tests of a set-up and for those who
/// send: name and value in pairs.
std::vector<std::pair<std::string, std::string>> sign(const SenderDef& sender,
                                                      std::string_view secret, std::string_view id,
                                                      std::string_view body, Time now);

}  // namespace tollgate::webhooks
