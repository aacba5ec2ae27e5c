// The cells of all signals: in memory for what is pushed and asked, in one SQLite file beside the
// ledger for good. What import() has answered is there after a crash; the same file counted twice
// counts once. What push() adds is durable with the next snapshot; until then the intake's
// journal answers for it. High-volume signals end here: the ledger keeps only what decisions used.
//
// Size: a cell takes 4.5 bytes in memory (8 where one has more than 65,535 events) and about 5 on
// disk, an hour another 32 and 20. One series with the default retention takes at most 57 KB for 30
// days (80 with such cells throughout).
#pragma once

#include "domain/slo/cells.hpp"
#include "domain/slo/objective.hpp"
#include "domain/slo/retention.hpp"
#include "domain/stats/exponential_histogram.hpp"
#include "edge/cells/series_key.hpp"
#include "foundation/base/digest.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tollgate::cells {

/// Events to be counted at once or not at all.
struct Batch {
  const slo::CellSeries* cells = nullptr;  // never null
  Digest digest;                           // of the file; a second batch with it changes nothing
  std::string source = "import";           // who brings it; each source has a watermark
  Time last;                               // latest event
  Duration lateness = {};                  // events may still arrive this late
};

struct Imported {
  bool is_duplicate = false;  // this file was counted before; nothing changed
  int64_t cells = 0;          // that the batch changed
  int64_t revised = 0;        // of these, before the watermark: earlier answers saw other counts
  int64_t overlapping =
      0;  // earlier imports whose events share the batch's span: perhaps the same log, grown
  Time watermark = {};  // of the source, afterwards
};

/// What is pushed into one cell. `series` is what open_series() gave.
struct Addition {
  uint32_t series = 0;
  int64_t slot = 0;  // 10 s steps since 1970
  int64_t good = 0;  // may be below 0 where a total and its partner arrive apart
  int64_t bad = 0;
  int64_t seen_ms = 0;  // the latest sample or event: the series is known up to there
};

/// What sampled events add to the squares of weights in a cell, beyond what as many events of
/// weight 1 would: weight^2 - weight. So events that were not sampled need no such addition.
struct WeightAddition {
  uint32_t series = 0;
  int64_t slot = 0;
  double good_squares = 0;
  double bad_squares = 0;
};

/// A bucket of OpenTelemetry's exponential histogram: (base^index, base^(index+1)] seconds, base =
/// 2^(2^-scale).
struct LatencyBucket {
  int scale = 0;
  int32_t index = 0;
};

/// Events of one series that took as long.
struct LatencyAddition {
  uint32_t series = 0;
  int64_t time_ms = 0;
  double seconds = 0;
  int64_t count = 1;
  std::optional<LatencyBucket> bucket = {};  // all that is known instead of `seconds`
};

struct Push {
  std::string_view source;  // each source has its own watermark for each series
  std::span<const Addition> additions = {};
  std::span<const WeightAddition> weights = {};
  std::span<const LatencyAddition> latencies = {};
};

struct Pushed {
  int64_t revised = 0;  // additions to cells that earlier answers may have seen
  int64_t too_old = 0;  // additions beyond the retention: not counted
  int64_t refused = 0;  // additions that would pass the largest count: not counted
};

/// Late events that a source brought for a series.
struct Revision {
  SeriesKey key;
  std::string source;
  int64_t count = 0;  // additions
  Time oldest = {};   // start of the oldest cell that they changed
  Time last = {};     // the latest event that the series knew when they last came
};

/// One source that brought events of an SLO.
struct SourceUse {
  std::string slo;
  std::string environment;
  std::string source;
  Time watermark = {};
  bool is_pushed = false;  // otherwise its events were imported
};

/// Which series an answer is made of; empty parts ask for all. Series without an environment count
/// for every environment.
struct Place {
  std::string environment = {};
  std::string track = {};
  std::string version = {};
  std::string group = {};
};

/// Counts over one span, from all series that match.
struct Aggregate {
  bool is_known = false;      // at least one series matches
  slo::Counts counts = {};    // raw
  slo::Counts excluded = {};  // of these, inside the exclusions
  /// Events of joined cells that an edge of the span cuts: the even share of each is in `counts`.
  slo::Counts cut = {};
  model::Slices slices = {};  // for time-slice objectives; slices that touch an exclusion are out
  model::Slices raw_slices = {};
  /// Sums of weight^2 - weight of sampled events, rounded; 0 without any. See stats/sampling.hpp.
  slo::Counts squares = {};
  Ppm completeness = {};
  Time watermark = {};  // the smallest of the sources'
  slo::Counts adjusted() const { return counts - excluded; }
};

/// Moments within a span up to which somebody may ask for the counts of a series: its cells are not
/// joined across them. Asked from inside of push(), so it must not ask the store.
using FindEdges = std::function<std::vector<Time>(const SeriesKey& key, const slo::Span& span)>;

