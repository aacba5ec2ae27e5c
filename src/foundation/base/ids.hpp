// Identifiers of decisions, events and requests: sortable by time, safe in URLs and file names.
#pragma once

#include "foundation/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

/// A ULID: 26 characters of Crockford base 32, 48 bits of `time`, 80 bits that the caller chooses.
/// Pure. Source: github.com/ulid/spec.
std::string make_ulid(Time time, uint64_t random_high16, uint64_t random_low64);

struct UlidParts {
  Time time;
  uint64_t random_high16 = 0;
  uint64_t random_low64 = 0;
};
/// The parts of a ULID, in upper or lower case; nothing if `text` is none.
std::optional<UlidParts> read_ulid(std::string_view text);

}  // namespace tollgate
