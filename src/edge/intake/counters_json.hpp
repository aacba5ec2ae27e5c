// The JSON counters API: increments that name their SLO themselves.
#pragma once

#include "edge/intake/batch.hpp"

#include <string>
#include <string_view>

namespace tollgate::intake {

inline constexpr size_t kIncrementsMax = 100'000;  // of one request
inline constexpr size_t kPlaceMax = 200;           // bytes of an environment, track, version, group
inline constexpr size_t kIdempotencyKeyMax = 200;

/// The bytes that decode_counters reads: a body with what only its arrival knows. `key` holds no
/// line break.
std::string counters_envelope(std::string_view body, std::string_view key, int64_t arrived_ms);

/// Fills Batch::increments. The body is one object or {"counters": [...]}, of slo, good, bad, total
/// (one of them, or total with one of the others), and perhaps environment, track, version, group
/// and time (RFC 3339 or milliseconds since 1970; otherwise the arrival). Errors: syntax,
/// missing_field, bad_value, unknown_field, too_large.
Result<void> decode_counters(std::string_view envelope, Batch& batch);

}  // namespace tollgate::intake
