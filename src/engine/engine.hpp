// The engine: everything the program can be asked, behind one object. The straight line of a gate
// request is Engine::gate in gates.cpp: plan, collect, decide, append, evolve, answer. Safe from
// any thread. Nothing here knows HTTP, files or a database; the ports bring them.
#pragma once

#include "domain/schedule/timeline.hpp"
#include "domain/slo/budget.hpp"
#include "domain/slo/burn.hpp"
#include "engine/alerts/alert_past.hpp"
#include "engine/alerts/alert_status.hpp"
#include "engine/ledger/ledger.hpp"
#include "engine/limits.hpp"
#include "engine/outbox/target_health.hpp"
#include "engine/ports/blob_store.hpp"
#include "engine/ports/checkpoint_store.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/confirmer.hpp"
#include "engine/ports/deliverer.hpp"
#include "engine/ports/import_watch.hpp"
#include "engine/ports/ledger_store.hpp"
#include "engine/ports/signal_source.hpp"
#include "engine/ports/zone_table.hpp"
#include "engine/replay/report.hpp"
#include "engine/writer/views.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tollgate::engine {

// Its parts. Who asks the engine needs none of them; they are costly to read.
class AlertWatch;
class Almanac;
class Collector;
struct MaintenanceFacts;
class Confirmations;
class Outbox;
class Writer;
struct Command;
struct Plan;
struct Recorded;

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
  Confirmer* confirmer = nullptr;  // null: facts that wait go on waiting
};

struct Options {
  WriterLimits writer = {};
  CollectorLimits collector = {};
  OutboxLimits outbox = {};
  ConfirmLimits confirm = {};
  /// Wraps the giving of a batch's replies; see Writer::set_around_replies.
  std::function<void(const std::function<void()>& give)> around_replies = {};
  bool is_threaded =
      true;  // false: everything happens on the caller's thread, for one command or a simulation
  AlertPace alerts = {};
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

/// What became of the facts of one delivery.
struct ObserveAnswer {
  int64_t position = -1;  // of the first record; below 0: nothing was news
  int64_t recorded = 0;
  int64_t known = 0;       // said nothing new
  bool is_repeat = false;  // the delivery had been taken before
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
  // If maintenance was taken out: the same with it. Unset otherwise.
  std::optional<slo::Budget> raw = {};
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

/// About a release, or only an environment.
struct CalendarQuestion {
  std::string service = {};      // empty: any
  std::string environment = {};  // empty: any
  model::ChangeClass change_class = model::ChangeClass::normal;
  std::optional<Time> at = {};  // nothing: now
};

/// A ticket, where it stands and why.
struct TicketAnswer {
  std::string id = {};
  queue::Standing::State state = queue::Standing::State::absent;
  std::optional<queue::Ticket> ticket = {};  // nothing: absent
  std::optional<queue::Lease> lease = {};
  int64_t place = 0;                       // waiting: 1 is next
  std::vector<queue::Lease> holders = {};  // of its queue
  std::vector<std::string> deadlock = {};  // tickets that wait for each other for ever
  std::string ring = {};                   // the same in words
  model::QueueEmergency emergency = model::QueueEmergency::first;  // of its queue
  bool is_repeat = false;
};

/// A recorded calendar entry: where it stands and what it is called from now on.
struct EntryAnswer {
  int64_t position = -1;
  std::string id = {};
};

/// What was read for a decision, and what the same question says now: late data, or maintenance
/// that was approved later, changed it.
struct ReadingChange {
  model::Reading then = {};
  model::Reading now = {};
};

/// A recorded decision whose readings were revised, or would be if `changes` were not empty.
struct RevisedDecision {
  std::string decision = {};
  int64_t position = -1;
  Time at = {};
  model::GateRequest request = {};
  model::Outcome outcome = model::Outcome::inconclusive;
  std::vector<ReadingChange> changes = {};
  std::string error = {};  // why some of it could not be asked again; empty if all could
};

/// One decision, judged again with the figures of now under the policy and evidence of then.
struct RevisionAnswer {
  RevisedDecision decision = {};
  model::Outcome again = model::Outcome::inconclusive;
  std::vector<model::CheckRecord> checks = {};  // that would answer otherwise
};
/// Decisions that are looked through for one SLO, the newest.
inline constexpr size_t kRevisedDecisionsMax = 200;

/// Pairs of sources that are compared in one answer.
inline constexpr size_t kAgreementsMax = 200;
/// Whether two sources of one SLI say the same, by an agreement check of some gate.
struct Agreement {
  std::string slo = {};
  std::string other_slo = {};  // that counts the other SLI here; else the same
  std::string environment = {};
  std::string source = {};  // the SLO's own
  std::string other = {};
  model::CheckState state = model::CheckState::unknown;
  std::string words = {};
};

/// A quarantine that was recorded, or ended.
struct QuarantineAnswer {
  int64_t position = -1;  // of the record
  Quarantine quarantine = {};
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
  /// Records facts that were seen outside, all in one commit; those that are no news are left
  /// out. `body` (unless empty) is kept as a blob under the digest in their origins, durable
  /// first. The reply comes once, from another thread when is_threaded. Questions among them are
  /// asked next.
  void observe(std::vector<model::Observation> observations, std::string_view body,
               const Caller& caller, std::function<void(Result<ObserveAnswer>)> reply);
  Result<ObserveAnswer> observe(std::vector<model::Observation> observations, std::string_view body,
                                const Caller& caller);
  /// Asks the gates of the questions that are due; their verdicts go back to who asked.
  void ask_questions();
  /// Asks the senders' APIs about facts that wait, as far as it is time; without threads before it
  /// returns.
  void confirm_due();
  /// How each target that effects were meant for fares, sorted by name.
  std::vector<TargetHealth> target_health() const;
  /// Asks again for an effect that was given up. Errors: not_found, bad_value if it was not.
  Result<int64_t> redeliver(int64_t effect, const Caller& caller);

