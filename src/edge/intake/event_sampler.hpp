// Keeps a part of the log records and spans of a flood, so that budgets of bytes and of CPU time
// hold: consistent probability for the spans of a trace, a hash of the record for logs, everything
// that is bad for an SLO before what is good. What is kept carries the weight of what it stands
// for. Not thread-safe.
#pragma once

#include "domain/stats/adaptive_sampler.hpp"
#include "edge/intake/router.hpp"
#include "foundation/reflect/type_info.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tollgate::intake {

/// What may be kept of log records and spans, by two budgets; the tighter one rules.
struct SamplingLimits {
  int64_t bytes_per_second = 0;  // of all sources that have no limit of their own; 0: no limit
  std::map<std::string, int64_t, std::less<>> sources = {};  // by source; 0: none for this one
  /// CPU time of the intake as a share of one core, for all that sources without a share of their
  /// own bring; 0: no limit. At most 1'000'000.
  Ppm cpu = {};
  std::map<std::string, Ppm, std::less<>> cpu_sources = {};  // by source; 0: none for this one
  bool has_cpu() const { return cpu.value > 0 || !cpu_sources.empty(); }
};
/// `bytes` are RATE or SOURCE=RATE, such as 4MB/s or edge=500KB/s; `cpu` are SHARE or SOURCE=SHARE,
/// such as 25% or edge=0.05. Errors: bad_usage for what is not.
Result<SamplingLimits> parse_sampling(const std::vector<std::string>& bytes,
                                      const std::vector<std::string>& cpu);

/// What a budget keeps at the moment.
struct SamplingStatus {
  std::string source = {};       // empty: all that have no budget of their own
  int64_t bytes_per_second = 0;  // 0: a budget of CPU time
  Ppm cpu = {};                  // 0: a budget of bytes
  int64_t cpu_used_ns = 0;       // since the start; of a budget of CPU time
  double share_good = 1;         // of what is offered
  double share_bad = 1;
  int64_t kept = 0;  // events since the start
  int64_t left_out = 0;
};

/// CPU time that one batch took.
struct BatchWork {
  int64_t base_ns = 0;     // whatever is kept of it: to read and to sample it
  int64_t kept_ns = 0;     // for what is kept: to write, route and count it
  int64_t kept_bytes = 0;  // of log records and spans, as the journal has them
  int64_t planned_ns = 0;  // that the budget took for what it kept
};

class EventSampler {
 public:
  explicit EventSampler(const SamplingLimits& limits);

  /// Leaves events of the batch out if its source's budgets ask for it, and sets the weights of
  /// those that stay. True if anything changed. Routes as `router` has them say what is bad. Notes
  /// in `work` what it kept.
  bool thin(Batch& batch, Router& router, BatchWork& work);
  /// A batch of `source` that arrived at `arrived_ms` took `work`, sampled or not: its budget of
  /// CPU time pays.
  void spend(const std::string& source, int64_t arrived_ms, const BatchWork& work);
  std::vector<SamplingStatus> status() const;

 private:
  struct Budget {
    stats::AdaptiveSampler sampler;
    SamplingStatus status;
    stats::CostRate cost = {};  // CPU time for a byte that is kept
  };
  /// Of one resource.
  struct Budgets {
    std::optional<Budget> shared;
    std::map<std::string, std::optional<Budget>, std::less<>> own;  // nothing: no limit
    Budget* find(const std::string& source);
    void append_status(std::vector<SamplingStatus>& all) const;
  };
  /// A record, or what the batch has of a trace.
  struct Unit {
    uint64_t randomness = 0;
    int64_t bytes = 0;
    int64_t events = 0;
    bool is_bad = false;
    bool is_kept = false;  // an SLO wants all of its events
    bool passes(const stats::SampleThresholds& thresholds) const {
      return is_kept || randomness >= thresholds.of(is_bad);
    }
  };
  std::array<Budget*, 2> budgets_of(const std::string& source);
  void gather(const Batch& batch, Router& router);
  stats::SampleThresholds narrow(Budget& budget, stats::SampleThresholds floor, int64_t arrived_ms,
                                 BatchWork& work);
  bool apply(Batch& batch, const stats::SampleThresholds& thresholds);

  Budgets bytes_;
  Budgets cpu_;
  // Reused from call to call.
  std::vector<Unit> units_;
  std::vector<uint32_t> unit_of_;  // by event
  std::unordered_map<std::string_view, uint32_t> traces_;
  std::vector<stats::SampleUnit> asked_;
};

}  // namespace tollgate::intake
