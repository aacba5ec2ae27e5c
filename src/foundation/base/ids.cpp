#include "foundation/base/ids.hpp"

namespace tollgate {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t kSize = 26;
constexpr size_t kTimeDigits = 10;

}  // namespace

std::string make_ulid(Time time, uint64_t random_high16, uint64_t random_low64) {
  std::string id(kSize, '0');
  auto stamp = static_cast<uint64_t>(time.ms);
  for (size_t i = kTimeDigits; i-- > 0; stamp >>= 5) id[i] = kAlphabet[stamp & 31];
  uint64_t low = random_low64;
  uint64_t high = random_high16 & 0xFFFF;
  for (size_t i = kSize; i-- > kTimeDigits;) {
    id[i] = kAlphabet[low & 31];
    low = low >> 5 | high << 59;
    high >>= 5;
  }
  return id;
}

std::optional<UlidParts> read_ulid(std::string_view text) {
  if (text.size() != kSize || text[0] > '7') return std::nullopt;
  UlidParts parts;
  uint64_t stamp = 0;
  for (size_t i = 0; i < kSize; ++i) {
    const char upper =
        text[i] >= 'a' && text[i] <= 'z' ? static_cast<char>(text[i] - 'a' + 'A') : text[i];
    const size_t digit = kAlphabet.find(upper);
    if (digit == std::string_view::npos) return std::nullopt;
    if (i < kTimeDigits) {
      stamp = stamp << 5 | digit;
    } else {
      parts.random_high16 = (parts.random_high16 << 5 | parts.random_low64 >> 59) & 0xFFFF;
      parts.random_low64 = parts.random_low64 << 5 | digit;
    }
  }
  parts.time = Time{static_cast<int64_t>(stamp)};
  return parts;
}

}  // namespace tollgate
