#include "engine/engine.hpp"

#include "engine/decide/decide.hpp"
#include "engine/waiter.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::engine {
namespace {

/// How often a request whose policy changed between collecting and deciding goes round again.
constexpr int kRoundsMax = 3;
constexpr Duration kScrubPass = hours(6);
constexpr int64_t kScrubRowsMin = 64;

/// What tells a repeat of a request from another one under the same key; without a key, nothing.
template <class T>
Digest request_digest(const Caller& caller, std::string_view verb, const T& request) {
  if (caller.idempotency_key.empty()) return {};
  return sha256({verb, reflect::canonical(request)});
}

GateAnswer gate_answer(Recorded recorded) {
  auto& given = std::get<model::VerdictGiven>(recorded.event.data);
  return {.decision = std::move(given.decision),
          .position = recorded.event.position,
          .at = recorded.event.time,
          .verdict = std::move(given.verdict),
          .is_repeat = recorded.is_repeat};
}

}  // namespace

Engine::Engine(const Parts& parts, const CollectorLimits& limits)
    : blobs_(parts.blobs),
      clock_(parts.clock),
      zones_(parts.zones),
      collector_(std::make_unique<Collector>(parts.signals, parts.zones, limits)),
      almanac_(std::make_unique<Almanac>(parts.zones)) {}

Engine::~Engine() {
  // First nobody asks the writer any more, then the writer answers what waits.
  if (watch_) watch_->stop();
  if (outbox_) outbox_->stop();
  collector_->stop();
  if (writer_) writer_->stop();
}

Result<std::unique_ptr<Engine>> Engine::open(Parts parts, const Options& options) {
  std::unique_ptr<Engine> engine(new Engine(parts, options.collector));
  Memory memory;
  TOLLGATE_TRY(engine->ledger_,
               ledger::Ledger::open(
                   parts.store, parts.checkpoints, std::move(parts.signer),
                   [&memory](const StoredLeaf& stored) { return memory.take(stored.leaf); }));
  engine->writer_ =
      std::make_unique<Writer>(*engine->ledger_, parts.clock, std::move(memory), options.writer);
  engine->writer_->set_around_replies(options.around_replies);
  if (parts.deliverer != nullptr) {
    engine->outbox_ = std::make_unique<Outbox>(*engine->ledger_, *engine->writer_, *parts.deliverer,
                                               parts.clock, options.outbox);
  }
  Engine* self = engine.get();
  engine->collector_->set_exclusions([self](std::string_view slo, std::string_view environment,
                                            slo::Span span) {
    return self->almanac_->excluded(*self->policy(), *self->views().calendar_book(),
                                    slo.substr(0, slo.find('/')), environment, span.from, span.to);
  });
  engine->watch_ = std::make_unique<AlertWatch>(
      *engine->collector_, *engine->writer_, parts.clock,
      [self](const Policy& policy, const std::string& slo, const std::string& environment,
             Time now) { return self->maintenance(policy, slo, environment, now); });
  engine->writer_->set_listener([self](int64_t from, int64_t to) {
    if (self->outbox_ && self->views().has_effect_from(from)) self->outbox_->wake();
    if (self->listener_) self->listener_(from, to);
  });
  if (options.is_threaded) {
    engine->collector_->start();
    engine->writer_->start();
    if (engine->outbox_) engine->outbox_->start();
    engine->watch_->start();
  }
  engine->is_threaded_ = options.is_threaded;
  return engine;
}

void Engine::decide_on_this_thread() { writer_->set_host(std::this_thread::get_id()); }
void Engine::decide_waiting() { writer_->decide_waiting(); }

void Engine::set_listener(std::function<void(int64_t, int64_t)> listener) {
  listener_ = std::move(listener);
}

