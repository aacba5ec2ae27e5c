#include "engine/state/delivery_book.hpp"

#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::engine {
namespace {

constexpr std::string_view kKeyPrefix = "question-";

/// The position and count that question_key wrote; nothing for other keys.
std::optional<std::pair<int64_t, int64_t>> read_key(std::string_view key) {
  if (!key.starts_with(kKeyPrefix)) return std::nullopt;
  const auto parts = split(key.substr(kKeyPrefix.size()), '-');
  if (parts.size() != 2) return std::nullopt;
  const auto position = parse_integer(parts[0]);
  const auto count = parse_integer(parts[1]);
  if (!position || !count) return std::nullopt;
  return std::pair(*position, *count);
}

}  // namespace

std::string question_key(int64_t position, int64_t count) {
  return fmt::format("{}{}-{}", kKeyPrefix, position, count);
}

Time next_asking(const OpenQuestion& question) {
  if (question.asked == 0) return question.since;
  constexpr Duration kLongest = minutes(30);
  Duration wait = minutes(1);
  for (int64_t i = 1; i < question.asked && wait < kLongest; ++i) wait = wait * 2;
  return question.asked_at + std::min(wait, kLongest);
}

void DeliveryBook::take(const model::Event& event) {
  const bool is_believed = !unconfirmed_.take(event);
  const auto observation = delivery::observation_of(event);
  if (observation && is_believed) {
    newest_ = std::max(newest_, event.time);
    if (!std::holds_alternative<model::DeploymentObserved>(*observation))
      others_.take(*observation);
    records_.take(event);
  }
  if (const auto* question = std::get_if<model::QuestionReceived>(&event.data)) {
    questions_[event.position] = {
        .position = event.position, .since = event.time, .question = *question};
    if (questions_.size() > kQuestionsMax) questions_.erase(questions_.begin());
  }
  if (const auto* given = std::get_if<model::VerdictGiven>(&event.data))
    take_verdict(event, *given);
  while (!questions_.empty() && questions_.begin()->second.since + kQuestionLife < event.time)
    questions_.erase(questions_.begin());
}

void DeliveryBook::take_verdict(const model::Event& event, const model::VerdictGiven& given) {
  records_.take(event);
  // Nobody from outside acts as the engine, so nobody else's key closes a question.
  const auto asked = read_key(event.idempotency_key);
  if (!asked || event.actor.issuer != kEngineIssuer) return;
  const auto question = questions_.find(asked->first);
  if (question == questions_.end()) return;
  const model::Outcome outcome = given.verdict.outcome;
  if (outcome == model::Outcome::allow || outcome == model::Outcome::deny) {
    questions_.erase(question);
    return;
  }
  question->second.asked = asked->second;
  question->second.asked_at = event.time;
  question->second.outcome = outcome;
}

bool DeliveryBook::is_news(const model::Observation& observation) const {
  if (unconfirmed_.is_waiting(observation)) return false;
  if (const auto* deployment = std::get_if<model::DeploymentObserved>(&observation))
    return records_.deployments().would_change(*deployment);
  return others_.is_news(observation);
}

bool DeliveryBook::says_more(const model::Observation& observation) const {
  if (const auto* deployment = std::get_if<model::DeploymentObserved>(&observation))
    return records_.deployments().says_more(*deployment);
  return others_.says_more(observation);
}

}  // namespace tollgate::engine