  /// Records that an audit was made; `findings` are kept as a blob under `audit.digest`.
  Result<int64_t> record_audit(const model::AuditRecorded& audit, std::string_view findings,
                               const Caller& caller);

  Result<int64_t> record_release(const model::ReleaseEnded& ended, const Caller& caller);
  /// Position of the record; of the first one if the same file was recorded for the SLO before.
  Result<int64_t> record_import(const model::SignalsImported& imported, const Caller& caller);

  /// What applying `candidate` would change, and which recorded verdicts would flip.
  Result<PlanAnswer> plan(const model::Bundle& candidate) const;
  /// Puts `candidate` in force. `expected` (if given) must be the digest in force:
  /// precondition_failed otherwise.
  Result<ApplyAnswer> apply(const model::Bundle& candidate, const std::string& reason,
                            const std::optional<Digest>& expected, const Caller& caller);
  std::shared_ptr<const Policy> policy() const;

  /// Error budget of "SERVICE/SLO" in an environment (empty: none in particular) at `at`. Errors:
  /// unknown_slo, no_data.
  Result<BudgetAnswer> budget(std::string_view slo, std::string_view environment,
                              std::optional<Time> at, WithPace with_pace = WithPace::yes,
                              const Part& part = {}) const;
  Result<BurnAnswer> burn(std::string_view slo, std::string_view environment,
                          std::optional<Time> at, const Part& part = {}) const;

