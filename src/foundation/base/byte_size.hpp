// Amounts of memory and disk as people write them.
#pragma once

#include "foundation/base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate {

/// Bytes of "8GiB", "512 MB", "64k", "1048576": a whole number with a unit of powers of 1000 (kB MB
/// GB TB) or of 1024 (KiB MiB GiB TiB; also k, M, G, T alone); letter case does not matter. Errors:
/// bad_value.
Result<int64_t> parse_byte_size(std::string_view text);
/// "7.5 GiB", "64 KiB", "512 B".
std::string byte_size_words(int64_t bytes);

}  // namespace tollgate
