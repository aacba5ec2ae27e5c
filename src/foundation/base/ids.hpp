// Identifiers of decisions, events and requests: sortable by time, safe in URLs and file names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/time.hpp"

namespace tollgate {

/// A ULID: 26 characters of Crockford base 32, 48 bits of `time`, 80 bits of `random`. Pure.
/// Source: github.com/ulid/spec.
std::string make_ulid(Time time, uint64_t random_high16, uint64_t random_low64);
/// True for 26 characters of the ULID alphabet.
bool is_ulid(std::string_view text);

}  // namespace tollgate
