// HMAC-SHA-256 and comparing secrets without telling by time how much of them fits.
#pragma once

#include "foundation/base/digest.hpp"

#include <initializer_list>
#include <string_view>

namespace tollgate {

/// HMAC-SHA-256 (RFC 2104) of the parts, one after the other, under `key`.
Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts);

/// Whether two secrets are equal; takes the same time whatever they have in common.
bool is_same_secret(std::string_view a, std::string_view b);

}  // namespace tollgate
