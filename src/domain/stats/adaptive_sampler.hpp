// Which part of a flood to keep so that a budget holds, of bytes or of CPU time, and totals stay
// right on average.
// Each unit (a record, or the spans of one trace) has 56 bits of randomness R and is kept iff
// R >= T, as OpenTelemetry's consistent probability sampling asks; it then stands for
// 2^56 / (2^56 - T). T comes from what was offered before, and where a batch alone is more than
// what the budget has left, from the batch itself: units are taken from the largest R down until
// the next one does not fit, and T is just above the R of that one. Given all others, a unit is in
// exactly if its own R reaches T, so that Horvitz-Thompson totals stay unbiased. Bad units are a
// stratum of their own and go first. Pure: time is an argument; no randomness of its own.
// Sources: N. Duffield, C. Lund, M. Thorup, JACM 54 (2007), priority sampling; D. Ting, "Adaptive
// threshold sampling", SIGMOD 2022.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tollgate::stats {

struct SampleUnit {
  uint64_t randomness = 0;  // below 2^56, uniform, the same for the same unit everywhere
  int64_t cost = 0;         // in the unit of the budget: bytes, or nanoseconds of CPU time
  bool is_bad = false;
};

/// The least R that is kept, by stratum; 0 keeps everything.
struct SampleThresholds {
  uint64_t good = 0;
  uint64_t bad = 0;
  uint64_t of(bool is_bad) const { return is_bad ? bad : good; }
};

class AdaptiveSampler {
 public:
  /// What may be kept in a second; at least 1 (asserted).
  explicit AdaptiveSampler(int64_t cost_per_second);

  /// The thresholds for a batch that arrives at `now_ms`, none below `floor`; the units are
  /// reordered, and are those that another sampler with the threshold `floor` has left. What they
  /// keep is taken from the budget. Bad units may take nine tenths of the budget while there are
  /// good ones, all of it otherwise. Of each stratum kUnitsLeast units have room whatever is left:
  /// with fewer, a threshold that the batch itself sets has weights without a bounded variance.
  SampleThresholds decide(std::span<SampleUnit> units, int64_t now_ms, SampleThresholds floor = {});

  /// Takes from the budget what was used beside the costs of units that decide() kept, such as the
  /// CPU time for what comes before; below 0 if they took less than they were said to cost. The
  /// shares follow it as they follow the traffic: units get what it leaves, a hundredth of the
  /// budget at least.
  void spend(double cost, int64_t now_ms);

  /// What share of the units is kept at the moment by what was offered before; 1: all.
  double share(bool is_bad) const { return is_bad ? bad_.share : good_.share; }

  /// How long the traffic that the shares follow is remembered, in seconds.
  static constexpr double kMemory = 2;
  /// So many seconds of the budget may come at once, and so many may be overdrawn by floods of
  /// single units before the shares go down to their least.
  static constexpr double kBurst = 2;
  static constexpr double kShareLeast = 1e-5;
  static constexpr double kUnitsLeast = 16;

 private:
  struct Stratum {
    double recent = 0;  // cost offered, fading with kMemory
    double share = 1;
  };
  void let_time_pass(int64_t now_ms);
  void follow_traffic();
  uint64_t fit(std::span<SampleUnit> units, uint64_t threshold, double allowance);

  int64_t rate_;
  double left_;          // of the budget; below 0: overdrawn
  double beside_ = 0;    // cost of what decide() does not know, fading with kMemory
  int64_t last_ms_ = 0;  // 0: nothing has come yet
  Stratum good_;
  Stratum bad_;
};

/// What work on something costs by its size, learnt from what it took lately.
class CostRate {
 public:
  /// Work on `size` took `cost`, both at least 0.
  void note(double size, double cost, int64_t now_ms);
  /// What work on `size` will take; 0 before anything was noted.
  int64_t cost_of(int64_t size) const;

  /// How long is remembered what work took, in seconds.
  static constexpr double kMemory = 10;

 private:
  double size_ = 0;  // fading with kMemory, as cost_
  double cost_ = 0;
  int64_t last_ms_ = 0;
};

/// 56 bits of randomness out of any bytes, the same on every machine and in every process.
uint64_t randomness_of(std::string_view bytes);

}  // namespace tollgate::stats