struct Limits {
  size_t memory_bytes = size_t{2} << 30;  // of cells; the least recently used ones go first
  std::string vfs = {};                   // for tests: name of a registered SQLite VFS
  bool is_exclusive = false;
};

/// What a sweep removed.
struct Swept {
  int64_t series = 0;
};

struct Snapshot;     // opaque: what a snapshot writes
struct StandingSlo;  // opaque: an SLO in an environment that is asked often

/// Safe from any thread; calls take turns.
class CellStore {
 public:
  /// A pushed addition to a cell that ended this long before the newest event of its series is a
  /// revision: somebody may have been told other counts.
  static constexpr Duration kRevisedAfter = minutes(1);
  /// A live source that lags this far behind another one of the same SLO is not waited for.
  static constexpr Duration kSourceGone = days(1);

  /// Opens or creates the file; ":memory:" keeps nothing. Errors: store_failed, store_locked,
  /// disk_full.
  static Result<std::unique_ptr<CellStore>> open(const std::string& path,
                                                 const Limits& limits = {});
  ~CellStore();
  CellStore(const CellStore&) = delete;
  CellStore& operator=(const CellStore&) = delete;

  /// Adds the batch to the series, durably. Errors: store_failed, disk_full; then nothing was
  /// added.
  Result<Imported> import(const SeriesKey& key, const Batch& batch);

  /// The handle of a series for push(), created if need be; the same for the same key as long as
  /// the store is open.
  uint32_t open_series(const SeriesKey& key);
  /// Adds to the cells in memory. Errors: store_failed if cells had to be read and could not be;
  /// then the push is counted in parts, and the store must be opened again.
  Result<Pushed> push(const Push& push);
  /// How long the series of an SLO are kept; the default for those that are not named. Cells that
  /// are coarser already stay so.
  void set_retention(std::function<slo::Retention(const std::string& slo)> retention_of);
  /// Before anything is pushed.
  void set_edges(FindEdges find);

  /// All changes since the last snapshot, together with the intake's own state at this moment.
  std::shared_ptr<Snapshot> collect(std::string intake_state);
  /// Makes a snapshot durable, on any thread. After an error its changes wait for the next one.
  /// Errors: store_failed, disk_full.
  Result<void> write(const std::shared_ptr<Snapshot>& snapshot);
  /// Removes series that have been silent for longer than their SLO keeps anything, while others of
  /// it went on (versions come and go), and gives their room on the disk back; a bounded number of
  /// them in each call. Errors: store_failed, disk_full; then nothing was removed.
  Result<Swept> sweep();
  /// What the last snapshot said; empty before the first. Errors: store_failed.
  Result<std::string> intake_state();

  /// What the cells of an SLO say about `span`. Exclusions do not overlap. The cost does not depend
  /// on the span's length, but for completeness and slices. Errors: store_failed.
  Result<Aggregate> aggregate(const slo::Objective& objective, const Place& place,
                              const slo::Span& span, std::span<const slo::Span> exclusions = {});
  /// The same over all tracks, versions and groups.
  Result<Aggregate> aggregate(const slo::Objective& objective, const std::string& environment,
                              const slo::Span& span);
  /// The events of each span, raw, over all tracks, versions and groups, into `counts`, which has
  /// as many places; and the watermark. Unset if cells would have to be read from disk, or events
  /// were sampled: aggregate() has the answer.
  std::optional<Time> count_spans(std::string_view slo, std::string_view environment,
                                  std::span<const slo::Span> spans, std::span<slo::Counts> counts);
  /// An SLO in an environment, to be asked again and again; good as long as the store is open.
  std::shared_ptr<StandingSlo> stand(std::string_view slo, std::string_view environment);
  /// The same as above, without looking the name up. Calls for one `slo` take turns.
  std::optional<Time> count_spans(StandingSlo& slo, std::span<const slo::Span> spans,
                                  std::span<slo::Counts> counts);
  /// Another number whenever count_spans() may say something else of the same spans.
  static const std::atomic<uint32_t>& version(const StandingSlo& slo);
  /// How long the events in the span took. Errors: store_failed.
  Result<stats::ExponentialHistogram> latency(const std::string& slo, const Place& place,
                                              const slo::Span& span);
  /// The series of an SLO; of all for an empty one.
  std::vector<SeriesKey> series(const std::string& slo) const;
  std::vector<Revision> revisions(const std::string& slo) const;
  /// Who brought events of an SLO (of all for an empty one) in a place, each once for each
  /// environment, sorted.
  std::vector<SourceUse> sources(const std::string& slo, const Place& place) const;

  size_t series_count() const;
  size_t memory_bytes() const;

 private:
  class Implementation;
  explicit CellStore(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

/// The steps on which completeness is measured: the slice, or a twelfth of the span between a
/// minute and an hour.
Duration completeness_step(const slo::Objective& objective, const slo::Span& span);

}  // namespace tollgate::cells
