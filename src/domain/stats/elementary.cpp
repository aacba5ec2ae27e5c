#include "domain/stats/elementary.hpp"

#include "foundation/base/assert.hpp"

#include <bit>
#include <cstdint>

namespace tollgate::stats {
namespace {

// ln 2 in two parts: the first has 21 trailing zero bits, so that its product with an exponent is
// exact.
constexpr double kLn2High = 6.93147180369123816490e-01;
constexpr double kLn2Low = 1.90821492927058770002e-10;
constexpr double kSqrtHalf = 0.70710678118654752440;
constexpr double kExpMax = 708.0;

constexpr int kMantissaBits = 52;
constexpr int kExponentBias = 1023;
constexpr uint64_t kMantissaMask = (uint64_t{1} << kMantissaBits) - 1;

/// 2 * atanh(s) = log((1 + s) / (1 - s)) for |s| <= 0.18, by its series.
double twice_atanh(double s) {
  constexpr int kTermLast = 25;
  const double square = s * s;
  double sum = 0;
  for (int n = kTermLast; n >= 3; n -= 2) sum = (sum + 1.0 / n) * square;
  return 2 * (s + s * sum);
}

/// 2^power for a normal result.
double power_of_two(int power) {
  return std::bit_cast<double>(static_cast<uint64_t>(power + kExponentBias) << kMantissaBits);
}

}  // namespace

double log_of(double x) {
  ASSERT(x > 0);
  int exponent = 0;
  if (x < 0x1p-1022) {  // a subnormal number becomes a normal one first
    x *= 0x1p54;
    exponent = -54;
  }
  const auto bits = std::bit_cast<uint64_t>(x);
  exponent += static_cast<int>(bits >> kMantissaBits) - kExponentBias + 1;
  ASSERT(exponent <= kExponentBias + 1);
  constexpr uint64_t kHalf = static_cast<uint64_t>(kExponentBias - 1) << kMantissaBits;
  double mantissa = std::bit_cast<double>((bits & kMantissaMask) | kHalf);  // [0.5, 1)
  if (mantissa < kSqrtHalf) {
    mantissa *= 2;
    --exponent;
  }
  const double log_mantissa = twice_atanh((mantissa - 1) / (mantissa + 1));
  return exponent * kLn2High + (log_mantissa + exponent * kLn2Low);
}

double log_of_one_plus(double x) {
  ASSERT(x > -1);
  if (x < -0.25 || x > 0.4) return log_of(1 + x);
  return twice_atanh(x / (2 + x));
}

double exp_of(double x) {
  ASSERT(x <= kExpMax);
  if (x < -kExpMax) return 0;
  const double halves = x / kLn2High;
  const int power = static_cast<int>(halves + (halves < 0 ? -0.5 : 0.5));
  const double rest = (x - power * kLn2High) - power * kLn2Low;  // |rest| <= 0.35
  constexpr int kTerms = 14;
  double sum = 1;
  for (int n = kTerms; n >= 1; --n) sum = 1 + sum * rest / n;
  return sum * power_of_two(power);
}

}  // namespace tollgate::stats
