#include "foundation/base/ids.hpp"

#include <algorithm>

namespace tollgate {
namespace {
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
}

std::string make_ulid(Time time, uint64_t random_high16, uint64_t random_low64) {
  std::string id(26, '0');
  auto stamp = static_cast<uint64_t>(time.ms);
  for (size_t i = 10; i-- > 0; stamp >>= 5) id[i] = kAlphabet[stamp & 31];
  uint64_t low = random_low64;
  uint64_t high = random_high16 & 0xFFFF;
  for (size_t i = 26; i-- > 10;) {
    id[i] = kAlphabet[low & 31];
    low = low >> 5 | high << 59;
    high >>= 5;
  }
  return id;
}

bool is_ulid(std::string_view text) {
  return text.size() == 26 &&
         std::all_of(text.begin(), text.end(), [](char c) { return kAlphabet.find(c) != std::string_view::npos; });
}

}  // namespace tollgate
