#include "foundation/base/byte_size.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <array>
#include <limits>
#include <utility>

namespace tollgate {

Result<int64_t> parse_byte_size(std::string_view text) {
  constexpr int64_t kKilo = 1000;
  constexpr int64_t kKibi = 1024;
  constexpr std::array<std::pair<std::string_view, int64_t>, 14> kUnits = {
      {{"", 1},
       {"b", 1},
       {"k", kKibi},
       {"kib", kKibi},
       {"kb", kKilo},
       {"m", kKibi * kKibi},
       {"mib", kKibi * kKibi},
       {"mb", kKilo * kKilo},
       {"g", kKibi * kKibi * kKibi},
       {"gib", kKibi * kKibi * kKibi},
       {"gb", kKilo * kKilo * kKilo},
       {"t", kKibi * kKibi * kKibi * kKibi},
       {"tib", kKibi * kKibi * kKibi * kKibi},
       {"tb", kKilo * kKilo * kKilo * kKilo}}};
  const auto bad = [&] {
    return fail(codes::bad_value,
                "\"{}\" is no amount of bytes; write a number and a unit, such as "
                "\"8GiB\" or \"512MB\"",
                text);
  };
  const std::string_view trimmed = trim(text);
  const size_t digits = std::min(trimmed.find_first_not_of("0123456789"), trimmed.size());
  const Result<int64_t> number = parse_integer(trimmed.substr(0, digits));
  if (!number) return bad();
  const std::string unit = lower_case(trim(trimmed.substr(digits)));
  for (const auto& [name, factor] : kUnits) {
    if (name != unit) continue;
    if (*number > std::numeric_limits<int64_t>::max() / factor) return bad();
    return *number * factor;
  }
  return bad();
}

std::string byte_size_words(int64_t bytes) {
  constexpr std::array<std::string_view, 5> kNames = {"B", "KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024;
  auto amount = static_cast<double>(bytes);
  size_t unit = 0;
  while (amount >= kStep && unit + 1 < kNames.size()) {
    amount /= kStep;
    ++unit;
  }
  const bool is_whole = amount == static_cast<double>(static_cast<int64_t>(amount));
  return is_whole ? fmt::format("{} {}", static_cast<int64_t>(amount), kNames[unit])
                  : fmt::format("{:.1f} {}", amount, kNames[unit]);
}

}  // namespace tollgate
