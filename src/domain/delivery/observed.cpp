#include "domain/delivery/observed.hpp"

#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::delivery {
namespace {

/// What an observation is about, and how new and how far what it says is.
struct About {
  std::string key;
  Time at;
  int64_t rank = 0;
};

std::string key(std::string_view kind, const model::Origin& origin,
                std::initializer_list<std::string_view> parts) {
  std::string text = fmt::format("{}\n{}", kind, origin.integration);
  for (const std::string_view part : parts) {
    text += '\n';
    text += part;
  }
  return text;
}

// Deployments have a book of their own.
About about(const model::DeploymentObserved&) { return {}; }
About about(const model::PipelineObserved& o) {
  return {key("pipeline", o.origin, {o.service, o.id, std::to_string(o.attempt)}), o.at,
          static_cast<int64_t>(o.status)};
}
About about(const model::ChangeObserved& o) {
  return {key("change", o.origin, {o.service, o.project, reflect::enum_name(o.kind), o.id}), o.at};
}
About about(const model::IncidentObserved& o) {
  // Each status is a fact of its own: an opening that is told after the end still says when it
  // began.
  return {key("incident", o.origin, {o.id, reflect::enum_name(o.status)}), o.at,
          static_cast<int64_t>(o.status)};
}
About about(const model::ApprovalObserved& o) {
  return {key("approval", o.origin, {o.service, o.environment, o.id}), o.at,
          static_cast<int64_t>(o.decision)};
}
About about(const model::AlertObserved& o) {
  return {key("alert", o.origin, {o.id}), o.at, static_cast<int64_t>(o.status)};
}
About about(const model::QuestionReceived& o) {
  return {key("question", o.origin, {o.request.service, o.request.environment, o.id}), o.at};
}

About about(const model::Observation& observation) {
  return std::visit([](const auto& o) { return about(o); }, observation);
}

const model::Origin& origin_of(const model::Observation& observation) {
  return std::visit([](const auto& o) -> const model::Origin& { return o.origin; }, observation);
}

/// What a fact says, apart from how it came here.
std::string text_of(const model::Observation& observation) {
  return std::visit(
      [](const auto& o) {
        auto copy = o;
        copy.origin = {.integration = o.origin.integration};
        return concat(
            {reflect::Reflect<std::decay_t<decltype(o)>>::name, "\n", reflect::canonical(copy)});
      },
      observation);
}

}  // namespace

bool is_unconfirmed(const model::Event& event) {
  return std::visit(
      [](const auto& value) {
        if constexpr (requires { value.origin; }) {
          return !value.origin.unconfirmed.empty();
        } else {
          return false;
        }
      },
      event.data);
}

std::optional<model::Observation> observation_of(const model::Event& event) {
  return std::visit(
      [](const auto& value) -> std::optional<model::Observation> {
        if constexpr (requires { value.origin; }) return model::Observation(value);
        return std::nullopt;
      },
      event.data);
}

bool KnownFacts::is_news(const model::Observation& observation) const {
  const About fact = about(observation);
  const auto known = known_.find(fact.key);
  return known == known_.end() || known->second < Newest(fact.at, fact.rank);
}

bool KnownFacts::says_more(const model::Observation& observation) const {
  const About fact = about(observation);
  const auto known = known_.find(fact.key);
  if (known == known_.end()) return true;
  return fact.rank > known->second.second || fact.at > known->second.first + kSameMoment;
}

bool KnownFacts::take(const model::Observation& observation) {
  const About fact = about(observation);
  const Newest newest(fact.at, fact.rank);
  const auto [known, is_new] = known_.try_emplace(fact.key, newest);
  if (!is_new) {
    if (!(known->second < newest)) return false;
    by_age_.erase({known->second.first, fact.key});
    known->second = newest;
  }
  by_age_.emplace(fact.at, fact.key);
  if (known_.size() > kKnownMax) {
    const auto oldest = by_age_.begin();
    known_.erase(oldest->second);
    by_age_.erase(oldest);
  }
  return true;
}

bool UnconfirmedFacts::is_waiting(const model::Observation& observation) const {
  return !origin_of(observation).unconfirmed.empty() &&
         waiting_by_text_.contains(text_of(observation));
}

bool UnconfirmedFacts::take(const model::Event& event) {
  if (const auto* ended = std::get_if<model::ConfirmationEnded>(&event.data)) {
    const auto found = waiting_.find(ended->observed);
    if (found == waiting_.end()) return true;
    if (ended->result != model::ConfirmationResult::confirmed) {
      doubtful_.push_back({.fact = found->second, .end = *ended, .at = event.time});
      if (doubtful_.size() > kDoubtfulFactsMax) doubtful_.pop_front();
    }
    forget(ended->observed);
    return true;
  }
  if (!is_unconfirmed(event)) return false;
  const std::optional<model::Observation> fact = observation_of(event);
  const auto [place, is_new] = waiting_by_text_.try_emplace(text_of(*fact), event.position);
  if (is_new) waiting_[event.position] = {event.position, event.time, *fact};
  if (waiting_.size() > kWaitingFactsMax) forget(waiting_.begin()->first);
  return true;
}

void UnconfirmedFacts::forget(int64_t position) {
  const auto found = waiting_.find(position);
  if (found == waiting_.end()) return;
  waiting_by_text_.erase(text_of(found->second.observation));
  waiting_.erase(found);
}

bool ObservedFacts::is_news(const model::Observation& observation) const {
  if (unconfirmed_.is_waiting(observation)) return false;
  if (const auto* deployment = std::get_if<model::DeploymentObserved>(&observation))
    return deployments_.would_change(*deployment);
  return others_.is_news(observation);
}

bool ObservedFacts::take(const model::Observation& observation, int64_t position) {
  if (!origin_of(observation).unconfirmed.empty()) return is_news(observation);
  if (const auto* deployment = std::get_if<model::DeploymentObserved>(&observation))
    return deployments_.take(*deployment, position);
  return others_.take(observation);
}

void ObservedFacts::take(const model::Event& event) {
  if (unconfirmed_.take(event)) return;
  if (const auto observation = observation_of(event)) take(*observation, event.position);
}

}  // namespace tollgate::delivery
