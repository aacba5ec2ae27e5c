#include "sim/world.hpp"

#include "edge/store/memory_store.hpp"
#include "edge/store/sqlite_ledger.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"
#include "sim/policies.hpp"

#include <algorithm>
#include <set>

namespace tollgate::sim {
namespace {

constexpr Time kStart{1'772'445'600'000};  // 2026-03-02T10:00Z
constexpr size_t kFailingPercent = 35;
constexpr int64_t kWalBytes = 100'000;  // small, so that checkpoints of the log happen often

/// Something that a caller asks for, remembered so that it can be asked again.
struct Ask {
  enum class Verb { gate, evidence, release, import, policy } verb = Verb::gate;
  uint64_t draw = 0;  // everything in the request follows from it
  std::string key = {};
  std::optional<Promise> answer = {};  // none: nobody knows what became of it
};

class World {
 public:
  explicit World(const Life& life)
      : life_(life),
        chance_(life.seed),
        clock_(kStart),
        disk_(life.seed),
        deliverer_(chance_, kFailingPercent),
        blobs_(store::make_memory_blobs()),
        checkpoints_(store::make_memory_checkpoint()) {}
  ~World() { stop(); }

  Result<Tally> run() {
    TOLLGATE_TRY(const ledger::NoteSigner signer, ledger::NoteSigner::generate("sim"));
    secret_ = signer.secret_text();
    TOLLGATE_CHECK(start());
    for (int64_t i = 0; i < life_.steps; ++i) TOLLGATE_CHECK(step());
    TOLLGATE_CHECK(restart());
    tally_.events = engine_->ledger().head().size;
    return tally_;
  }

 private:
  void stop() {
    engine_.reset();
    store_.reset();
  }

  Result<void> start() {
    TOLLGATE_TRY(store_, store::open_sqlite_ledger(
                             "ledger.db", {.vfs = disk_.name(), .wal_bytes_max = kWalBytes}));
    TOLLGATE_TRY(ledger::NoteSigner signer, ledger::NoteSigner::parse(secret_));
    TOLLGATE_TRY(engine_, engine::Engine::open({.store = *store_,
                                                .checkpoints = *checkpoints_,
                                                .signer = std::move(signer),
                                                .blobs = *blobs_,
                                                .signals = signals_,
                                                .zones = zones_,
                                                .clock = clock_,
                                                .deliverer = &deliverer_},
                                               {.is_threaded = false}));
    return {};
  }

  /// Power off and on again, perhaps also in the middle of the recovery; then the audit.
  Result<void> restart() {
    ++tally_.restarts;
    stop();
    if (disk_.has_failed()) ++tally_.faults;
    disk_.restart();
    if (chance_.percent(20)) {
      disk_.plan(Fault::power_loss, static_cast<int64_t>(chance_.pick(12)));
      (void)start();
      stop();
      disk_.restart();
    }
    TOLLGATE_CHECK(start());
    return auditor_.audit(*engine_);
  }

  Result<void> step() {
    move_time();
    if (chance_.percent(10)) signals_.set_mood(static_cast<SignalMood>(chance_.pick(kSignalMoods)));
    if (chance_.percent(4)) plan_fault();
    if (chance_.percent(2)) return restart();
    if (chance_.percent(25)) return tick();
    if (chance_.percent(20)) return take_turn();
    if (!asks_.empty() && chance_.percent(20)) return ask_again();
    Ask ask{.verb = pick_verb(), .draw = chance_.next()};
    if (chance_.percent(70)) ask.key = fmt::format("key-{}", asks_.size());
    asks_.push_back(std::move(ask));
    return perform(asks_.back());
  }

