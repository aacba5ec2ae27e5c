#include "domain/stats/distribution.hpp"

#include "domain/stats/elementary.hpp"
#include "foundation/base/assert.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::stats {
namespace {

constexpr double kTwoPi = 6.28318530717958647693;

double magnitude(double x) { return x < 0 ? -x : x; }

/// The error of Stirling's formula: ln Gamma(x + 1) - [ln(2 pi x)/2 + x ln x - x], for x > 0.
double stirling_error(double x) {
  constexpr double kSeriesFrom = 15;
  double shift = 0;
  for (; x < kSeriesFrom; x += 1) shift += (x + 0.5) * log_of_one_plus(1 / x) - 1;
  const double square = x * x;
  const double tail =
      1.0 / 1260 - (1.0 / 1680 - (1.0 / 1188 - 691.0 / 360360 / square) / square) / square;
  return shift + (1.0 / 12 - (1.0 / 360 - tail / square) / square) / x;
}

/// The deviance term x ln(x / mean) + mean - x, without cancellation where x is near mean. x >= 0,
/// mean > 0.
double deviance(double x, double mean) {
  if (x == 0) return mean;
  const double difference = x - mean;
  const double sum = x + mean;
  if (magnitude(difference) >= 0.1 * sum) return x * log_of(x / mean) + mean - x;
  constexpr int kTermsMax = 40;
  const double ratio = difference / sum;
  double result = difference * ratio;
  double term = 2 * x * ratio;
  for (int n = 1; n <= kTermsMax; ++n) {
    term *= ratio * ratio;
    const double next = result + term / (2 * n + 1);
    if (next == result) break;
    result = next;
  }
  return result;
}

double exp_or_zero(double x) { return x < -700 ? 0 : exp_of(x); }

/// x^a y^b / B(a, b) for 0 < x < 1 and y = 1 - x, which is an argument because 1 - x may have lost
/// its digits.
double beta_power(double a, double b, double x, double y) {
  const double n = a + b;
  const double exponent = stirling_error(n) - stirling_error(a) - stirling_error(b) -
                          deviance(a, n * x) - deviance(b, n * y);
  return exp_or_zero(exponent) * std::sqrt(a * b / (kTwoPi * n));
}

/// The continued fraction of I_x(a, b) B(a, b) / (x^a y^b), for x below the mean a / (a + b).
/// Its terms keep their digits also where x is nearly 1, as in the binomial tails of rare failures.
double beta_fraction(double a, double b, double x, double y) {
  constexpr double kClose = 1e-15;
  constexpr int kStepsMax = 200'000;
  const double lambda = a * y - b * x;
  double numerator_before = 0;
  double numerator = 1;
  double denominator_before = 1;
  double denominator = (1 + lambda) / (1 + 1 / a);
  double result = 1 / denominator;
  for (int n = 1; n <= kStepsMax; ++n) {
    const double odd = a + 2 * n - 1;
    const double weight = n * (b - n) * x;
    const double alpha = (a + n - 1) * (a + b + n - 1) / (odd * odd) * weight * x;
    const double beta = n + weight / odd + (a + n) / (odd + 2) * (1 + lambda + n * (1 + y));
    const double next_numerator = alpha * numerator_before + beta * numerator;
    const double next_denominator = alpha * denominator_before + beta * denominator;
    const double next = next_numerator / next_denominator;
    const bool is_close = magnitude(next - result) <= kClose * next;
    result = next;
    if (is_close) break;
    // Only the quotients matter: keep the numbers small.
    numerator_before = numerator / next_denominator;
    denominator_before = denominator / next_denominator;
    numerator = next;
    denominator = 1;
  }
  return result;
}

/// I_x(a, b) with y = 1 - x.
double regularised_beta(double a, double b, double x, double y) {
  ASSERT(a > 0 && b > 0);
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const double front = beta_power(a, b, x, y);
  if (a * y > b * x) return front * beta_fraction(a, b, x, y);
  return 1 - front * beta_fraction(b, a, y, x);
}

/// Acklam's rational approximations: relative error of the result below 1.15e-9.
constexpr double kCentreTop[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                                 -2.759285104469687e+02, 1.383577518672690e+02,
                                 -3.066479806614716e+01, 2.506628277459239e+00};
constexpr double kCentreBottom[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                                    -1.556989798598866e+02, 6.680131188771972e+01,
                                    -1.328068155288572e+01, 1.0};
constexpr double kTailTop[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                               -2.400758277161838e+00, -2.549732539343734e+00,
                               4.374664141464968e+00,  2.938163982698783e+00};
constexpr double kTailBottom[] = {7.784695709041462e-03, 3.224671290700398e-01,
                                  2.445134137142996e+00, 3.754408661907416e+00, 1.0};

template <size_t n>
double polynomial(const double (&coefficients)[n], double x) {
  double sum = 0;
  for (const double coefficient : coefficients) sum = sum * x + coefficient;
  return sum;
}

/// Density of Student's t for t > 0: t times it is the derivative term of the beta function.
double student_density(double t, double degrees) {
  const double sum = degrees + t * t;
  return beta_power(degrees / 2, 0.5, degrees / sum, t * t / sum) / t;
}

}  // namespace

