// Keeps a part of the log records and spans of a flood, so that a budget of bytes holds: consistent
// probability for the spans of a trace, a hash of the record for logs, everything that is bad for
// an SLO before what is good. What is kept carries the weight of what it stands for. Not
// thread-safe.
#pragma once

#include "domain/stats/adaptive_sampler.hpp"
#include "edge/intake/router.hpp"

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tollgate::intake {

/// Bytes of log records and spans that may be kept in a second; 0: no limit.
struct SamplingLimits {
  int64_t bytes_per_second = 0;  // of all sources that have no limit of their own
  std::map<std::string, int64_t, std::less<>> sources = {};  // by source; 0: none for this one
  bool is_active() const { return bytes_per_second > 0 || !sources.empty(); }
};
/// Errors: bad_usage for what is not RATE or SOURCE=RATE, such as 4MB/s or edge=500KB/s.
Result<SamplingLimits> parse_sampling(const std::vector<std::string>& texts);

/// What a budget keeps at the moment.
struct SamplingStatus {
  std::string source = {};  // empty: all that have no budget of their own
  int64_t bytes_per_second = 0;
  double share_good = 1;  // of what is offered
  double share_bad = 1;
  int64_t kept = 0;  // events since the start
  int64_t left_out = 0;
};

class EventSampler {
 public:
  explicit EventSampler(const SamplingLimits& limits);

  /// Leaves events of the batch out if its source's budget asks for it, and sets the weights of
  /// those that stay. True if anything changed. Routes as `router` has them say what is bad.
  bool thin(Batch& batch, Router& router);
  std::vector<SamplingStatus> status() const;

 private:
  struct Budget {
    stats::AdaptiveSampler sampler;
    SamplingStatus status;
  };
  /// A record, or what the batch has of a trace.
  struct Unit {
    stats::SampleUnit sampled;
    bool is_kept = false;  // an SLO wants all of its events
  };
  Budget* budget_of(const std::string& source);
  void gather(const Batch& batch, Router& router);
  bool apply(Batch& batch, const stats::SampleThresholds& thresholds);

  std::optional<Budget> shared_;
  std::map<std::string, std::optional<Budget>, std::less<>> own_;  // nothing: no limit
  // Reused from call to call.
  std::vector<Unit> units_;
  std::vector<uint32_t> unit_of_;  // by event
  std::unordered_map<std::string_view, uint32_t> traces_;
  std::vector<stats::SampleUnit> asked_;
};

}  // namespace tollgate::intake
