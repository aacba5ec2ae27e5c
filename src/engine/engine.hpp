// The engine: everything the program can be asked, behind one object. The straight line of a gate
// request is Engine::gate in engine.cpp: plan, collect, decide, append, evolve, answer. Safe from
// any thread. Nothing here knows HTTP, files or a database; the ports bring them.
#pragma once

#include "domain/slo/budget.hpp"
#include "domain/slo/burn.hpp"
#include "engine/alerts/alert_past.hpp"
#include "engine/alerts/alert_watch.hpp"
#include "engine/collector/collector.hpp"
#include "engine/outbox/outbox.hpp"
#include "engine/ports/blob_store.hpp"
#include "engine/ports/checkpoint_store.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/ledger_store.hpp"
#include "engine/ports/signal_source.hpp"
#include "engine/ports/zone_table.hpp"
#include "engine/replay/replay.hpp"
#include "engine/writer/writer.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::engine {

/// What the engine works with; all references outlive it.
struct Parts {
  LedgerStore& store;
  CheckpointStore& checkpoints;
  ledger::NoteSigner signer;
  BlobStore& blobs;
  SignalSource& signals;
  ZoneTable& zones;
  Clock& clock;
  Deliverer* deliverer = nullptr;  // null: effects stay due until an engine with one takes over
};

struct Options {
  WriterLimits writer = {};
  CollectorLimits collector = {};
  OutboxLimits outbox = {};
  /// Wraps the giving of a batch's replies; see Writer::set_around_replies.
  std::function<void(const std::function<void()>& give)> around_replies = {};
  bool is_threaded =
      true;  // false: everything happens on the caller's thread, for one command or a simulation
};

/// Who asks, and under which key a repeat gets the first answer.
struct Caller {
  model::Actor actor = {};
  std::string idempotency_key = {};
};

struct GateAnswer {
  std::string decision = {};  // empty for a what-if
  int64_t position = -1;      // in the ledger; below 0 for a what-if
  Time at = {};
  model::Verdict verdict = {};
  bool is_repeat = false;
};

struct EvidenceInput {
  std::string service = {};
  std::string version = {};
  std::string commit = {};
  std::string file = {};   // name, for people
  std::string bytes = {};  // the raw report
  model::Report report = {};
};

struct EvidenceAnswer {
  int64_t position = -1;
  Digest blob = {};
  model::Report report = {};
  bool is_repeat = false;
};

struct PlanAnswer {
  Digest before = {};
  Digest after = {};
  std::vector<model::ResourceDifference> changes = {};
  BacktestReport backtest = {};
};

struct ApplyAnswer {
  Digest digest = {};
  int64_t position = -1;  // below 0: nothing had changed, nothing was recorded
  int64_t changed = 0;
  int64_t removed = 0;
};

struct BudgetAnswer {
  model::Reading reading = {};
  slo::Objective objective = {};
  slo::Budget budget = {};
  Duration period = {};  // the whole window, of a calendar window with its real length
  // How fast it goes at the moment; without data, or if nobody asked: unset.
  Duration pace_window = {};
  std::optional<slo::BurnRate> pace = {};
};

/// Whether an answer about a budget also reads how fast it goes: one reading more.
enum class WithPace { yes, no };

struct BurnAnswer {
  slo::Objective objective = {};
  std::vector<slo::BurnFinding> findings = {};  // one per pair of windows
  slo::BurnState state = slo::BurnState::unknown;
  Time at = {};
  Time watermark = {};
  std::string error = {};  // why a window could not be read; empty if all could
};

class Engine {
 public:
  /// Rebuilds the state from the ledger. Errors: store errors, unknown_event, bad_ledger_file.
  static Result<std::unique_ptr<Engine>> open(Parts parts, const Options& options);
  ~Engine();

  /// Answers "may this release go?". The reply comes once, from another thread when is_threaded,
  /// after the verdict is durable. Errors: unknown_service, unknown_environment, no_policy,
  /// queue_full, stopped, store errors, idempotency_conflict.
  void gate(const model::GateRequest& request, const Caller& caller,
            std::function<void(Result<GateAnswer>)> reply);
  Result<GateAnswer> gate(const model::GateRequest& request, const Caller& caller);
  /// The verdict as it would have been at `as_of` under the policy in force; not recorded.
  Result<GateAnswer> gate_as_of(const model::GateRequest& request, Time as_of) const;
  /// The recorded decision. Errors: not_found.
  Result<GateAnswer> decision(std::string_view id) const;

