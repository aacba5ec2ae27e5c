// Adaptive sampling under a budget: what is kept fits, and what it stands for is right on average.
#include "domain/stats/adaptive_sampler.hpp"

#include "domain/stats/sampling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace tollgate::stats {
namespace {

/// Traffic of one second: batches of units.
struct Flood {
  int batches = 10;
  int units = 500;
  double bad_share = 0.02;
  int64_t bytes_max = 400;  // of a unit, at least 100
};

struct Outcome {
  double kept_bytes = 0;
  double offered_bytes = 0;
  WeightSums good, bad;
  int64_t true_good = 0;
  int64_t true_bad = 0;
  double share() const { return bad.weight / (good.weight + bad.weight); }
};

Outcome run(AdaptiveSampler& sampler, const Flood& flood, int seconds, std::mt19937_64& random) {
  Outcome outcome;
  std::bernoulli_distribution is_bad(flood.bad_share);
  std::uniform_int_distribution<int64_t> size(100, flood.bytes_max);
  for (int batch = 0; batch < seconds * flood.batches; ++batch) {
    std::vector<SampleUnit> units;
    for (int i = 0; i < flood.units; ++i) {
      units.push_back({.randomness = random() & (kRandomWhole - 1),
                       .cost = size(random),
                       .is_bad = is_bad(random)});
    }
    const std::vector<SampleUnit> all = units;
    const SampleThresholds thresholds =
        sampler.decide(units, 1'000 + batch * 1000LL / flood.batches);
    for (const SampleUnit& unit : all) {
      (unit.is_bad ? outcome.true_bad : outcome.true_good) += 1;
      outcome.offered_bytes += static_cast<double>(unit.cost);
      if (unit.randomness < thresholds.of(unit.is_bad)) continue;
      outcome.kept_bytes += static_cast<double>(unit.cost);
      (unit.is_bad ? outcome.bad : outcome.good).add(adjusted_count(thresholds.of(unit.is_bad)));
    }
  }
  return outcome;
}

TEST(AdaptiveSampler, keeps_everything_while_the_budget_holds) {
  std::mt19937_64 random(1);
  AdaptiveSampler sampler(10'000'000);
  const Outcome outcome = run(sampler, {}, 10, random);
  EXPECT_EQ(outcome.kept_bytes, outcome.offered_bytes);
  EXPECT_EQ(outcome.good.weight, static_cast<double>(outcome.true_good));
  EXPECT_EQ(sampler.share(false), 1);
}

TEST(AdaptiveSampler, a_flood_does_not_exceed_the_budget) {
  struct Case {
    const char* name;
    Flood flood;
    int64_t rate;
  };
  const std::vector<Case> cases = {
      {"large batches, 25 times", {}, 50'000},
      {"single records, 20 times", {.batches = 1000, .units = 1}, 12'500},
      {"nothing but errors", {.bad_share = 1}, 50'000},
      {"a thousand times", {.batches = 10, .units = 2000}, 5'000},
      {"one large batch a second", {.batches = 1, .units = 5000}, 50'000},
  };
  for (const Case& each : cases) {
    std::mt19937_64 random(2);
    AdaptiveSampler sampler(each.rate);
    constexpr int kSeconds = 30;
    const Outcome outcome = run(sampler, each.flood, kSeconds, random);
    const auto rate = static_cast<double>(each.rate);
    EXPECT_LE(outcome.kept_bytes, rate * (kSeconds + 2 * AdaptiveSampler::kBurst)) << each.name;
    // Nor is it left unused.
    EXPECT_GE(outcome.kept_bytes, rate * kSeconds * 0.7) << each.name;
    EXPECT_GT(outcome.offered_bytes, 10 * rate * kSeconds) << each.name;
  }
}

TEST(AdaptiveSampler, bad_units_are_kept_while_they_fit) {
  std::mt19937_64 random(3);
  AdaptiveSampler sampler(100'000);  // 2 % of 1.25 MB/s is 25 KB/s
  const Outcome outcome = run(sampler, {}, 20, random);
  EXPECT_EQ(outcome.bad.weight, static_cast<double>(outcome.true_bad));
  EXPECT_EQ(effective_size(outcome.bad), static_cast<double>(outcome.true_bad));
  EXPECT_LT(effective_size(outcome.good), static_cast<double>(outcome.true_good) / 4);
}

TEST(AdaptiveSampler, comes_back_to_everything_when_the_flood_is_over) {
  std::mt19937_64 random(4);
  AdaptiveSampler sampler(50'000);
  (void)run(sampler, {}, 10, random);
  EXPECT_LT(sampler.share(false), 0.1);
  std::vector<SampleUnit> units = {{.randomness = 1, .cost = 200}};
  const SampleThresholds thresholds = sampler.decide(units, 60'000);
  EXPECT_EQ(thresholds.good, 0u);
}

/// The intake's work under a budget of CPU time: reading costs something for every unit, the rest
/// for every byte that is kept.
struct Work {
  int64_t base_ns = 2'000;  // a unit
  double byte_ns = 40;      // a byte, on average
};
struct Used {
  double ns = 0;
  double offered_ns = 0;  // if nothing were left out
  WeightSums good, bad;
  int64_t true_good = 0;
  int64_t true_bad = 0;
};
Used run_cpu(AdaptiveSampler& sampler, CostRate& rate, const Work& work, const Flood& flood,
             int64_t from_ms, int seconds, std::mt19937_64& random) {
  Used used;
  std::bernoulli_distribution is_bad(flood.bad_share);
  std::uniform_int_distribution<int64_t> size(100, flood.bytes_max);
  std::uniform_real_distribution<double> noise(0.2, 1.8);
  for (int batch = 0; batch < seconds * flood.batches; ++batch) {
    const int64_t now_ms = from_ms + batch * 1000LL / flood.batches;
    std::vector<SampleUnit> units;
    std::vector<int64_t> sizes;
    for (int i = 0; i < flood.units; ++i) {
      sizes.push_back(size(random));
      units.push_back({.randomness = random() & (kRandomWhole - 1),
                       .cost = rate.cost_of(sizes.back()),
                       .is_bad = is_bad(random)});
    }
    const std::vector<SampleUnit> all = units;
    const SampleThresholds thresholds = sampler.decide(units, now_ms);
    double kept_ns = 0, kept_bytes = 0, planned_ns = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      (all[i].is_bad ? used.true_bad : used.true_good) += 1;
      const double ns = work.byte_ns * noise(random) * static_cast<double>(sizes[i]);
      used.offered_ns += ns + static_cast<double>(work.base_ns);
      const uint64_t threshold = thresholds.of(all[i].is_bad);
      if (all[i].randomness < threshold) continue;
      (all[i].is_bad ? used.bad : used.good).add(adjusted_count(threshold));
      kept_ns += ns;
      kept_bytes += static_cast<double>(sizes[i]);
      planned_ns += static_cast<double>(all[i].cost);
    }
    const auto base_ns = static_cast<double>(work.base_ns * flood.units);
    used.ns += base_ns + kept_ns;
    rate.note(kept_bytes, kept_ns, now_ms);
    sampler.spend(base_ns + kept_ns - planned_ns, now_ms);
  }
  return used;
}

TEST(AdaptiveSampler, a_flood_does_not_exceed_a_budget_of_cpu_time) {
  constexpr int64_t kRate = 20'000'000;  // 2 % of a core
  struct Case {
    const char* name;
    Work work;
    Flood flood;
  };
  const std::vector<Case> cases = {
      {"large batches", {}, {}},
      {"single records", {}, {.batches = 5000, .units = 1}},
      {"nothing but errors", {}, {.bad_share = 1}},
      {"reading takes most of it", {.base_ns = 3'500}, {}},
      {"work is dear", {.byte_ns = 2'000}, {}},
  };
  for (const Case& each : cases) {
    std::mt19937_64 random(5);
    AdaptiveSampler sampler(kRate);
    CostRate rate;
    // The first seconds teach what the work costs.
    (void)run_cpu(sampler, rate, each.work, each.flood, 1'000, 5, random);
    const Used used = run_cpu(sampler, rate, each.work, each.flood, 6'000, 30, random);
    EXPECT_LE(used.ns, kRate * (30 + AdaptiveSampler::kBurst)) << each.name;
    EXPECT_GE(used.ns, kRate * 30 * 0.7) << each.name;
    EXPECT_GT(used.offered_ns, 2.0 * kRate * 30) << each.name;
  }
}

TEST(AdaptiveSampler, what_reading_alone_takes_leaves_the_least_share_and_is_soon_forgotten) {
  std::mt19937_64 random(6);
  AdaptiveSampler sampler(20'000'000);
  CostRate rate;
  (void)run_cpu(sampler, rate, {.base_ns = 50'000}, {}, 1'000, 60, random);
  EXPECT_LT(sampler.share(false), 0.01);
  // A calm minute does not have to pay for an hour of what could not be saved.
  const Used calm =
      run_cpu(sampler, rate, {}, {.batches = 1, .units = 20, .bad_share = 0}, 61'000, 20, random);
  EXPECT_EQ(sampler.share(false), 1);
  EXPECT_GT(calm.good.weight, 0);
}

TEST(AdaptiveSampler, totals_under_a_budget_of_cpu_time_are_unbiased) {
  constexpr int kRuns = 400;
  double good_sum = 0, good_squares = 0, bad_sum = 0, bad_squares = 0;
  for (int seed = 1; seed <= kRuns; ++seed) {
    std::mt19937_64 random(static_cast<uint64_t>(seed) * 7919);
    AdaptiveSampler sampler(4'000'000);
    CostRate rate;
    const Used used = run_cpu(sampler, rate, {.base_ns = 500},
                              {.batches = 4, .units = 200, .bad_share = 0.3}, 1'000, 4, random);
    const double good = used.good.weight - static_cast<double>(used.true_good);
    const double bad = used.bad.weight - static_cast<double>(used.true_bad);
    good_sum += good;
    good_squares += good * good;
    bad_sum += bad;
    bad_squares += bad * bad;
  }
  EXPECT_GT(good_squares, 0);
  EXPECT_GT(bad_squares, 0);
  EXPECT_LT(std::abs(good_sum), 4 * std::sqrt(good_squares));
  EXPECT_LT(std::abs(bad_sum), 4 * std::sqrt(bad_squares));
}

TEST(AdaptiveSampler, a_sampler_behind_another_shares_its_randomness) {
  std::mt19937_64 random(8);
  AdaptiveSampler first(40'000);
  AdaptiveSampler second(10'000);
  AdaptiveSampler loose(10'000'000);
  double kept_bytes = 0, estimate = 0;
  constexpr int kBatches = 300;
  constexpr int kUnits = 400;
  for (int batch = 0; batch < kBatches; ++batch) {
    std::vector<SampleUnit> units;
    for (int i = 0; i < kUnits; ++i)
      units.push_back({.randomness = random() & (kRandomWhole - 1), .cost = 100});
    std::vector<SampleUnit> all = units;
    const int64_t now_ms = 1'000 + batch * 100LL;
    const SampleThresholds floor = first.decide(units, now_ms);
    const auto below = [&](const SampleUnit& unit) { return unit.randomness < floor.good; };
    std::erase_if(units, below);
    const SampleThresholds both = second.decide(units, now_ms, floor);
    EXPECT_GE(both.good, floor.good);
    EXPECT_EQ(loose.decide(units, now_ms, both).good, both.good);
    for (const SampleUnit& unit : all) {
      if (unit.randomness < both.good) continue;
      kept_bytes += static_cast<double>(unit.cost);
      estimate += adjusted_count(both.good);
    }
  }
  EXPECT_LE(kept_bytes, 10'000 * (kBatches / 10 + 2 * AdaptiveSampler::kBurst));
  EXPECT_GE(kept_bytes, 10'000 * (kBatches / 10) * 0.7);
  EXPECT_NEAR(estimate, kBatches * kUnits, 0.1 * kBatches * kUnits);
}

/// Many floods, each with another seed: the mean of what was estimated, and how often the interval
/// of the bad share held what was true of the flood's source.
struct Quality {
  double good_error = 0;  // of the mean, in standard errors
  double bad_error = 0;
  double coverage = 0;
};
Quality quality(const Flood& flood, int64_t rate, int seconds, int runs) {
  double good_sum = 0, good_squares = 0, bad_sum = 0, bad_squares = 0;
  int covered = 0;
  for (int seed = 1; seed <= runs; ++seed) {
    std::mt19937_64 random(static_cast<uint64_t>(seed) * 7919);
    AdaptiveSampler sampler(rate);
    const Outcome outcome = run(sampler, flood, seconds, random);
    const double good = outcome.good.weight - static_cast<double>(outcome.true_good);
    const double bad = outcome.bad.weight - static_cast<double>(outcome.true_bad);
    good_sum += good;
    good_squares += good * good;
    bad_sum += bad;
    bad_squares += bad * bad;
    const Interval interval =
        weighted_interval(outcome.share(), effective_total(outcome.good, outcome.bad), {950'000});
    covered += interval.low <= flood.bad_share && flood.bad_share <= interval.high;
  }
  const auto error = [runs](double sum, double squares) {
    return squares > 0 ? std::abs(sum) / std::sqrt(squares) : std::abs(sum) / runs;
  };
  return {.good_error = error(good_sum, good_squares),
          .bad_error = error(bad_sum, bad_squares),
          .coverage = static_cast<double>(covered) / runs};
}

TEST(AdaptiveSampler, totals_are_unbiased_and_intervals_cover_over_many_seeds) {
  struct Case {
    const char* name;
    Flood flood;
    int64_t rate;
  };
  const std::vector<Case> cases = {
      {"batches far beyond what is left", {.batches = 2, .units = 400, .bad_share = 0.05}, 12'000},
      {"small batches", {.batches = 100, .units = 4, .bad_share = 0.05}, 10'000},
      {"errors are sampled, too", {.batches = 4, .units = 200, .bad_share = 0.6}, 20'000},
      {"sizes differ widely",
       {.batches = 4, .units = 200, .bad_share = 0.05, .bytes_max = 4000},
       60'000},
  };
  for (const Case& each : cases) {
    const Quality found = quality(each.flood, each.rate, 4, 400);
    EXPECT_LT(found.good_error, 4) << each.name;
    EXPECT_LT(found.bad_error, 4) << each.name;
    EXPECT_GE(found.coverage, 0.93) << each.name;
  }
}

TEST(AdaptiveSampler, randomness_of_bytes_is_fixed_and_uniform) {
  // The same on every machine: it decides what a journal keeps.
  EXPECT_EQ(randomness_of("checkout"), randomness_of("checkout"));
  EXPECT_NE(randomness_of("checkout"), randomness_of("checkouu"));
  int upper_half = 0;
  constexpr int kMany = 10'000;
  for (int i = 0; i < kMany; ++i)
    upper_half += randomness_of("record " + std::to_string(i)) >= kRandomWhole / 2;
  EXPECT_NEAR(upper_half, kMany / 2, 4 * std::sqrt(kMany) / 2);
}

}  // namespace
}  // namespace tollgate::stats