  /// Whether the calendars let such a release go, every reason, and when that changes. Errors:
  /// unknown_service, unknown_environment, or a calendar that cannot be read.
  Result<model::CalendarReading> calendar(const CalendarQuestion& question) const;
  /// Where maintenance for the service of `slo` that is or may be excluded from its budgets begins
  /// and ends within the span.
  std::vector<Time> maintenance_edges(std::string_view slo, const slo::Span& span) const;
  /// Imports of the calendars that speak about such a release and are stale or fail now, at most
  /// kImportDoubtsMax; empty as long as nobody watches them. Errors: as calendar().
  Result<std::vector<model::ImportDoubt>> import_doubts(const CalendarQuestion& question) const;
  /// From now on `watch` is asked how imports fare; null: nobody. It outlives that.
  void watch_imports(ImportWatch* watch) { import_watch_ = watch; }
  /// The zone of an IANA name. Errors: unknown_name.
  Result<calendar::Zone> zone(const std::string& name) const { return zones_.zone(name); }
  /// Time zones of calendars and services that are not known here.
  Problems check_zones(const model::Bundle& bundle) const;
  /// What speaks about such a release from the day of the question on, for kCalendarHorizon at
  /// least. Errors: as above.
  Result<std::shared_ptr<const schedule::Timeline>> calendar_timeline(
      const CalendarQuestion& question) const;
  /// Every entry with its occurrences in [from, to), of one calendar if named. Errors: as above.
  Result<schedule::Timeline> calendar_preview(std::string_view calendar, Time from, Time to) const;
  /// A calendar in the form that `write` gives it. Errors: not_found; those of `write`.
  using FeedWriter = Result<std::string> (*)(std::string_view name,
                                             const std::vector<schedule::ScheduledEntry>& entries,
                                             const schedule::FindZone& find_zone, Time now);
  Result<std::string> calendar_feed(const std::string& calendar, FeedWriter write) const;
  /// Records an entry beside those of the policy. Errors: an entry that cannot be read; forbidden
  /// for an opening by somebody in none of the calendar's override roles.
  Result<EntryAnswer> add_calendar_entry(const model::CalendarEntryAdded& added,
                                         const Caller& caller);
  /// One more person agrees to a recorded exclusion, in a role that its calendar demands. Errors:
  /// not_found; forbidden for somebody who is not in that role, or agreed to it before; bad_value
  /// where nothing is to be agreed to.
  Result<EntryAnswer> approve_calendar_entry(const model::CalendarEntryApproved& approved,
                                             const Caller& caller);
  /// Ends a recorded entry. Errors: not_found.
  Result<EntryAnswer> cancel_calendar_entry(const std::string& id, const std::string& reason,
                                            const Caller& caller);
  /// Records the entries of a file instead of those of an earlier import of the same source.
  /// Nothing is recorded if that import brought the same. Errors: an entry that cannot be read.
  Result<EntryAnswer> import_calendar(const model::CalendarImported& imported,
                                      const Caller& caller);

  /// A ticket for a release in a queue; the one it has if it joined before. Errors: not_found,
  /// unknown_service, unknown_environment, queue_full.
  Result<TicketAnswer> join_queue(const model::QueueJoined& joined, const Caller& caller);
  /// Another priority, or ready. Errors: not_found if it does not wait.
  Result<TicketAnswer> move_ticket(const model::QueueMoved& moved, const Caller& caller);
  /// Ends a ticket and its lease; gives the record's position. With a token above 0 only if it is
  /// the lease's. Errors: not_found, stale_token.
  Result<int64_t> leave_queue(const model::QueueLeft& left, int64_t token, const Caller& caller);
  /// Keeps a lease alive. Errors: stale_token.
  Result<TicketAnswer> heartbeat(const std::string& queue, int64_t token, const Caller& caller);
  /// Errors: stale_token if the token holds no lease of the queue.
  Result<void> check_token(const std::string& queue, int64_t token) const;
  /// Where a ticket stands; absent if there is none.
  TicketAnswer ticket(const std::string& id) const;
  /// Records what is due: leases that ran out, and who is next.
  Result<void> settle_queues();
  /// From now on, until its time or its release, readings of a source prove nothing: gates do not
  /// know, alerts neither go on nor off. Whether there is such a source the caller knows. Errors:
  /// missing_field without a reason, bad_time for an end that is past.
  Result<QuarantineAnswer> quarantine_source(const model::SourceQuarantined& quarantined,
                                             const Caller& caller);
  /// Errors: not_found if the source is in no quarantine.
  Result<QuarantineAnswer> release_source(const model::SourceReleased& released,
                                          const Caller& caller);
  /// Pairs of sources that the gates of the policy in force compare, compared now. Asks the
  /// sources.
  std::vector<Agreement> agreements() const;
  /// What was revised since a decision, and whether it would be another one. Errors: not_found.
  Result<RevisionAnswer> revisions(std::string_view decision) const;
  /// The newest decisions that read an SLO and would read something else now. Errors: unknown_slo,
  /// those of the ledger.
  Result<std::vector<RevisedDecision>> revised_decisions(std::string_view slo) const;
  /// Every alert rule of the policy in force, as it is now; records nothing.
  std::vector<AlertStatus> alerts() const;
  /// The same as it was last looked at, for pages and metrics; of more than `limit` the most
  /// urgent.
  std::vector<AlertStatus> last_alerts(size_t limit = SIZE_MAX) const;
  AlertRounds alert_rounds() const;
  /// Alert rules of an SLO over its past. Errors: unknown_slo, unknown_environment, source_failed,
  /// bad_usage for a past that is empty or longer than kPastMax.
  /// Burn rates of an SLO over each of `windows`, which end now, in order; unset where a window has
  /// no events, or nobody answers. A window costs the same whatever its length where the events are
  /// counted here; others are asked.
  std::vector<std::optional<slo::BurnRate>> burn_rates(std::string_view slo,
                                                       std::string_view environment,
                                                       std::span<const Duration> windows) const;
  Result<AlertBacktest> alert_backtest(const PastQuestion& question) const;
  Result<AlertTuning> alert_tuning(const PastQuestion& question,
                                   const slo::TuneOptions& options) const;
  /// Sends a test to an AlertNotificationTarget, at once; records nothing. Errors: unknown_name;
  /// stopped without a deliverer; those of Deliverer::deliver.
  Result<void> test_target(std::string_view name);