  void move_time() {
    if (chance_.percent(3)) {
      clock_.advance(minutes(static_cast<int64_t>(chance_.pick(600)) - 300));
    } else {
      clock_.advance(milliseconds(static_cast<int64_t>(chance_.pick(40'000))));
    }
  }

  void plan_fault() {
    constexpr std::array faults = {Fault::power_loss, Fault::sync_error, Fault::disk_full,
                                   Fault::short_write};
    disk_.plan(faults[chance_.pick(faults.size())], static_cast<int64_t>(chance_.pick(40)));
  }

  Ask::Verb pick_verb() {
    const size_t draw = chance_.pick(100);
    if (policies_applied_ == 0 || draw < 4) return Ask::Verb::policy;
    if (draw < 35) return Ask::Verb::evidence;
    if (draw < 45) return Ask::Verb::release;
    if (draw < 50) return Ask::Verb::import;
    return Ask::Verb::gate;
  }

  Result<void> tick() {
    const Result<void> done = engine_->tick();
    note_deliveries();
    if (done) return {};
    return is_fatal(done.error()) ? restart() : done;
  }

  /// Somebody joins the queue, says that it is alive, or leaves; also with tokens of long ago.
  Result<void> take_turn() {
    const engine::Caller caller{.actor = {.subject = "ci", .issuer = "sim"}, .idempotency_key = {}};
    const Turn turn = turns_.empty() ? Turn{} : turns_[chance_.pick(turns_.size())];
    const size_t draw = chance_.pick(10);
    if (turns_.empty() || draw < 4) return note_turn(join(caller));
    if (draw < 8) {
      const auto answer = engine_->heartbeat(turn.queue, turn.token, caller);
      if (answer && left_.contains(turn.token))
        return fail(codes::internal, "token {} was accepted after its release left", turn.token);
      return note_turn(answer);
    }
    const auto left = engine_->leave_queue({.ticket = turn.ticket}, turn.token, caller);
    if (left) left_.insert(turn.token);
    return left ? Result<void>{} : forgive(left.error());
  }

  Result<engine::TicketAnswer> join(const engine::Caller& caller) {
    ++tally_.turns;
    const bool is_fair = chance_.percent(50);
    return engine_->join_queue({.queue = std::string(is_fair ? kFairQueueName : kQueueName),
                                .service = std::string(kServices.front()),
                                .environment = std::string(kEnvironments.front()),
                                .version = fmt::format("9.{}", chance_.pick(40)),
                                .change_class = chance_.percent(15) ? model::ChangeClass::emergency
                                                                    : model::ChangeClass::normal,
                                .is_ready = is_fair || chance_.percent(90)},
                               caller);
  }

  Result<void> note_turn(const Result<engine::TicketAnswer>& answer) {
    if (!answer) return forgive(answer.error());
    if (answer->lease) {
      auditor_.promise_lease(answer->lease->token);
      turns_.push_back({.queue = answer->lease->ticket.request.queue,
                        .ticket = answer->id,
                        .token = answer->lease->token});
    }
    return {};
  }

  /// What a caller of a queue must live with.
  Result<void> forgive(const Error& error) {
    if (is_fatal(error)) return restart();
    const bool is_expected = error.code == codes::not_found || error.code == codes::stale_token ||
                             error.code == codes::append_conflict ||
                             error.code == codes::unknown_service;
    return is_expected ? Result<void>{} : fail(error);
  }

  /// A caller who has no answer, or forgot it, asks once more: with the same body, or wrongly with
  /// another one.
  Result<void> ask_again() {
    Ask& ask = asks_[asks_.size() - 1 - chance_.pick(std::min<size_t>(asks_.size(), 60))];
    if (ask.key.empty()) return {};
    if (chance_.percent(75)) return perform(ask);
    Ask other{.verb = ask.verb, .draw = ask.draw + 1, .key = ask.key};
    if (!ask.answer) return {};  // whether the key is taken is unknown
    const Result<Promise> answer = call(other);
    if (answer) return fail(codes::internal, "key {} served two requests", ask.key);
    if (is_fatal(answer.error())) return restart();
    ++tally_.conflicts;
    if (answer.error().code == codes::idempotency_conflict) return {};
    return fail(answer.error());
  }

  Result<void> perform(Ask& ask) {
    ++tally_.commands;
    const Result<Promise> answer = call(ask);
    note_deliveries();
    if (!answer) {
      if (is_fatal(answer.error())) return restart();
      const bool is_expected = answer.error().code == codes::unknown_service && !ask.answer;
      return is_expected ? Result<void>{} : fail(answer.error());
    }
    if (!ask.answer) {
      ask.answer = *answer;
      if (answer->position >= 0) auditor_.promise(*answer);
      return {};
    }
    ++tally_.repeats;
    if (answer->position == ask.answer->position && answer->decision == ask.answer->decision &&
        answer->verdict == ask.answer->verdict)
      return {};
    return fail(codes::internal, "key {} was answered at {} and at {}", ask.key,
                ask.answer->position, answer->position);
  }

  /// After these nothing is known until a restart.
  static bool is_fatal(const Error& error) {
    return error.code == codes::store_failed || error.code == codes::disk_full;
  }

  void note_deliveries() {
    for (const int64_t effect : deliverer_.take_delivered()) auditor_.delivered(effect);
  }

  Result<Promise> call(const Ask& ask);
  Result<Promise> call_gate(const Ask& ask, const engine::Caller& caller);

  const Life life_;
  Chance chance_;
  Clock clock_;
  FaultVfs disk_;
  Signals signals_;
  Zones zones_;
  Deliverer deliverer_;
  std::unique_ptr<engine::BlobStore> blobs_;
  std::unique_ptr<engine::CheckpointStore> checkpoints_;
  std::string secret_;
  std::unique_ptr<engine::LedgerStore> store_;
  std::unique_ptr<engine::Engine> engine_;
  Auditor auditor_;
  std::vector<Ask> asks_;
  struct Turn {
    std::string queue = {};
    std::string ticket = {};
    int64_t token = 0;
  };
  std::vector<Turn> turns_;  // leases that callers were told of
  std::set<int64_t> left_;   // tokens whose release left
  Tally tally_;
  int64_t policies_applied_ = 0;
};

std::string service_of(uint64_t draw) {
  return std::string(kServices[mixed(draw) % kServices.size()]);
}
std::string environment_of(uint64_t draw) {
  return std::string(kEnvironments[mixed(draw + 1) % kEnvironments.size()]);
}
/// Few versions, so that gates, evidence and releases meet.
std::string version_of(uint64_t draw) { return fmt::format("1.{}", mixed(draw + 2) % 12); }

Result<Promise> World::call_gate(const Ask& ask, const engine::Caller& caller) {
  const model::GateRequest request{
      .service = service_of(ask.draw),
      .environment = environment_of(ask.draw),
      .version = version_of(ask.draw),
      .change_class = static_cast<model::ChangeClass>(mixed(ask.draw + 3) % 3)};
  TOLLGATE_TRY(const engine::GateAnswer answer, engine_->gate(request, caller));
  ++tally_.verdicts;
  tally_.allowed += answer.verdict.outcome == model::Outcome::allow;
  return Promise{.key = ask.key,
                 .position = answer.position,
                 .decision = answer.decision,
                 .verdict = reflect::canonical(answer.verdict)};
}

Result<Promise> World::call(const Ask& ask) {
  const engine::Caller caller{.actor = {.subject = "ci", .issuer = "sim"},
                              .idempotency_key = ask.key};
  const auto promise = [&ask](int64_t position) {
    return Promise{.key = ask.key, .position = position};
  };
  switch (ask.verb) {
    case Ask::Verb::gate:
      return call_gate(ask, caller);
    case Ask::Verb::evidence: {
      const auto kind = static_cast<model::ReportKind>(mixed(ask.draw + 4) % 4);
      engine::EvidenceInput input{.service = service_of(ask.draw),
                                  .version = version_of(ask.draw),
                                  .commit = "",
                                  .file = "report",
                                  .bytes = fmt::format("report {}", ask.draw),
                                  .report = make_report(kind, ask.draw)};
      TOLLGATE_TRY(const auto answer, engine_->record_evidence(std::move(input), caller));
      return promise(answer.position);
    }
    case Ask::Verb::release: {
      const model::ReleaseEnded ended{
          .service = service_of(ask.draw),
          .environment = environment_of(ask.draw),
          .version = version_of(ask.draw),
          .result = static_cast<model::ReleaseResult>(mixed(ask.draw + 5) % 3)};
      TOLLGATE_TRY(const int64_t position, engine_->record_release(ended, caller));
      return promise(position);
    }
    case Ask::Verb::import: {
      const model::SignalsImported imported{.slo = service_of(ask.draw) + "/availability",
                                            .environment = environment_of(ask.draw),
                                            .format = "csv",
                                            .blob = sha256(fmt::format("file {}", ask.draw)),
                                            .lines = 10,
                                            .accepted = 10,
                                            .good = 10};
      TOLLGATE_TRY(const int64_t position, engine_->record_import(imported, caller));
      return promise(position);
    }
    case Ask::Verb::policy: {
      const model::Bundle& bundle = policies()[ask.draw % kPolicyCount];
      TOLLGATE_TRY(const auto answer, engine_->apply(bundle, "sim", {}, caller));
      ++policies_applied_;
      // Without a key, nothing is recorded for a policy that is in force already.
      return promise(answer.position);
    }
  }
  return fail(codes::internal, "no such verb");
}

}  // namespace

Result<Tally> live(const Life& life) { return World(life).run(); }

}  // namespace tollgate::sim