Result<void> Engine::tick() {
  TOLLGATE_CHECK(ledger_->sign_if_due(now()));
  TOLLGATE_CHECK(ledger_->tidy());
  // At one tick a second the whole ledger is re-read within kScrubPass, however long it is.
  const int64_t rows = std::max(kScrubRowsMin, views().size() / (kScrubPass.ms / 1000));
  TOLLGATE_TRY(scrubbed_, ledger_->scrub(scrubbed_, rows));
  // A writer that is busy, or stopping, settles them the next time.
  const Result<void> settled = settle_queues();
  const bool is_busy = !settled && (settled.error().code == codes::queue_full ||
                                    settled.error().code == codes::stopped);
  if (!settled && !is_busy) return fail(settled.error());
  ask_questions();
  if (is_threaded_) return {};
  watch_->tick();
  if (outbox_) outbox_->run_due();
  return {};
}

/// A gate request on its way; shared by the steps because collecting may wait for slow sources.
struct Engine::GateCall {
  model::GateRequest request;
  Caller caller;
  std::function<void(Result<GateAnswer>)> reply;
  std::optional<OpenQuestion> question = {};  // of a sender that wants the answer
  Plan plan;
  int rounds = 0;
};

void Engine::ask_question(const OpenQuestion& open) {
  auto call = std::make_shared<GateCall>();
  call->request = open.question.request;
  call->caller = {.actor = {.subject = "integration/" + open.question.origin.integration,
                            .issuer = std::string(kEngineIssuer)},
                  .idempotency_key = question_key(open.position, open.asked + 1)};
  call->reply = [](const Result<GateAnswer>& answer) {
    if (!answer) log::warn("a sender's question has no answer: {}", answer.error().text());
  };
  call->question = open;
  gate_round(std::move(call));
}

void Engine::gate(const model::GateRequest& request, const Caller& caller,
                  std::function<void(Result<GateAnswer>)> reply) {
  auto call = std::make_shared<GateCall>();
  call->request = request;
  call->caller = caller;
  call->reply = std::move(reply);
  gate_round(std::move(call));
}

void Engine::gate_round(std::shared_ptr<GateCall> call) {
  ++call->rounds;
  Result<Plan> planned = engine::plan(policy(), call->request);
  if (!planned) return refuse_new(std::move(call), planned.error());
  call->plan = std::move(*planned);
  collector_->collect(
      *call->plan.gate, call->request, now(), [this, call](std::vector<model::Reading> readings) {
        Command command{.actor = call->caller.actor,
                        .subject = "service/" + call->request.service,
                        .idempotency_key = call->caller.idempotency_key,
                        .request_digest = request_digest(call->caller, "gate", call->request)};
        command.decide = [call, readings = std::move(readings),
                          calendar = calendar_for(call->plan, call->request, this->now())](
                             const State& state, Time now) -> Result<Decision> {
          if (calendar && calendar->revision != state.calendar_book().revision())
            return fail(codes::append_conflict, "the calendar changed meanwhile");
          if (state.policy() != call->plan.policy)
            return fail(codes::append_conflict, "the policy changed meanwhile");
          model::Verdict verdict = decide_gate(state, call->plan, call->request, readings, now,
                                               calendar ? &*calendar : nullptr);
          std::vector<model::EffectRequested> effects =
              effects_of(call->plan, verdict, state.size());
          add_status_effects(*call->plan.policy, verdict, state.size(), effects);
          if (call->question) {
            const auto answer = answer_effect(*call->question, verdict, state.size());
            if (answer) effects.push_back(*answer);
          }
          return Decision{.data = model::VerdictGiven{.decision = decision_id(now, state.size()),
                                                      .verdict = std::move(verdict)},
                          .effects = std::move(effects)};
        };
        command.reply = [this, call](Result<Recorded> recorded) {
          if (recorded) return call->reply(gate_answer(std::move(*recorded)));
          const bool is_overtaken =
              recorded.error().code == codes::append_conflict && call->rounds < kRoundsMax;
          if (is_overtaken) return gate_round(call);
          call->reply(tl::unexpected<Error>(std::move(recorded).error()));
        };
        writer_->submit(std::move(command));
      });
}

