// What the intake's one thread does with a group of requests: decode, check, resolve, journal,
// route, add to the cells; and the same again, without the journal, when a journal is read. Not
// thread-safe but for status().
#pragma once

#include "edge/intake/known_keys.hpp"
#include "edge/intake/service.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

namespace tollgate::intake {

/// One request under way.
struct Job {
  Request request;
  Reply reply;
  int64_t arrived_ms = 0;
  Result<Receipt> outcome = Receipt{};
};

class Pipeline {
 public:
  Pipeline(cells::CellStore& cells, const Decoders& decoders, const ServiceLimits& limits,
           BatchKeeper* keeper, engine::CpuClock* cpu_clock);

  /// Goes on where the last snapshot and the journal end. Errors: store_failed.
  Result<void> open(std::unique_ptr<JournalFolder> folder);
  /// Puts a plan in force; its routes are journaled with the next group.
  void adopt(std::shared_ptr<const Plan> plan);
  const Plan* plan() const { return plan_.get(); }

  /// Works on a group: afterwards each job has its outcome, and what was accepted is durable.
  void take(std::span<Job> jobs);

  /// Makes durable what was acknowledged before it was; see ServiceLimits::sync_every.
  Result<void> sync() { return journal_ ? journal_->sync() : Result<void>{}; }

  /// The changed cells, and the last journal entry that they contain.
  struct Snapshot {
    std::shared_ptr<cells::Snapshot> cells;
    uint64_t sequence = 0;
  };
  Snapshot collect();
  /// A snapshot could not be written: the next one is due.
  void retry() { collected_ = 0; }
  /// A snapshot up to here is durable. Errors: store_failed.
  Result<void> forget(uint64_t sequence);
  /// Journal entries that no snapshot contains.
  bool has_changes() const { return journal_ && journal_->last_sequence() > collected_; }
  uint64_t bytes_since_snapshot() const { return bytes_since_; }
  /// Set once memory and journal no longer agree: nothing more is taken, and a new start heals it.
  const std::optional<Error>& broken() const { return broken_; }

  /// The parts of the status that the pipeline knows. Safe from any thread.
  ServiceStatus status() const;
  /// See Service. Safe from any thread.
  bool is_calm() const { return is_calm_.load(std::memory_order_relaxed); }
  std::optional<model::Doubt> doubt(std::string_view slo, std::string_view environment,
                                    const std::vector<std::string>& feeders, Time now) const;
  std::vector<FaultBook::Named> doubts_of(std::string_view source, Time now) const;

 private:
  Result<void> read(Batch& batch, const Entry& entry);
  Result<void> check(const Batch& batch) const;
  Result<bool> prepare(Job& job, Batch& batch);
  Entry thinned_entry(const Job& job, size_t index);
  int64_t cpu_lap();
  void share_journal_time(int64_t spent_ns);
  void count(Batch& batch, Job& job);
  Result<Receipt> apply(Batch& batch, uint64_t sequence);
  Result<void> repeat(const Entry& entry, uint64_t sequence);
  bool load_sources_and_faults(std::string_view& state);
  Result<void> load_state(std::string_view state, uint64_t& sequence);
  std::string save_state() const;
  void set_routes(std::string_view text);
  Batch& batch_of(size_t index);
  void note_calm();
  void note_times(const Batch& batch, SourceStatus& status) const;
  SourceStatus& source_status(const std::string& source);
  void note_refusal(const Job& job);

  cells::CellStore& cells_;
  BatchKeeper* const keeper_;
  const Decoders decoders_;
  const ServiceLimits limits_;
  Router router_;
  EventSampler sampler_;
  engine::CpuClock* const cpu_clock_;  // null: no budget of CPU time
  int64_t cpu_ns_ = 0;                 // at the last lap
  std::optional<Journal> journal_;
  KnownKeys keys_;
  std::shared_ptr<const Plan> plan_;
  std::string routes_text_;           // in force
  bool are_routes_journaled_ = true;  // false: they go before the next entries
  uint64_t collected_ = 0;
  uint64_t bytes_since_ = 0;
  std::optional<Error> broken_;
  // Reused from call to call.
  std::vector<std::unique_ptr<Batch>> batches_;
  std::vector<Entry> entries_;
  std::vector<size_t> accepted_;
  std::vector<std::string> thinned_;  // by job: what the journal keeps instead of its bytes
  std::vector<BatchWork> works_;      // by job
  Routed routed_;

  mutable std::mutex status_mutex_;
  ServiceStatus status_;    // guarded by status_mutex_
  SourceStatuses sources_;  // guarded by status_mutex_
  FaultBook faults_;        // guarded by status_mutex_
  std::atomic<bool> is_calm_ = true;
};

}  // namespace tollgate::intake
