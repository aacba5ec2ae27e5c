// SHA-256: the one hash of the house, for leaves, nodes, bundles and blobs.
#pragma once

#include "foundation/base/error.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tollgate {

/// 32 bytes of SHA-256. Prints as "sha256:<64 hex digits>".
struct Digest {
  std::array<uint8_t, 32> bytes{};
  friend auto operator<=>(const Digest&, const Digest&) = default;
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

/// SHA-256 of the parts, one after the other. Safe from any thread; each thread keeps one hashing
/// context.
Digest sha256(std::initializer_list<std::string_view> parts);
inline Digest sha256(std::string_view text) { return sha256({text}); }

/// "sha256:" and 64 lower-case hex digits.
std::string digest_text(const Digest& digest);
/// Appends digest_text(digest) to `out`.
void append_digest(std::string& out, const Digest& digest);
/// Reads what digest_text wrote; also bare hex. Errors: bad_value.
Result<Digest> parse_digest(std::string_view text);

}  // namespace tollgate
