// What was seen outside, on its way into the ledger, and the questions among it on their way to a
// gate. Part of the Engine.
#include "engine/decide/decide.hpp"
#include "engine/engine.hpp"
#include "engine/waiter.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::engine {
namespace {

/// What an observation is about, as the subject of its event.
std::string subject_of(const model::Observation& observation) {
  const auto service = [](const auto& value) -> const std::string& {
    if constexpr (requires { value.request; }) {
      return value.request.service;
    } else {
      return value.service;
    }
  };
  const std::string& name = std::visit(service, observation);
  return name.empty() ? "deliveries" : "service/" + name;
}

model::EventData event_data(model::Observation observation) {
  return std::visit([](auto& value) { return model::EventData(std::move(value)); }, observation);
}

Digest digest_of(const std::vector<model::Observation>& observations) {
  std::string text = "observe";
  for (const model::Observation& observation : observations)
    text += std::visit([](const auto& value) { return reflect::canonical(value); }, observation);
  return sha256(text);
}

/// How long a question that is being asked is left alone.
constexpr Duration kAskAgain = seconds(30);

/// Said by the writer when nothing of a delivery is news; never leaves this file.
constexpr std::string_view kNothingNew = "nothing new";

}  // namespace

void Engine::observe(std::vector<model::Observation> observations, std::string_view body,
                     const Caller& caller, std::function<void(Result<ObserveAnswer>)> reply) {
  const auto count = static_cast<int64_t>(observations.size());
  const bool has_news =
      std::any_of(observations.begin(), observations.end(),
                  [this](const model::Observation& o) { return views().is_news(o); });
  if (!has_news) return reply(ObserveAnswer{.known = count});
  if (!body.empty()) {
    const Result<Digest> kept = blobs_.put(body);
    if (!kept) return reply(tl::unexpected<Error>(kept.error()));
  }
  const bool has_question =
      std::any_of(observations.begin(), observations.end(), [](const model::Observation& o) {
        return std::holds_alternative<model::QuestionReceived>(o);
      });
  auto recorded = std::make_shared<int64_t>(0);
  Command command{.actor = caller.actor,
                  .subject = {},
                  .idempotency_key = caller.idempotency_key,
                  .request_digest = body.empty() ? digest_of(observations)
                                                 : sha256({"observe", sha256(body).view()})};
  for (const model::Observation& observation : observations) {
    if (!views().is_news(observation)) continue;
    command.subject = subject_of(observation);
    break;
  }
  command.decide = [observations = std::move(observations), recorded](const State& state,
                                                                      Time) -> Result<Decision> {
    std::optional<Decision> decision;
    // Within one delivery a later fact may repeat an earlier one.
    delivery::ObservedFacts earlier;
    for (const model::Observation& observation : observations) {
      if (!state.observed().is_news(observation) || !earlier.take(observation, 0)) continue;
      ++*recorded;
      if (!decision) {
        decision = Decision{.data = event_data(observation)};
      } else {
        decision->further.push_back(
            {.subject = subject_of(observation), .data = event_data(observation)});
      }
    }
    if (!decision) return fail(codes::not_found, "{}", kNothingNew);
    return std::move(*decision);
  };
  command.reply = [this, count, recorded, has_question,
                   reply = std::move(reply)](Result<Recorded> done) {
    if (!done && done.error().message == kNothingNew) return reply(ObserveAnswer{.known = count});
    if (!done) return reply(tl::unexpected<Error>(std::move(done).error()));
    if (done->is_repeat) {
      return reply(
          ObserveAnswer{.position = done->event.position, .known = count, .is_repeat = true});
    }
    reply(ObserveAnswer{
        .position = done->event.position, .recorded = *recorded, .known = count - *recorded});
    if (has_question) ask_questions();
  };
  writer_->submit(std::move(command));
}

Result<ObserveAnswer> Engine::observe(std::vector<model::Observation> observations,
                                      std::string_view body, const Caller& caller) {
  auto waiter = std::make_shared<Waiter<ObserveAnswer>>();
  observe(std::move(observations), body, caller,
          [waiter](Result<ObserveAnswer> answer) { waiter->give(std::move(answer)); });
  writer_->before_waiting();
  return waiter->wait();
}

void Engine::ask_questions() {
  const Time moment = now();
  for (const OpenQuestion& open : views().due_questions(moment)) {
    {
      // One that is being asked, or could not be, waits; its key makes a second asking harmless.
      const std::lock_guard lock(questions_mutex_);
      std::erase_if(not_before_, [moment](const auto& entry) { return entry.second <= moment; });
      if (!not_before_.try_emplace(open.position, moment + kAskAgain).second) continue;
    }
    ask_question(open);
  }
}

Result<int64_t> Engine::redeliver(int64_t effect, const Caller& caller) {
  std::optional<EndedEffect> found;
  for (const EndedEffect& ended : views().ended_effects()) {
    if (ended.effect.position == effect) found = ended;
  }
  if (!found) return fail(codes::not_found, "no effect of record {} has ended", effect);
  if (found->end.result == model::EffectResult::done)
    return fail(codes::bad_value, "the effect of record {} was carried out", effect);
  Command command{.actor = caller.actor,
                  .subject = "target/" + found->effect.request.target,
                  .idempotency_key = caller.idempotency_key,
                  .request_digest = sha256(fmt::format("redeliver-{}", effect))};
  command.decide = [request = found->effect.request](const State&, Time) -> Result<Decision> {
    return Decision{.data = request};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  return recorded.event.position;
}

}  // namespace tollgate::engine
