// The cells of all signals, kept in one SQLite file beside the ledger. What import() has answered
// is there after a crash; the same file counted twice counts once. High-volume signals end here:
// the ledger keeps only what decisions used.
//
// Size: a cell takes 16 bytes in memory and 4 to 8 on disk; an hour another 56 and about 20. One
// day of a busy signal at 10 s is 138 KB in memory, at 1 min 24 KB, at 1 h 1.7 KB.
#pragma once

#include "domain/slo/cells.hpp"
#include "domain/slo/objective.hpp"
#include "foundation/base/digest.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tollgate::cells {

/// Which signal; one series of cells for each. All parts but the SLO may be empty.
struct SeriesKey {
  std::string slo;  // SERVICE/SLO
  std::string environment;
  std::string track;    // "stable", "canary"
  std::string version;  // of the service
  friend auto operator<=>(const SeriesKey&, const SeriesKey&) = default;
};

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

/// Counts over one span, from all series that match.
struct Aggregate {
  bool is_known = false;  // at least one series matches
  slo::Counts counts = {};
  model::Slices slices = {};  // for time-slice objectives
  Ppm completeness = {};
  Time watermark = {};  // the smallest of the sources'
};

struct Limits {
  size_t memory_bytes =
      512 * 1024 * 1024;  // cells kept in memory; the least recently used series go first
};

/// Safe from any thread; calls take turns.
class CellStore {
 public:
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

  /// What the cells of an SLO say about `span`, summed over tracks and versions. Series without an
  /// environment count for every environment; an empty `environment` asks for all. Errors:
  /// store_failed.
  Result<Aggregate> aggregate(const slo::Objective& objective, const std::string& environment,
                              const slo::Span& span);

  /// Joins cells older than `before` into steps of `length` (a divisor of one hour). Errors:
  /// store_failed.
  Result<void> coarsen(const SeriesKey& key, Time before, Duration length);

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