void Engine::refuse_new(std::shared_ptr<GateCall> call, const Error& error) {
  if (call->caller.idempotency_key.empty()) return call->reply(tl::unexpected<Error>(error));
  Command command{.actor = {},
                  .subject = {},
                  .idempotency_key = call->caller.idempotency_key,
                  .request_digest = request_digest(call->caller, "gate", call->request)};
  command.decide = [error](const State&, Time) -> Result<Decision> { return fail(error); };
  command.reply = [call](Result<Recorded> recorded) {
    if (recorded) return call->reply(gate_answer(std::move(*recorded)));
    call->reply(tl::unexpected<Error>(std::move(recorded).error()));
  };
  writer_->submit(std::move(command));
}

Result<GateAnswer> Engine::gate(const model::GateRequest& request, const Caller& caller) {
  auto waiter = std::make_shared<Waiter<GateAnswer>>();
  gate(request, caller, [waiter](Result<GateAnswer> answer) { waiter->give(std::move(answer)); });
  writer_->before_waiting();
  return waiter->wait();
}

Result<Recorded> Engine::submit_and_wait(Command command) {
  auto waiter = std::make_shared<Waiter<Recorded>>();
  command.reply = [waiter](Result<Recorded> recorded) { waiter->give(std::move(recorded)); };
  writer_->submit(std::move(command));
  writer_->before_waiting();
  return waiter->wait();
}

Result<GateAnswer> Engine::gate_as_of(const model::GateRequest& request, Time as_of) const {
  TOLLGATE_TRY(const Plan planned, engine::plan(policy(), request));
  const std::vector<model::Reading> readings =
      collector_->collect_now(*planned.gate, request, as_of);
  const auto calendar = calendar_for(planned, request, as_of);
  auto waiter = std::make_shared<Waiter<GateAnswer>>();
  Command question;
  question.inspect = [&](const State* state) {
    if (state == nullptr) return waiter->give(fail(codes::stopped, "the engine is stopping"));
    waiter->give(GateAnswer{.at = as_of,
                            .verdict = decide_gate(*state, planned, request, readings, as_of,
                                                   calendar ? &*calendar : nullptr)});
  };
  writer_->submit(std::move(question));
  writer_->before_waiting();
  return waiter->wait();
}

Result<GateAnswer> Engine::decision(std::string_view id) const {
  TOLLGATE_TRY(const int64_t position, decision_position(id));
  const auto missing = [id] { return fail(codes::not_found, "there is no decision \"{}\"", id); };
  if (position >= views().size()) return missing();
  TOLLGATE_TRY(const std::string leaf, ledger_->leaf(position));
  TOLLGATE_TRY(model::Event event, model::decode_event(leaf));
  const auto* given = std::get_if<model::VerdictGiven>(&event.data);
  if (given == nullptr || given->decision != id) return missing();
  return gate_answer({.event = std::move(event), .is_repeat = false});
}

Result<EvidenceAnswer> Engine::record_evidence(EvidenceInput input, const Caller& caller) {
  // The raw bytes are durable before the record that names them.
  TOLLGATE_TRY(const Digest blob, blobs_.put(input.bytes));
  auto evidence = std::make_shared<model::EvidenceRecorded>();
  *evidence = {.service = std::move(input.service),
               .version = std::move(input.version),
               .commit = std::move(input.commit),
               .file = std::move(input.file),
               .blob = blob,
               .report = std::move(input.report)};
  Command command{.actor = caller.actor,
                  .subject = "service/" + evidence->service,
                  .idempotency_key = caller.idempotency_key,
                  .request_digest = request_digest(caller, "evidence", *evidence)};
  command.decide = [evidence](const State&, Time) -> Result<Decision> {
    return Decision{.data = *evidence};
  };
  TOLLGATE_TRY(Recorded recorded, submit_and_wait(std::move(command)));
  return EvidenceAnswer{.position = recorded.event.position,
                        .blob = blob,
                        .report = std::get<model::EvidenceRecorded>(recorded.event.data).report,
                        .is_repeat = recorded.is_repeat};
}

