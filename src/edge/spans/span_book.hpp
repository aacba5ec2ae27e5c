// Spans out of the intake into the book of latencies, and that book on disk. What an orderly end
// closes is complete; after a crash the journal brings back every span since the last snapshot, and
// only traces that were open at that snapshot are counted in two parts. Safe from any thread.
#pragma once

#include "domain/traces/assembler.hpp"
#include "domain/traces/compare.hpp"
#include "edge/intake/service.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace tollgate::spans {

/// Which releases of a service are compared. Empty versions: the last two that were seen.
struct CompareQuestion {
  std::string service = {};
  std::string before = {};
  std::string after = {};
  std::string environment = {};
  std::string track_before = {};
  std::string track_after = {};
  std::string operation = {};  // only visits that entered by it
};

struct CompareAnswer {
  CompareQuestion question;  // with the versions that were taken
  traces::Comparison comparison;
  traces::TraceCounts counts;
};

/// The durations of one operation of a release.
struct OperationLatency {
  std::string name;
  traces::DurationCell cell;
};

class SpanBook : public intake::BatchKeeper {
 public:
  /// Opens or creates the file. Errors: store_failed, store_locked, disk_full.
  static Result<std::unique_ptr<SpanBook>> open(const std::string& path);
  ~SpanBook() override;

  void take(const intake::Batch& batch, uint64_t sequence) override;
  Result<void> keep(uint64_t sequence) override;
  /// Writes what is in the book. Errors: store_failed, disk_full.
  Result<void> save();
  /// Takes apart what has been quiet until now.
  void advance(Time now);
  /// Takes apart everything: for the end, and for tests.
  void finish();

  /// Errors: not_found for a service or a version without visits, with those that there are.
  Result<CompareAnswer> compare(const CompareQuestion& question) const;
  std::vector<traces::LatencyBook::Version> versions(std::string_view service) const;
  /// The busiest first; empty texts match all. Errors: not_found, as above.
  Result<std::vector<OperationLatency>> operations(std::string_view service,
                                                   std::string_view version,
                                                   std::string_view environment) const;
  /// Services that were visited, by name.
  std::vector<std::string> services() const;
  traces::TraceCounts counts() const;

 private:
  class File;
  explicit SpanBook(std::unique_ptr<File> file);
  void add(const intake::Batch& batch, const intake::Event& event);
  Error unseen(std::string_view service) const;

  std::unique_ptr<File> file_;
  mutable std::mutex mutex_;
  traces::LatencyBook book_;     // guarded by mutex_
  traces::Assembler assembler_;  // guarded by mutex_
  uint64_t kept_ = 0;            // sequence up to which the file has everything
};

}  // namespace tollgate::spans