  Result<EvidenceAnswer> record_evidence(EvidenceInput input, const Caller& caller);
  Result<int64_t> record_release(const model::ReleaseEnded& ended, const Caller& caller);
  /// Position of the record; of the first one if the same file was recorded for the SLO before.
  Result<int64_t> record_import(const model::SignalsImported& imported, const Caller& caller);

  /// What applying `candidate` would change, and which recorded verdicts would flip.
  Result<PlanAnswer> plan(const model::Bundle& candidate) const;
  /// Puts `candidate` in force. `expected` (if given) must be the digest in force:
  /// precondition_failed otherwise.
  Result<ApplyAnswer> apply(const model::Bundle& candidate, const std::string& reason,
                            const std::optional<Digest>& expected, const Caller& caller);
  std::shared_ptr<const Policy> policy() const { return writer_->views().policy(); }

  /// Error budget of "SERVICE/SLO" in an environment (empty: none in particular) at `at`. Errors:
  /// unknown_slo, no_data.
  Result<BudgetAnswer> budget(std::string_view slo, std::string_view environment,
                              std::optional<Time> at, WithPace with_pace = WithPace::yes) const;
  Result<BurnAnswer> burn(std::string_view slo, std::string_view environment,
                          std::optional<Time> at) const;

  /// Every alert rule of the policy in force, as it is now; records nothing.
  std::vector<AlertStatus> alerts() const { return watch_->look(); }
  /// The same as it was last looked at, for pages and metrics.
  std::vector<AlertStatus> last_alerts() const { return watch_->statuses(); }
  /// Alert rules of an SLO over its past. Errors: unknown_slo, unknown_environment, source_failed,
  /// bad_usage for a past that is empty or longer than kPastMax.
  Result<AlertBacktest> alert_backtest(const PastQuestion& question) const;
  Result<AlertTuning> alert_tuning(const PastQuestion& question,
                                   const slo::TuneOptions& options) const;
  /// Sends a test to an AlertNotificationTarget, at once; records nothing. Errors: unknown_name;
  /// stopped without a deliverer; those of Deliverer::deliver.
  Result<void> test_target(std::string_view name);

  const Views& views() const { return writer_->views(); }
  ledger::Ledger& ledger() const { return *ledger_; }
  BlobStore& blobs() const { return blobs_; }
  Time now() const { return clock_.now(); }
  size_t queue_size() const { return writer_->queue_size(); }
  /// Called behind each commit with the new positions [from, to), on the writer's thread.
  void set_listener(std::function<void(int64_t from, int64_t to)> listener);
  /// The timer's work, due about once a second: signs a checkpoint if one is due, re-hashes a few
  /// more records of the ledger (a whole pass takes six hours at the most), and without threads
  /// looks at the alerts and delivers what is due. Errors: log_regression if a record was changed
  /// behind our back.
  Result<void> tick();
  /// Re-derives every verdict of the ledger.
  Result<ReplayReport> replay() const;

 private:
  Engine(const Parts& parts, const CollectorLimits& limits);

  struct GateCall;
  void gate_round(std::shared_ptr<GateCall> call);
  /// Answers `error`, unless the request is a repeat: that gets its first answer, whatever changed.
  void refuse_new(std::shared_ptr<GateCall> call, const Error& error);
  Result<Recorded> submit_and_wait(Command command);
  Result<Past> past_of(const PastQuestion& question) const;
  Result<slo::Resolved> slo_in(std::string_view slo, std::string_view environment) const;

  BlobStore& blobs_;
  Clock& clock_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<AlertWatch> watch_;
  std::unique_ptr<Outbox> outbox_;  // null without a deliverer
  std::function<void(int64_t, int64_t)> listener_;
  bool is_threaded_ = false;  // constant after open
  int64_t scrubbed_ = 0;      // next position to re-hash; the timer only
};

}  // namespace tollgate::engine
