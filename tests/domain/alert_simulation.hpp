// Traffic by chance from a seed, minute by minute, and what alert rules make of it.
#pragma once

#include "domain/slo/alert_rules.hpp"

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::slo::simulation {

/// splitmix64 by S. Vigna; Poisson numbers by D. Knuth's product method (fine below 100 a minute).
class Chance {
 public:
  explicit Chance(uint64_t seed) : state_(seed) {}
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  int64_t poisson(double mean) {
    const double floor = std::exp(-mean);
    int64_t count = -1;
    for (double product = 1; product > floor; product *= uniform()) ++count;
    return std::max<int64_t>(count, 0);
  }

 private:
  uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

/// Counts by minute with running sums, so that every window is two look-ups.
class Minutes {
 public:
  void push(Counts counts) {
    sums_.push_back(Counts{sums_.back().good + counts.good, sums_.back().bad + counts.bad});
  }
  int64_t size() const { return static_cast<int64_t>(sums_.size()) - 1; }
  /// The `length` before the end of minute `at`.
  Counts window(int64_t at, Duration length) const {
    const int64_t from = std::max<int64_t>(0, at + 1 - length.ms / minutes(1).ms);
    return sums_[static_cast<size_t>(at + 1)] - sums_[static_cast<size_t>(from)];
  }
  Counts minute(int64_t at) const { return window(at, minutes(1)); }

 private:
  std::vector<Counts> sums_{Counts{}};
};

/// Says after each minute whether a page goes out then.
using Pager = std::function<bool(const Minutes& traffic, int64_t at)>;

/// `rate` events an hour; `share(minute)` of them bad.
inline void fill(Minutes& traffic, Chance& chance, double rate, double share, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    traffic.push({.good = chance.poisson(rate / 60 * (1 - share)),
                  .bad = share > 0 ? chance.poisson(rate / 60 * share) : 0});
  }
}

/// The rising edges of a condition, as rules without memory page.
inline Pager edges(std::function<bool(const Minutes&, int64_t)> is_on) {
  auto was_on = std::make_shared<bool>(false);
  return [was_on, is_on = std::move(is_on)](const Minutes& traffic, int64_t at) {
    const bool on = is_on(traffic, at);
    return on && !std::exchange(*was_on, on) ? true : (*was_on = on, false);
  };
}

/// Pairs of windows with guards, as rules of a metrics server judge them.
inline Pager burn_pager(const AlertRule& rule) {
  return edges([rule](const Minutes& traffic, int64_t at) {
    for (const BurnPair& pair : rule.pairs) {
      const BurnFinding finding =
          judge_burn(rule.objective, pair, traffic.window(at, pair.short_window),
                     traffic.window(at, pair.long_window), rule.guards);
      if (finding.state == BurnState::critical) return true;
    }
    return false;
  });
}

/// The whole state machine of alert.hpp. `rate` in events an hour sets the chart's limit.
inline Pager rule_pager(const AlertRule& rule, double rate) {
  auto state = std::make_shared<AlertState>();
  return [rule, rate, state](const Minutes& traffic, int64_t at) {
    std::vector<PairCounts> pairs;
    for (const BurnPair& pair : rule.pairs) {
      pairs.push_back(
          {traffic.window(at, pair.short_window), traffic.window(at, pair.long_window)});
    }
    const Time now{(at + 1) * minutes(1).ms};
    const AlertStep taken = step(rule, *state,
                                 {.pairs = pairs,
                                  .fresh = traffic.minute(at),
                                  .events_in_30_days = rate * 720,
                                  .newest = now},
                                 now);
    *state = taken.state;
    return taken.change == AlertChange::raised;
  };
}

}  // namespace tollgate::slo::simulation
