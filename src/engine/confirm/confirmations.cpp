#include "engine/confirm/confirmations.hpp"

#include "domain/model/kinds/integration.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"

#include <algorithm>
#include <chrono>

namespace tollgate::engine {
namespace {

/// How often the thread looks for what became due by time alone.
constexpr std::chrono::seconds kLookEvery{1};
constexpr size_t kDetailMax = 900;

model::Origin& origin_of(model::Observation& observation) {
  return std::visit([](auto& o) -> model::Origin& { return o.origin; }, observation);
}

model::EventData event_data(model::Observation observation) {
  return std::visit([](auto& value) { return model::EventData(std::move(value)); }, observation);
}

const std::string& service_of(const model::Observation& observation) {
  return std::visit(
      [](const auto& value) -> const std::string& {
        if constexpr (requires { value.request; }) {
          return value.request.service;
        } else {
          return value.service;
        }
      },
      observation);
}

Duration wait_before(const ConfirmLimits& limits, int64_t attempts) {
  Duration wait = limits.first_wait;
  for (int64_t i = 1; i < attempts && wait < limits.longest_wait; ++i) wait = wait * 2;
  return std::min(wait, limits.longest_wait);
}

}  // namespace

void Confirmations::start() {
  thread_.start("confirmations", kLookEvery, [this] { run_due(); });
}
void Confirmations::stop() { thread_.stop(); }
void Confirmations::wake() { thread_.wake(); }

size_t Confirmations::run_due() {
  size_t asked = 0;
  const std::vector<delivery::WaitingFact> waiting = writer_.views().waiting_facts();
  std::erase_if(attempts_, [&waiting](const auto& entry) {
    return std::none_of(waiting.begin(), waiting.end(),
                        [&entry](const auto& fact) { return fact.position == entry.first; });
  });
  for (const delivery::WaitingFact& fact : waiting) {
    if (thread_.is_stopping() || asked >= limits_.askings_max) break;
    if (attempts_[fact.position].next > clock_.now()) continue;
    ask(fact);
    ++asked;
  }
  return asked;
}

void Confirmations::ask(const delivery::WaitingFact& fact) {
  Attempts& attempts = attempts_[fact.position];
  ++attempts.count;
  attempts.next = clock_.now() + wait_before(limits_, attempts.count);
  model::Observation observation = fact.observation;
  const std::string name = origin_of(observation).integration;
  const auto policy = writer_.views().policy();
  const model::Resource* resource = policy->bundle().find("Integration", name);
  Result<model::Observation> told =
      resource == nullptr ? fail(codes::bad_value, "there is no Integration \"{}\" any more", name)
                          : confirmer_.confirm(*resource->as<model::Integration>(), observation);
  model::ConfirmationEnded ended{.observed = fact.position, .attempts = attempts.count};
  if (told) return end(fact, std::move(ended), std::move(*told));
  const Error& error = told.error();
  const bool is_contradicted = error.code == codes::contradicted;
  const bool is_hopeless =
      error.code == codes::bad_value || clock_.now() - fact.since > limits_.give_up_after;
  log::warn("record {} of {} is not confirmed (asking {}): {}", fact.position, name, attempts.count,
            error.text());
  if (!is_contradicted && !is_hopeless) return;
  ended.result = is_contradicted ? model::ConfirmationResult::contradicted
                                 : model::ConfirmationResult::gave_up;
  ended.detail = error.message.substr(0, kDetailMax);
  end(fact, std::move(ended), std::nullopt);
}

void Confirmations::end(const delivery::WaitingFact& fact, model::ConfirmationEnded ended,
                        std::optional<model::Observation> confirmed) {
  if (confirmed) {
    model::Origin& origin = origin_of(*confirmed);
    origin.assurance = model::Assurance::confirmed;
    origin.unconfirmed.clear();
    origin.confirms = fact.position;
  }
  const std::string& service = service_of(fact.observation);
  const std::string subject = service.empty() ? "deliveries" : "service/" + service;
  Command command{.actor = {.subject = "tollgate", .issuer = "local"},
                  .subject = subject,
                  // The key makes a second end impossible, whatever crashes in between.
                  .idempotency_key = fmt::format("confirm-{}", fact.position),
                  .request_digest = sha256(fmt::format("confirm-{}", fact.position))};
  command.decide = [ended = std::move(ended), confirmed = std::move(confirmed), subject](
                       const State& state, Time) -> Result<Decision> {
    Decision decision{.data = ended};
    if (confirmed && state.observed().is_news(*confirmed))
      decision.further.push_back({.subject = subject, .data = event_data(*confirmed)});
    return decision;
  };
  writer_.submit(std::move(command));
}

}  // namespace tollgate::engine
