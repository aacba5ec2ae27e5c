// The engine's part of gates: a request goes through planning and collecting to the writer, and
// round again if the policy changed meanwhile.
#include "engine/collector/collector.hpp"
#include "engine/decide/decide.hpp"
#include "engine/engine.hpp"
#include "engine/request_digest.hpp"
#include "engine/waiter.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"

namespace tollgate::engine {
namespace {

/// How often a request whose policy changed between collecting and deciding goes round again.
constexpr int kRoundsMax = 3;

GateAnswer gate_answer(Recorded recorded) {
  auto& given = std::get<model::VerdictGiven>(recorded.event.data);
  return {.decision = std::move(given.decision),
          .position = recorded.event.position,
          .at = recorded.event.time,
          .verdict = std::move(given.verdict),
          .is_repeat = recorded.is_repeat};
}

}  // namespace

/// A gate request on its way; shared by the steps because collecting may wait for slow sources.
struct Engine::GateCall {
  model::GateRequest request;
  Caller caller;
  std::function<void(Result<GateAnswer>)> reply;
  std::optional<OpenQuestion> question = {};  // of a sender that wants the answer
  Plan plan;
  int64_t quarantines = 0;  // revision that the readings were collected under
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
  call->quarantines = views().quarantines()->revision();
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
          if (!readings.empty() && state.quarantines().revision() != call->quarantines)
            return fail(codes::append_conflict, "the quarantine of sources changed meanwhile");
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

}  // namespace tollgate::engine
