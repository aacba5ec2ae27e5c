// Which samples and events count for which SLO, and what they add to its cells. A series is
// resolved once, by an index of metric names and label values, and then known by the hash of its
// labels: one look-up a sample. The state of counters belongs to the series and outlives changes of
// the policy, restarts, and other orders of labels. Not thread-safe; no clock, no I/O.
#pragma once

#include "domain/slo/counter.hpp"
#include "edge/cells/cell_store.hpp"
#include "edge/intake/batch.hpp"
#include "edge/intake/route_spec.hpp"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tollgate::intake {

using cells::Addition;
using cells::LatencyAddition;
using cells::WeightAddition;

/// Gives the handle of a series of cells; the same for the same key.
using OpenSeries = std::function<uint32_t(const cells::SeriesKey&)>;

struct RouterLimits {
  size_t series_max = 2'000'000;      // that count for an SLO
  size_t known_keys_max = 8'000'000;  // beyond it the look-up table starts anew
  size_t cells_of_slo_max = 10'000;   // places (environment, track, version, group) of one SLO
  size_t place_bytes_max = 200;       // of a label value that names a place
};

/// Samples and events that lie further ahead of their arrival are refused: they would make a source
/// look fresh long after it went silent.
inline constexpr Duration kFutureMax = minutes(10);

/// What an event is to a sampler. kept: some SLO wants all of its events.
enum class EventClass : uint8_t { good, bad, kept };

/// What came of a batch, or of all.
struct RouterCounts {
  int64_t samples = 0;  // seen
  int64_t counted = 0;  // of series that count for an SLO
  int64_t events = 0;   // logs, spans, lines seen
  int64_t events_counted = 0;
  int64_t sampled_out = 0;  // logs and spans that a budget left out: others stand for them
  int64_t stale = 0;        // ends of series
  int64_t resets = 0;
  int64_t gaps = 0;
  int64_t repeats = 0;
  int64_t conflicts = 0;  // of these, with another value: two senders of one series
  int64_t late = 0;
  int64_t invalid = 0;  // no number, below 0, a gauge where a counter is needed
  int64_t future = 0;   // later than their arrival by more than kFutureMax: a wrong clock
  int64_t refused = 0;  // of series beyond a limit
  RouterCounts& operator+=(const RouterCounts& other);
};

/// Something about a counter that may make its counts worthless; see slo::CounterTrouble.
struct Fault {
  enum class Kind : uint8_t { reset, conflict, up, down };
  uint32_t series = 0;   // of cells: whose counts it concerns
  uint64_t counter = 0;  // which one: the same over restarts
  Kind kind = Kind::reset;
  int64_t time_ms = 0;
  double before = 0;  // of a reset: the heights
  double after = 0;
};
/// Of one batch; more are left out.
inline constexpr size_t kFaultsOfBatchMax = 10'000;

/// What a batch adds, and what came of it. Used again and again.
struct Routed {
  std::vector<Addition> additions;
  std::vector<WeightAddition> weights;
  std::vector<LatencyAddition> latencies;
  std::vector<Fault> faults;
  RouterCounts counts;
  int64_t last_ms = 0;    // the latest sample or event that counts; 0: none
  int64_t future_ms = 0;  // the latest that was refused as from the future; 0: none
  std::string refused;    // why the first refused series was refused
  void clear();
};

class Router {
 public:
  Router(OpenSeries open, const RouterLimits& limits = {});
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// Puts these rows in force; the state of counters stays. Rows that cannot be compiled (patterns)
  /// are left out and named in the answer.
  Problems set_routes(const std::vector<RouteSpec>& routes);
  /// Reads what is needed of labels that are still raw. Afterwards nothing of the batch can be
  /// malformed. Errors: those of Batch::read_labels; then the batch must not be routed.
  Result<void> resolve(Batch& batch);
  /// Whether the event is bad for an SLO. What no SLO counts is good.
  EventClass classify(const Batch& batch, const Event& event);
  /// What the batch adds. Call resolve() before.
  void route(const Batch& batch, Routed& out);

  size_t series_count() const;
  /// The state of all counters, opaque, and back. Errors: store_failed for bytes that save() did
  /// not write.
  std::string save() const;
  Result<void> load(std::string_view state);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tollgate::intake
