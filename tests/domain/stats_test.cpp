// The statistics against Boost.Math and known values. Boost is used here only: verdicts need the
// same bits everywhere.
#include "domain/stats/distribution.hpp"
#include "domain/stats/elementary.hpp"
#include "domain/stats/interval.hpp"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <gtest/gtest.h>

#include <cmath>

namespace tollgate::stats {
namespace {

constexpr Ppm k95{950'000};
constexpr Ppm k99{990'000};

void expect_close(double actual, double expected, double relative, const std::string& what) {
  EXPECT_LE(std::abs(actual - expected), relative * std::abs(expected) + 1e-300)
      << what << ": " << fmt::format("{:.17g} instead of {:.17g}", actual, expected);
}

TEST(Elementary,
     logarithm_and_exponential_agree_with_the_library_to_a_few_units_in_the_last_place) {
  for (double x = 1e-300; x < 1e300; x *= 1.37) {
    expect_close(log_of(x), std::log(x), 4e-16, fmt::format("log {}", x));
  }
  for (double x = -0.9; x < 3; x += 0.0137) {
    expect_close(log_of_one_plus(x), std::log1p(x), 1e-15, fmt::format("log1p {}", x));
  }
  for (double x = 1e-18; x < 0.3; x *= 2.1) {
    expect_close(log_of_one_plus(x), std::log1p(x), 5e-16, fmt::format("log1p {}", x));
  }
  for (double x = -700; x < 700; x += 0.173) {
    expect_close(exp_of(x), std::exp(x), 1e-15, fmt::format("exp {}", x));
  }
  EXPECT_EQ(exp_of(0), 1);
  EXPECT_EQ(log_of(1), 0);
  EXPECT_EQ(exp_of(-10'000), 0);
}

// A change of one bit here means that old verdicts may no longer replay.
TEST(Elementary, results_have_fixed_bits) {
  EXPECT_EQ(fmt::format("{:a}", log_of(10)), "0x1.26bb1bbb55516p+1");
  EXPECT_EQ(fmt::format("{:a}", exp_of(1)), "0x1.5bf0a8b14576ap+1");
}

TEST(Distribution, normal_quantiles_agree_with_boost) {
  const boost::math::normal normal;
  for (const double p : {1e-12, 1e-6, 0.001, 0.01, 0.0242, 0.0243, 0.1, 0.3, 0.5001, 0.8, 0.95,
                         0.975, 0.99, 0.995, 0.9999, 0.9999999}) {
    expect_close(normal_quantile(p), boost::math::quantile(normal, p), 1.3e-9,
                 fmt::format("p {}", p));
  }
}

TEST(Distribution, binomial_tails_agree_with_boost) {
  for (const int64_t n : {1, 2, 10, 100, 5000, 1'000'000, 1'000'000'000}) {
    for (const double p : {1e-6, 0.001, 0.0144, 0.3, 0.5, 0.999}) {
      const boost::math::binomial_distribution<> binomial(static_cast<double>(n), p);
      for (const double shift : {-4.0, -1.0, 0.0, 0.5, 3.0, 6.0}) {
        const double deviation = std::sqrt(static_cast<double>(n) * p * (1 - p));
        const auto k = static_cast<int64_t>(static_cast<double>(n) * p + shift * deviation);
        if (k < 0 || k >= n) continue;
        const std::string what = fmt::format("n {} p {} k {}", n, p, k);
        expect_close(binomial_cdf(k, n, p), boost::math::cdf(binomial, static_cast<double>(k)),
                     1e-9, what);
        if (k == 0) continue;
        expect_close(binomial_survival(k, n, p),
                     boost::math::cdf(complement(binomial, static_cast<double>(k - 1))), 1e-9,
                     what);
      }
    }
  }
}

TEST(Distribution, student_quantiles_agree_with_boost) {
  for (const double degrees : {1.0, 1.5, 2.0, 3.0, 4.9, 5.0, 6.5, 9.0, 15.99, 100.0, 12345.6}) {
    const boost::math::students_t student(degrees);
    for (const double p : {0.001, 0.025, 0.2, 0.6, 0.9, 0.975, 0.995, 0.9995}) {
      const double tolerance = degrees < 9 ? 1e-9 : 1e-6;
      expect_close(student_quantile(p, degrees), boost::math::quantile(student, p), tolerance,
                   fmt::format("p {} degrees {}", p, degrees));
    }
  }
  EXPECT_NEAR(student_quantile(0.975, 10), 2.228138852, 1e-6);
}

TEST(Interval, wilson_gives_the_textbook_values) {
  const Interval ten_of_hundred = wilson({10, 100}, k95);
  EXPECT_NEAR(ten_of_hundred.low, 0.05522914, 1e-7);
  EXPECT_NEAR(ten_of_hundred.high, 0.17436566, 1e-7);
  EXPECT_EQ(wilson({0, 20}, k95).low, 0);
  EXPECT_EQ(wilson({20, 20}, k95).high, 1);
  EXPECT_EQ(wilson({0, 0}, k95).high, 1);
}

TEST(Interval, clopper_pearson_agrees_with_boost) {
  using boost::math::binomial_distribution;
  for (const int64_t n : {1, 7, 114, 3000, 1'000'000}) {
    for (const int64_t k : {int64_t{0}, int64_t{1}, int64_t{3}, n / 100, n / 2, n}) {
      if (k > n) continue;
      const Interval interval = clopper_pearson({k, n}, k95);
      const std::string what = fmt::format("{} of {}", k, n);
      const auto trials = static_cast<double>(n);
      const auto hits = static_cast<double>(k);
      expect_close(interval.low,
                   binomial_distribution<>::find_lower_bound_on_p(trials, hits, 0.025), 1e-9, what);
      expect_close(interval.high,
                   binomial_distribution<>::find_upper_bound_on_p(trials, hits, 0.025), 1e-9, what);
    }
  }
}

TEST(Interval, zero_failures_prove_one_in_a_thousand_after_2995_events) {
  EXPECT_FALSE(is_surely_below({0, 2994}, 0.001, k95));
  EXPECT_TRUE(is_surely_below({0, 2995}, 0.001, k95));
}

TEST(Interval, the_tail_test_answers_as_the_one_sided_bound_does) {
  for (const int64_t n : {60, 114, 1000}) {
    for (int64_t k = 0; k < 20; ++k) {
      for (const double limit : {0.001, 0.0144, 0.05}) {
        // A two-sided 90 % interval has one-sided 95 % bounds.
        const Interval interval = clopper_pearson({k, n}, {900'000});
        EXPECT_EQ(is_surely_above({k, n}, limit, k95), interval.low > limit) << k << " of " << n;
        EXPECT_EQ(is_surely_below({k, n}, limit, k95), interval.high < limit) << k << " of " << n;
      }
    }
  }
}

TEST(Welch, two_noisy_runs_of_one_program_do_not_differ) {
  const Comparison comparison = welch({11.615, 1.645, 10}, {11.554, 1.139, 10}, k95);
  EXPECT_EQ(comparison.difference, Difference::none);
  EXPECT_NEAR(comparison.estimate, -0.061, 1e-12);
  EXPECT_NEAR(comparison.degrees, 16.0, 0.1);
  EXPECT_LT(comparison.interval.low, -1.2);
  EXPECT_GT(comparison.interval.high, 1.2);
}

TEST(Welch, a_clear_slowdown_is_seen_and_thin_samples_are_unknown) {
  EXPECT_EQ(welch({100, 2, 10}, {110, 3, 10}, k99).difference, Difference::higher);
  EXPECT_EQ(welch({110, 2, 10}, {100, 3, 10}, k99).difference, Difference::lower);
  EXPECT_EQ(welch({100, 0, 1}, {110, 3, 10}, k99).difference, Difference::unknown);
  EXPECT_EQ(welch({100, 0, 10}, {110, 0, 10}, k99).difference, Difference::unknown);
}

}  // namespace
}  // namespace tollgate::stats
