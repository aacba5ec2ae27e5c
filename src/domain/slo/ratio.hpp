// Products and quotients of counts that do not overflow on the way: a * b / c with 128 bits in
// between.
#pragma once

#include <cstdint>
#include <limits>

namespace tollgate::slo {

__extension__ using Wide = __int128;  // counts times ppm times thousandths pass 64 bits

inline constexpr int64_t kWhole = 1'000'000;  // one, in ppm

/// Holds a wide value in 64 bits; beyond them it stays at the end.
constexpr int64_t saturate(Wide value) {
  constexpr Wide kMost = std::numeric_limits<int64_t>::max();
  return value > kMost    ? static_cast<int64_t>(kMost)
         : value < -kMost ? static_cast<int64_t>(-kMost)
                          : static_cast<int64_t>(value);
}

/// value / divisor, rounded down (towards minus infinity); divisor > 0.
constexpr Wide divide_down(Wide value, Wide divisor) {
  const Wide quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

/// part / whole in ppm, rounded down; 0 <= part, 0 < whole.
constexpr int64_t ppm_down(int64_t part, int64_t whole) {
  return saturate(Wide{part} * kWhole / whole);
}

}  // namespace tollgate::slo