double incomplete_beta(double a, double b, double x) { return regularised_beta(a, b, x, 1 - x); }

double beta_quantile(double a, double b, double p) {
  ASSERT(p > 0 && p < 1);
  double low = 0;
  double high = 1;
  double x = a / (a + b);
  constexpr int kStepsMax = 200;
  for (int step = 0; step < kStepsMax; ++step) {
    const double excess = incomplete_beta(a, b, x) - p;
    (excess < 0 ? low : high) = x;
    const double density = beta_power(a, b, x, 1 - x) / (x * (1 - x));
    double next = density > 0 ? x - excess / density : low;
    if (!(next > low && next < high)) next = low + (high - low) / 2;
    if (magnitude(next - x) <= 1e-13 * x) return next;
    x = next;
  }
  return x;
}

double binomial_survival(int64_t k, int64_t n, double p) {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return regularised_beta(static_cast<double>(k), static_cast<double>(n - k + 1), p, 1 - p);
}

double binomial_cdf(int64_t k, int64_t n, double p) {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return regularised_beta(static_cast<double>(n - k), static_cast<double>(k + 1), 1 - p, p);
}

double normal_quantile(double p) {
  ASSERT(p > 0 && p < 1);
  constexpr double kTail = 0.02425;
  if (p > 1 - kTail) return -normal_quantile(1 - p);
  if (p < kTail) {
    const double q = std::sqrt(-2 * log_of(p));
    return polynomial(kTailTop, q) / polynomial(kTailBottom, q);
  }
  const double q = p - 0.5;
  const double square = q * q;
  return q * polynomial(kCentreTop, square) / polynomial(kCentreBottom, square);
}

double student_cdf(double t, double degrees) {
  ASSERT(degrees > 0);
  if (t == 0) return 0.5;
  const double square = t * t;
  const double tail =
      square > degrees ? 0.5 * incomplete_beta(degrees / 2, 0.5, degrees / (degrees + square))
                       : 0.5 - 0.5 * incomplete_beta(0.5, degrees / 2, square / (degrees + square));
  return t < 0 ? tail : 1 - tail;
}

namespace {

/// The t that |T| exceeds with probability `two_sided`, to six figures for nine degrees and more.
/// Source: G. W. Hill, "Algorithm 396: Student's t-quantiles", CACM 13 (1970).
double hill_quantile(double two_sided, double n) {
  const double a = 1 / (n - 0.5);
  const double b = 48 / (a * a);
  double c = ((20700 * a / b - 98) * a - 16) * a + 96.36;
  const double d = ((94.5 / (b + c) - 3) / b + 1) * std::sqrt(a * kTwoPi / 4) * n;
  double x = d * two_sided;
  double y = exp_of(log_of(x) * 2 / n);
  if (y > 0.05 + a) {
    x = normal_quantile(two_sided / 2);
    y = x * x;
    if (n < 5) c += 0.3 * (n - 4.5) * (x + 0.6);
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = a * y * y;
    y = y > 0.002 ? exp_of(y) - 1 : 0.5 * y * y + y;
  } else {
    y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) *
            (n + 1) / (n + 2) +
        1 / y;
  }
  return std::sqrt(n * y);
}

/// The same by Newton's method inside a bracket, for few degrees of freedom.
double bracketed_quantile(double upper, double degrees) {
  double low = 0;
  double high = 1;
  constexpr double kFarthest = 1e100;
  while (high < kFarthest && student_cdf(-high, degrees) > upper) {
    low = high;
    high *= 4;
  }
  double t = low + (high - low) / 2;
  constexpr int kStepsMax = 400;
  for (int step = 0; step < kStepsMax; ++step) {
    const double excess = student_cdf(-t, degrees) - upper;
    (excess > 0 ? low : high) = t;
    const double density = student_density(t, degrees);
    double next = density > 0 ? t + excess / density : low;
    if (!(next > low && next < high)) next = low + (high - low) / 2;
    if (magnitude(next - t) <= 1e-13 * t) return next;
    t = next;
  }
  return t;
}

constexpr double kDegreesFew = 9;
constexpr double kTailSmall = 1e-6;  // beyond it the series is not good to six figures

}  // namespace

double student_quantile(double p, double degrees) {
  ASSERT(p > 0 && p < 1 && degrees > 0);
  if (p == 0.5) return 0;
  if (p < 0.5) return -student_quantile(1 - p, degrees);
  const double upper = 1 - p;
  const bool is_hard = degrees < kDegreesFew || upper < kTailSmall;
  return is_hard ? bracketed_quantile(upper, degrees) : hill_quantile(2 * upper, degrees);
}

}  // namespace tollgate::stats
