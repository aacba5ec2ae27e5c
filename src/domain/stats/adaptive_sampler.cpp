#include "domain/stats/adaptive_sampler.hpp"

#include "domain/stats/elementary.hpp"
#include "domain/stats/sampling.hpp"
#include "foundation/base/assert.hpp"

#include <algorithm>

namespace tollgate::stats {
namespace {

constexpr double kBadPart = 0.9;       // of the budget, while there are good units
constexpr double kBudgetLeast = 0.01;  // of the budget is for units, however overdrawn it is

double sum_of(std::span<const SampleUnit> units) {
  double sum = 0;
  for (const SampleUnit& unit : units) sum += static_cast<double>(unit.cost);
  return sum;
}

double largest_of(std::span<const SampleUnit> units) {
  int64_t largest = 0;
  for (const SampleUnit& unit : units) largest = std::max(largest, unit.cost);
  return static_cast<double>(largest);
}

/// Since `last_ms`, which becomes now. A clock that goes back lets no time pass.
double seconds_passed(int64_t& last_ms, int64_t now_ms) {
  const int64_t passed_ms = last_ms == 0 ? 0 : std::max<int64_t>(0, now_ms - last_ms);
  last_ms = std::max(last_ms, now_ms);
  return static_cast<double>(passed_ms) / 1000;
}

double fading_over(double seconds, double memory) {
  return exp_of(-std::min(seconds / memory, 100.0));
}

/// The threshold that keeps `share` of what reaches `floor`.
uint64_t threshold_above(uint64_t floor, double share) {
  return share >= 1 ? floor : std::max(floor, sampling_threshold(share / adjusted_count(floor)));
}

}  // namespace

AdaptiveSampler::AdaptiveSampler(int64_t cost_per_second)
    : rate_(cost_per_second), left_(kBurst * static_cast<double>(cost_per_second)) {
  ASSERT(cost_per_second >= 1);
}

void AdaptiveSampler::let_time_pass(int64_t now_ms) {
  const double passed = seconds_passed(last_ms_, now_ms);
  const double fading = fading_over(passed, kMemory);
  good_.recent *= fading;
  bad_.recent *= fading;
  beside_ *= fading;
  const auto rate = static_cast<double>(rate_);
  left_ = std::min(kBurst * rate, left_ + passed * rate);
}

/// Sets the shares so that traffic as it was lately fits into the budget; what was overdrawn is
/// paid back.
void AdaptiveSampler::follow_traffic() {
  const auto rate = static_cast<double>(rate_);
  const double beside = std::max(0.0, beside_) / kMemory / rate;
  const double budget =
      rate * std::max(kBudgetLeast, std::min(1.0, 1 + left_ / (kBurst * rate)) - beside);
  const double good = good_.recent / kMemory;
  const double bad = bad_.recent / kMemory;
  const double for_bad = std::max(kBadPart * budget, budget - good);
  const double for_good = budget - std::min(bad, for_bad);
  const auto share = [](double part, double offered) {
    return offered <= part ? 1 : std::max(kShareLeast, part / offered);
  };
  bad_.share = share(for_bad, bad);
  good_.share = share(for_good, good);
}

void AdaptiveSampler::spend(double cost, int64_t now_ms) {
  let_time_pass(now_ms);
  const double burst = kBurst * static_cast<double>(rate_);
  beside_ += cost;
  // What cannot be saved must not keep the shares down for long after it is over.
  left_ = std::clamp(left_ - cost, std::min(left_, -burst), burst);
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
    const double with = kept + static_cast<double>(unit.cost);
    if (with > allowance) {
      threshold = unit.randomness + 1;
      break;
    }
    kept = with;
  }
  left_ -= kept;
  return std::min(threshold, kRandomWhole - 1);
}

SampleThresholds AdaptiveSampler::decide(std::span<SampleUnit> units, int64_t now_ms,
                                         SampleThresholds floor) {
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
  thresholds.bad = fit(bad, threshold_above(floor.bad, bad_.share),
                       std::max(for_bad, kUnitsLeast * largest_of(bad)));
  const double rest = before - std::min(for_bad, sum_of(bad));
  thresholds.good = fit(good, threshold_above(floor.good, good_.share),
                        std::max(rest, kUnitsLeast * largest_of(good)));
  return thresholds;
}

void CostRate::note(double size, double cost, int64_t now_ms) {
  const double fading = fading_over(seconds_passed(last_ms_, now_ms), kMemory);
  size_ = size_ * fading + size;
  cost_ = cost_ * fading + cost;
}

int64_t CostRate::cost_of(int64_t size) const {
  if (size_ <= 0) return 0;
  return static_cast<int64_t>(static_cast<double>(size) * cost_ / size_);
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
