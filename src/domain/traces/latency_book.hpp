// The latency of every release: visits to services and their operations, counted into cells of ten
// minutes, by place and operation. Cells add up; quantiles stay known between two bounds whatever
// is merged. Pure; not thread-safe.
#pragma once

#include "domain/slo/window.hpp"
#include "domain/stats/exponential_histogram.hpp"
#include "domain/stats/sampling.hpp"
#include "domain/traces/span.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::traces {

inline constexpr Duration kSlotLength = minutes(10);
inline constexpr Duration kSlotsKept = days(14);
inline constexpr size_t kCellsMax = 200'000;  // beyond it the oldest slots go

/// Durations of sampled events. The histogram counts in 1/kWeightUnit of an event, in microseconds.
struct DurationCell {
  static constexpr int64_t kWeightUnit = 256;
  stats::ExponentialHistogram durations;
  stats::WeightSums all;
  stats::WeightSums errors;
  void add(int64_t duration_us, double weight, bool is_error);
  void merge(const DurationCell& other);
};

/// A sum over visits, with its squares for an interval.
struct Moments {
  double sum = 0;
  double squares = 0;
  void add(double value, double weight) {
    sum += value * weight;
    squares += value * value * weight;
  }
  void merge(const Moments& other) {
    sum += other.sum;
    squares += other.squares;
  }
};

/// What one operation took of the visits.
struct PartCell {
  double calls = 0;
  Moments own_us;
};

struct VisitCell {
  DurationCell visits;
  Moments duration_us;
  Moments spans;
  std::map<uint32_t, PartCell> parts;  // by operation
  void add(const Visit& visit);
  void merge(const VisitCell& other);
};

/// Place and operation.
using CellKey = std::pair<uint32_t, uint32_t>;

/// One step of time.
struct Slot {
  std::map<CellKey, VisitCell> visits;         // by the operation that was entered
  std::map<CellKey, DurationCell> operations;  // every span
  size_t cell_count() const { return visits.size() + operations.size(); }
};

/// What became of spans and traces.
struct TraceCounts {
  int64_t spans = 0;
  int64_t traces = 0;    // taken apart
  int64_t rootless = 0;  // of these, without their root
  int64_t orphans = 0;   // spans whose parent never came
  int64_t late = 0;      // spans that came after their trace was taken apart
  int64_t skewed = 0;    // spans outside their parents by a clock's error
  int64_t shed = 0;      // spans beyond a limit: in operations, but in no visit
  TraceCounts& operator+=(const TraceCounts& other);
};

class LatencyBook {
 public:
  Names& names() { return names_; }
  const Names& names() const { return names_; }

  void add_operation(const Span& span);
  void add_visit(const Visit& visit);

  /// Which visits: of one service; empty texts match all, `span` too if it is empty.
  struct Selection {
    std::string service = {};
    std::string version = {};
    std::string track = {};
    std::string environment = {};
    std::string operation = {};  // the one that was entered
    slo::Span span = {};
  };
  VisitCell visits(const Selection& selection) const;
  /// The operations of the service itself, with their durations.
  std::map<uint32_t, DurationCell> operations(const Selection& selection) const;
  /// Versions of a service that have visits, with the first and last slot, in order of the first.
  struct Version {
    std::string version;
    Time first;
    Time last;
    double visits = 0;
  };
  std::vector<Version> versions(std::string_view service) const;
  std::vector<std::string> services() const;

  /// Slots that changed since the last call, by their start; those that are gone have no bytes.
  std::vector<std::pair<int64_t, std::string>> take_changes();
  /// Puts a slot back that take_changes() gave. Errors: store_failed for other bytes.
  Result<void> put(int64_t slot, std::string_view bytes);

  size_t cell_count() const { return cell_count_; }

 private:
  Slot& slot_at(int64_t time_us);
  void forget_old();
  template <class Visitor>
  void for_each_slot(const slo::Span& span, const Visitor& visitor) const;
  std::string encode(const Slot& slot) const;

  Names names_;
  std::map<int64_t, Slot> slots_;  // by start, ms
  std::map<int64_t, bool> changed_;
  size_t cell_count_ = 0;
};

}  // namespace tollgate::traces