  const Views& views() const;
  ledger::Ledger& ledger() const { return *ledger_; }
  BlobStore& blobs() const { return blobs_; }
  Time now() const { return clock_.now(); }
  size_t queue_size() const;
  /// From now on, gate requests that this thread hands in are decided, made durable and answered on
  /// it, too: when it calls decide_waiting(), which it does soon after. Spares two changes of
  /// thread for each batch. When the store is slow, the writer's thread takes over.
  void decide_on_this_thread();
  void decide_waiting();
  /// Called behind each commit with the new positions [from, to), on the writer's thread.
  void set_listener(std::function<void(int64_t from, int64_t to)> listener);
  /// The timer's work, due about once a second: signs a checkpoint if one is due, lets the store
  /// use a quiet moment, re-hashes a few more records of the ledger (a whole pass takes six hours
  /// at the most), and without threads looks at the alerts and delivers what is due. Errors:
  /// log_regression if a record was changed behind our back.
  Result<void> tick();
  /// Re-derives every verdict of the ledger.
  Result<ReplayReport> replay() const;

 private:
  Engine(const Parts& parts, const CollectorLimits& limits);

  static TicketAnswer ticket_in(const queue::Board& board, const model::Bundle& bundle,
                                const std::string& id);
  struct GateCall;
  void ask_question(const OpenQuestion& open);
  void gate_round(std::shared_ptr<GateCall> call);
  /// Answers `error`, unless the request is a repeat: that gets its first answer, whatever
  /// changed.
  void refuse_new(std::shared_ptr<GateCall> call, const Error& error);
  Result<Recorded> submit_and_wait(Command command);
  /// What the calendars say to a request, if the gate asks them.
  std::optional<model::CalendarReading> calendar_for(const Plan& plan,
                                                     const model::GateRequest& request,
                                                     Time at) const;
  Result<Past> past_of(const PastQuestion& question) const;
  MaintenanceFacts maintenance_facts();
  /// Maintenance within `span` that is excluded from the budgets of an SLO in an environment:
  /// sorted, apart from each other. Errors: an entry of a calendar that cannot be read.
  Result<std::vector<slo::Span>> maintenance(const Policy& policy, std::string_view slo,
                                             const std::string& environment,
                                             const slo::Span& span) const;
  Agreement compare(gate::CompiledCheck check, const std::string& environment) const;
  RevisedDecision revise(const model::Event& event, const model::VerdictGiven& given,
                         std::span<const gate::Need> needs,
                         std::vector<model::Reading>& revised_readings) const;
  Result<slo::Resolved> slo_in(std::string_view slo, std::string_view environment) const;

  std::vector<model::ImportDoubt> doubts_for(const Policy& policy,
                                             const schedule::Place& place) const;

  BlobStore& blobs_;
  Clock& clock_;
  ZoneTable& zones_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<Almanac> almanac_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<AlertWatch> watch_;
  std::unique_ptr<Outbox> outbox_;                // null without a deliverer
  std::unique_ptr<Confirmations> confirmations_;  // null without a confirmer
  std::function<void(int64_t, int64_t)> listener_;
  std::atomic<ImportWatch*> import_watch_ = nullptr;
  bool is_threaded_ = false;  // constant after open
  int64_t scrubbed_ = 0;      // next position to re-hash; the timer only
  std::mutex questions_mutex_;
  std::map<int64_t, Time> not_before_;  // questions being asked; guarded by questions_mutex_
};

}  // namespace tollgate::engine
