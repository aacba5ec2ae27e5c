// Looks at eight bytes of a text at once: nearly all of them need no escape in JSON, so that is
// what quoting costs. Internal to this folder.
#pragma once

#include <cstdint>
#include <cstring>

namespace tollgate::doc {

inline constexpr size_t kBlock = sizeof(uint64_t);

/// True if none of the next eight bytes needs an escape. Source: the zero-byte test of "Hacker's
/// Delight", ch. 6.
inline bool is_plain_block(const char* bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighs = 0x8080808080808080;
  uint64_t block = 0;
  std::memcpy(&block, bytes, kBlock);
  const auto zero_bytes = [](uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  const uint64_t controls = (block - kOnes * 0x20) & ~block & kHighs;
  return (controls | zero_bytes(block ^ (kOnes * '"')) | zero_bytes(block ^ (kOnes * '\\'))) == 0;
}

}  // namespace tollgate::doc
