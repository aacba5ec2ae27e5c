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
  facts_.take(event);
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
  const model::GateRequest& request = given.verdict.request;
  auto& permits = permits_[{request.service, request.environment}];
  permits.push_back({.position = event.position,
                     .at = event.time,
                     .decision = given.decision,
                     .version = request.version,
                     .commit = request.commit,
                     .artifact = model::artifact_digest(request.artifact),
                     .outcome = given.verdict.outcome,
                     .change_class = request.change_class});
  if (permits.size() > kPermitsMax)
    permits.erase(permits.begin(), permits.begin() + kPermitsMax / 4);
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

const std::vector<delivery::Permit>& DeliveryBook::permits(const std::string& service,
                                                           const std::string& environment) const {
  static const std::vector<delivery::Permit> kNone;
  const auto found = permits_.find({service, environment});
  return found == permits_.end() ? kNone : found->second;
}

}  // namespace tollgate::engine