Result<int64_t> Engine::record_release(const model::ReleaseEnded& ended, const Caller& caller) {
  Command command{.actor = caller.actor,
                  .subject = "service/" + ended.service,
                  .idempotency_key = caller.idempotency_key,
                  .request_digest = request_digest(caller, "release", ended)};
  command.decide = [ended](const State&, Time) -> Result<Decision> {
    return Decision{.data = ended};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  return recorded.event.position;
}

Result<int64_t> Engine::record_import(const model::SignalsImported& imported,
                                      const Caller& caller) {
  const Digest digest =
      sha256({"import", imported.slo, imported.environment, imported.format, imported.blob.view()});
  // The cells count a file once; so does the record, also when a first attempt ended between both.
  Command command{.actor = caller.actor,
                  .subject = "slo/" + imported.slo,
                  .idempotency_key = caller.idempotency_key.empty()
                                         ? "import:" + digest_text(digest)
                                         : caller.idempotency_key,
                  .request_digest = digest};
  command.decide = [imported](const State&, Time) -> Result<Decision> {
    return Decision{.data = imported};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  return recorded.event.position;
}

namespace {

using ResourceMap = std::map<std::string, doc::Node>;

ResourceMap resources_of(const model::Bundle& bundle) {
  ResourceMap resources;
  for (const doc::Node& resource : bundle.resources())
    resources[model::resource_key(resource)] = resource;
  return resources;
}

model::PolicyApplied difference(const model::Bundle& before, const model::Bundle& after,
                                const std::string& reason) {
  const ResourceMap old_resources = resources_of(before);
  const ResourceMap new_resources = resources_of(after);
  model::PolicyApplied applied{
      .digest = after.digest(), .resources = {}, .removed = {}, .reason = reason};
  for (const auto& [key, resource] : new_resources) {
    const auto old = old_resources.find(key);
    if (old == old_resources.end() || !(old->second == resource))
      applied.resources.push_back(resource);
  }
  for (const auto& [key, resource] : old_resources) {
    if (!new_resources.contains(key)) applied.removed.push_back(key);
  }
  return applied;
}

}  // namespace

Result<PlanAnswer> Engine::plan(const model::Bundle& candidate) const {
  const std::shared_ptr<const Policy> in_force = policy();
  PlanAnswer answer{.before = in_force->digest(),
                    .after = candidate.digest(),
                    .changes = model::diff(in_force->bundle(), candidate),
                    .backtest = {}};
  Backtest backtest(
      std::make_shared<const Policy>(candidate),
      [this](const gate::Need& need, std::string_view environment, Time at) {
        return collector_->read_one(need, environment, at);
      },
      [this](const Policy& policy, const schedule::Book& book, const model::GateRequest& request,
             Time at) {
        const schedule::Place place{.service = policy.bundle().find_service(request.service),
                                    .environment = request.environment,
                                    .change_class = request.change_class};
        return almanac_->read(policy, book, place, at);
      });
  TOLLGATE_CHECK(ledger_->read(0, views().size(), [&backtest](const StoredLeaf& stored) {
    return backtest.take(stored.leaf);
  }));
  answer.backtest = backtest.report();
  return answer;
}

Result<ApplyAnswer> Engine::apply(const model::Bundle& candidate, const std::string& reason,
                                  const std::optional<Digest>& expected, const Caller& caller) {
  const auto in_force = policy();
  if (!expected && caller.idempotency_key.empty() && in_force->digest() == candidate.digest()) {
    return ApplyAnswer{.digest = candidate.digest()};
  }
  Command command{.actor = caller.actor,
                  .subject = "policy",
                  .idempotency_key = caller.idempotency_key,
                  .request_digest = sha256({"apply", candidate.digest().view(), reason})};
  command.decide = [&candidate, &reason, &expected](const State& state, Time) -> Result<Decision> {
    const model::Bundle& current = state.policy()->bundle();
    if (expected && *expected != current.digest()) {
      return fail(codes::precondition_failed, "the policy in force is {}, not {}",
                  digest_text(current.digest()), digest_text(*expected));
    }
    return Decision{.data = difference(current, candidate, reason)};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  const auto& applied = std::get<model::PolicyApplied>(recorded.event.data);
  return ApplyAnswer{.digest = applied.digest,
                     .position = recorded.event.position,
                     .changed = static_cast<int64_t>(applied.resources.size()),
                     .removed = static_cast<int64_t>(applied.removed.size())};
}

Result<ReplayReport> Engine::replay() const {
  Replay replay;
  TOLLGATE_CHECK(ledger_->read(
      0, views().size(), [&replay](const StoredLeaf& stored) { return replay.take(stored.leaf); }));
  return replay.report();
}

Result<slo::Resolved> Engine::slo_in(std::string_view slo, std::string_view environment) const {
  const std::shared_ptr<const Policy> in_force = policy();
  const model::Bundle& bundle = in_force->bundle();
  TOLLGATE_TRY(const model::Slo* found, bundle.find_slo(slo));
  const model::Environment* place = nullptr;
  if (!environment.empty()) {
    TOLLGATE_TRY(place, bundle.environment(environment));
  }
  return slo::resolve(bundle, *found, place);
}

Result<BudgetAnswer> Engine::budget(std::string_view slo, std::string_view environment,
                                    std::optional<Time> at, WithPace with_pace,
                                    const Part& part) const {
  TOLLGATE_TRY(const slo::Resolved found, slo_in(slo, environment));
  const Time moment = at.value_or(now());
  BudgetAnswer answer{.reading = collector_->read_one(gate::reading_need(found, Duration{0}),
                                                      environment, moment, part),
                      .objective = found.objective};
  if (!answer.reading.error.empty()) return fail(codes::source_failed, "{}", answer.reading.error);
  answer.budget = slo::budget(found.objective, answer.reading);
  TOLLGATE_TRY(answer.period, collector_->period_at(found.objective.window, moment));
  if (with_pace == WithPace::no) return answer;
  answer.pace_window = slo::pace_window(found.objective);
  const model::Reading recent = collector_->read_one(gate::reading_need(found, answer.pace_window),
                                                     environment, moment, part);
  const slo::Budget spent = slo::spending(found.objective, recent);
  if (recent.error.empty() && spent.total > 0)
    answer.pace = slo::burn_rate(found.objective, {.good = spent.good, .bad = spent.bad});
  return answer;
}

Result<BurnAnswer> Engine::burn(std::string_view slo, std::string_view environment,
                                std::optional<Time> at, const Part& part) const {
  TOLLGATE_TRY(const slo::Resolved found, slo_in(slo, environment));
  BurnAnswer answer{.objective = found.objective,
                    .findings = {},
                    .at = at.value_or(now()),
                    .watermark = {},
                    .error = {}};
  const auto counts = [&](Duration window) {
    const model::Reading reading =
        collector_->read_one(gate::reading_need(found, window), environment, answer.at, part);
    answer.watermark = std::max(answer.watermark, reading.watermark);
    if (!reading.error.empty()) answer.error = reading.error;
    return slo::Counts{.good = reading.good, .bad = reading.bad};
  };
  for (const slo::BurnPair& pair : slo::burn_pairs(slo::nominal_length(found.objective.window))) {
    const slo::Counts short_counts = counts(pair.short_window);
    const slo::Counts long_counts = counts(pair.long_window);
    answer.findings.push_back(
        slo::judge_burn(found.objective, pair, short_counts, long_counts, {}));
  }
  if (!answer.findings.empty()) answer.state = slo::worst_burn(answer.findings).state;
  return answer;
}

}  // namespace tollgate::engine
