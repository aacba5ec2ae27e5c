// The parts of a signed webhook that receivers check.
#pragma once

#include "engine/ports/deliverer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::deliver {

/// "v1,<base64>": HMAC-SHA-256 of `id.timestamp.body`. Source: standardwebhooks.com,
/// specification 1.0.
std::string webhook_signature(std::string_view secret, std::string_view id, int64_t timestamp_s,
                              std::string_view body);
/// The CloudEvents form of a notification (structured JSON).
std::string cloud_event(const engine::Notification& notification);

}  // namespace tollgate::deliver
