// Bytes as text and back: hex, base64 and the escapes of addresses.
#pragma once

#include "foundation/base/error.hpp"

#include <string>
#include <string_view>

namespace tollgate {

/// Lower-case hex, two digits a byte.
std::string hex_encode(std::string_view bytes);
/// Errors: bad_value for an odd length or another character.
Result<std::string> hex_decode(std::string_view hex);

/// Base64 with padding (RFC 4648 section 4).
std::string base64_encode(std::string_view bytes);
/// Strict: padding required, no white space, no trailing bits. Errors: bad_value.
Result<std::string> base64_decode(std::string_view text);

/// The text with everything but unreserved characters escaped, for one path segment or query value:
/// "a b&c" as "a%20b%26c".
std::string percent_encode(std::string_view text);

/// True if `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

}  // namespace tollgate
