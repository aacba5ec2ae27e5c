// The intake: takes requests of pushed signals from any thread, and answers each once it is
// durable. One thread does the work, many requests at a time: decode, resolve, write the journal
// with one sync, route, add to the cells, answer. Bounded: what does not fit into the queue is
// shed at once, so that a flood of signals never delays a gate. The cells go to disk in snapshots
// behind the scenes; what a crash finds only in the journal is counted again at the next start.
#pragma once

#include "edge/cells/cell_store.hpp"
#include "edge/intake/batch.hpp"
#include "edge/intake/event_sampler.hpp"
#include "edge/intake/fault_book.hpp"
#include "edge/intake/journal.hpp"
#include "edge/intake/route_spec.hpp"
#include "edge/intake/router.hpp"
#include "edge/intake/source_status.hpp"
#include "engine/ports/clock.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tollgate::intake {

/// The bytes of one request, in the form that the decoder of the encoding reads.
struct Request {
  Encoding encoding = Encoding::remote_write_1;
  std::string source;  // who brings it: each source has its own watermark; at most kSourceBytesMax
  std::string bytes;
};

/// What came of a request that was accepted.
struct Receipt {
  RouterCounts counts = {};
  int64_t histograms = 0;  // of the samples
  int64_t unusable = 0;    // points and events that the decoder left out
  std::string unusable_why = {};
  bool is_duplicate = false;  // its idempotency key was counted before; nothing changed
  std::string refused = {};   // why samples were refused; empty if none were
};

/// Called once, on the intake's thread; must not block.
using Reply = std::function<void(Result<Receipt>)>;

/// What the policy in force says to the intake.
struct Plan {
  std::vector<RouteSpec> routes;
  std::set<std::string, std::less<>> slos;  // SERVICE/SLO that counters may name
  std::set<std::string, std::less<>> environments;
};
/// The plan in force: the same pointer as long as it is the same. Called by the intake's thread.
using NextPlan = std::function<std::shared_ptr<const Plan>()>;

/// One decoder for each encoding; null for those that are not taken.
using Decoders = std::array<Decode, kEncodings>;

struct ServiceLimits {
  size_t queue_requests_max = 2048;
  size_t queue_bytes_max = 64 * 1024 * 1024;
  size_t group_requests_max = 64;  // durable with one sync
  size_t group_bytes_max = 4 * 1024 * 1024;
  size_t sources_max = 1000;                    // told apart in the status
  uint64_t snapshot_bytes = 256 * 1024 * 1024;  // of journal, then cells go to disk
  /// 0: an answer means synced. Otherwise it means written, which outlives the process but not the
  /// power, and a sync follows at the latest so much later.
  Duration sync_every = {};
  Duration snapshot_after = minutes(15);  // at the latest
  RouterLimits router = {};
  SamplingLimits sampling = {};  // of log records and spans
  JournalLimits journal = {};
};

struct ServiceStatus {
  std::vector<SourceStatus> sources;  // by name
  int64_t shed = 0;                   // requests that found the queue full
  size_t queued_requests = 0;
  size_t queued_bytes = 0;
  size_t series = 0;  // of counters that count for an SLO
  uint64_t journal_bytes = 0;
  size_t cell_series = 0;  // of cells, in memory or on disk
  size_t cell_bytes = 0;   // that cells take in memory
  int64_t snapshots = 0;
  int64_t failed_commits = 0;            // journal writes that failed; their requests were refused
  std::vector<std::string> problems;     // of the plan: why some SLOs are not counted
  std::vector<SamplingStatus> sampling;  // one for each budget; empty without any
};

/// Keeps what the cells cannot hold of batches, such as whole traces. Called by the intake's
/// thread.
class BatchKeeper {
 public:
  virtual ~BatchKeeper() = default;
  /// A batch that counts and is durable under `sequence`: now, or again when the journal is read.
  virtual void take(const Batch& batch, uint64_t sequence) = 0;
  /// Makes durable what was taken up to `sequence`; the journal may forget it then.
  virtual Result<void> keep(uint64_t sequence) = 0;
};

struct ServiceParts {
  cells::CellStore& cells;
  engine::Clock& clock;
  std::unique_ptr<JournalFolder> folder;
  Decoders decoders = {};
  NextPlan next_plan;
  BatchKeeper* keeper = nullptr;  // outlives the service; null: nobody keeps more than cells
  /// Outlives the service; must be there if SamplingLimits have a budget of CPU time (asserted).
  engine::CpuClock* cpu_clock = nullptr;
  /// Wraps the giving of a group's replies; may be empty.
  std::function<void(const std::function<void()>& give)> around_replies = {};
};

class Service {
 public:
  /// Reads the journal into the cells. Without threads, submit() does the work itself and
  /// snapshots happen in close(). Errors: store_failed.
  static Result<std::unique_ptr<Service>> open(ServiceParts parts, const ServiceLimits& limits,
                                               bool is_threaded);
  /// Ends without a snapshot, unless close() was called: the journal has everything.
  ~Service();

  /// Queues a request. False, with no reply to come, if the queue is full; the request is then
  /// counted as shed. Errors of the reply: bad_request, too_large, syntax and other errors of
  /// decoding; unknown_slo, unknown_environment; disk_full, store_failed, stopped.
  bool submit(Request request, Reply reply);
  /// Submits and waits.
  Result<Receipt> submit_and_wait(Request request);

  ServiceStatus status() const;
  /// No counter and no clock is in doubt: doubt() finds nothing. Costs nothing.
  bool is_calm() const;
  /// Why the counts of an SLO are not to be trusted at `now`, if its counters or the clocks of its
  /// `feeders` say so. Cheap; safe from any thread.
  std::optional<model::Doubt> doubt(std::string_view slo, std::string_view environment,
                                    const std::vector<std::string>& feeders, Time now) const;
  /// The doubts that one source causes, each SLO once.
  std::vector<FaultBook::Named> doubts_of(std::string_view source, Time now) const;
  /// Answers what is queued, writes a snapshot and ends the threads. Errors: those of the
  /// snapshot; nothing is lost then, either.
  Result<void> close();

 private:
  class Implementation;
  explicit Service(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tollgate::intake
