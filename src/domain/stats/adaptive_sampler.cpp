#include "domain/stats/adaptive_sampler.hpp"

#include "domain/stats/elementary.hpp"
#include "domain/stats/sampling.hpp"
#include "foundation/base/assert.hpp"

#include <algorithm>

namespace tollgate::stats {
namespace {

constexpr double kBadPart = 0.9;  // of the budget, while there are good units

double sum_of(std::span<const SampleUnit> units) {
  double sum = 0;
  for (const SampleUnit& unit : units) sum += static_cast<double>(unit.bytes);
  return sum;
}

double largest_of(std::span<const SampleUnit> units) {
  int64_t largest = 0;
  for (const SampleUnit& unit : units) largest = std::max(largest, unit.bytes);
  return static_cast<double>(largest);
}

}  // namespace

AdaptiveSampler::AdaptiveSampler(int64_t bytes_per_second)
    : rate_(bytes_per_second), left_(kBurst * static_cast<double>(bytes_per_second)) {
  ASSERT(bytes_per_second >= 1);
}

void AdaptiveSampler::let_time_pass(int64_t now_ms) {
  // A clock that goes back lets no time pass.
  const int64_t passed_ms = last_ms_ == 0 ? 0 : std::max<int64_t>(0, now_ms - last_ms_);
  last_ms_ = std::max(last_ms_, now_ms);
  const double passed = static_cast<double>(passed_ms) / 1000;
  const double fading = exp_of(-std::min(passed / kMemory, 100.0));
  good_.recent *= fading;
  bad_.recent *= fading;
  const auto rate = static_cast<double>(rate_);
  left_ = std::min(kBurst * rate, left_ + passed * rate);
}

/// Sets the thresholds so that traffic as it was lately fits into the budget; what was overdrawn is
/// paid back.
void AdaptiveSampler::follow_traffic() {
  const auto rate = static_cast<double>(rate_);
  const double budget = rate * std::clamp(1 + left_ / (kBurst * rate), 0.01, 1.0);
  const double good = good_.recent / kMemory;
  const double bad = bad_.recent / kMemory;
  const double for_bad = std::max(kBadPart * budget, budget - good);
  const double for_good = budget - std::min(bad, for_bad);
  const auto threshold = [](double part, double offered) {
    return offered <= part ? 0 : sampling_threshold(std::max(kShareLeast, part / offered));
  };
  bad_.threshold = threshold(for_bad, bad);
  good_.threshold = threshold(for_good, good);
}

/// The threshold at which the units that reach `threshold` fit into `allowance`, and takes from the
/// budget what is kept.
uint64_t AdaptiveSampler::fit(std::span<SampleUnit> units, uint64_t threshold, double allowance) {
  const auto end = std::partition(units.begin(), units.end(), [threshold](const SampleUnit& unit) {
    return unit.randomness >= threshold;
  });
  const std::span<SampleUnit> passing(units.begin(), end);
  const double all = sum_of(passing);
  if (all <= allowance) {
    left_ -= all;
    return threshold;
  }
  std::sort(passing.begin(), passing.end(),
            [](const SampleUnit& a, const SampleUnit& b) { return a.randomness > b.randomness; });
  double kept = 0;
  for (const SampleUnit& unit : passing) {
    const double with = kept + static_cast<double>(unit.bytes);
    if (with > allowance) {
      threshold = unit.randomness + 1;
      break;
    }
    kept = with;
  }
  left_ -= kept;
  return std::min(threshold, kRandomWhole - 1);
}

SampleThresholds AdaptiveSampler::decide(std::span<SampleUnit> units, int64_t now_ms) {
  let_time_pass(now_ms);
  const auto middle = std::partition(units.begin(), units.end(),
                                     [](const SampleUnit& unit) { return unit.is_bad; });
  const std::span<SampleUnit> bad(units.begin(), middle);
  const std::span<SampleUnit> good(middle, units.end());
  bad_.recent += sum_of(bad);
  good_.recent += sum_of(good);
  follow_traffic();
  // An allowance must not depend on the R of what it is for, and must have room for every unit.
  const double before = std::max(0.0, left_);
  const double for_bad = good.empty() ? before : kBadPart * before;
  SampleThresholds thresholds;
  thresholds.bad = fit(bad, bad_.threshold, std::max(for_bad, kUnitsLeast * largest_of(bad)));
  const double rest = before - std::min(for_bad, sum_of(bad));
  thresholds.good = fit(good, good_.threshold, std::max(rest, kUnitsLeast * largest_of(good)));
  return thresholds;
}

double AdaptiveSampler::share(bool is_bad) const {
  return 1 / adjusted_count(is_bad ? bad_.threshold : good_.threshold);
}

uint64_t randomness_of(std::string_view bytes) {
  // FNV-1a, then the finaliser of splitmix64: FNV alone leaves its upper bits poorly mixed.
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ULL;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebULL;
  return (hash ^ (hash >> 31)) & (kRandomWhole - 1);
}

}  // namespace tollgate::stats
