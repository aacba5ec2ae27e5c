#include "engine/writer/views.hpp"

#include <mutex>

namespace tollgate::engine {

void Views::take(const model::Event& event, const std::shared_ptr<const Policy>& policy) {
  const std::unique_lock lock(mutex_);
  policy_ = policy;
  size_ = event.position + 1;
  if (std::holds_alternative<model::EvidenceRecorded>(event.data)) ++totals_.evidence;
  if (std::holds_alternative<model::PolicyApplied>(event.data)) ++totals_.policies;
  if (const auto* effect = std::get_if<model::EffectRequested>(&event.data)) {
    effects_[event.position] = {
        .position = event.position, .since = event.time, .request = *effect};
  }
  if (const auto* ended = std::get_if<model::EffectEnded>(&event.data))
    effects_.erase(ended->requested);
  alerts_.take(event);
  const auto* given = std::get_if<model::VerdictGiven>(&event.data);
  if (given == nullptr) return;
  const model::GateRequest& request = given->verdict.request;
  DecisionLine line{.position = event.position,
                    .time = event.time,
                    .decision = given->decision,
                    .service = request.service,
                    .environment = request.environment,
                    .version = request.version,
                    .outcome = given->verdict.outcome};
  ++totals_.by_environment[{request.environment, line.outcome}];
  latest_[{request.service, request.environment}] = line;
  lines_.push_back(std::move(line));
  if (lines_.size() > kDecisionLinesMax) lines_.pop_front();
}

std::shared_ptr<const Policy> Views::policy() const {
  const std::shared_lock lock(mutex_);
  return policy_;
}

int64_t Views::size() const {
  const std::shared_lock lock(mutex_);
  return size_;
}

std::vector<DecisionLine> Views::decisions(int64_t before, size_t limit, std::string_view service,
                                           std::string_view environment) const {
  const std::shared_lock lock(mutex_);
  std::vector<DecisionLine> found;
  for (auto line = lines_.rbegin(); line != lines_.rend() && found.size() < limit; ++line) {
    if (line->position >= before) continue;
    if (!service.empty() && line->service != service) continue;
    if (!environment.empty() && line->environment != environment) continue;
    found.push_back(*line);
  }
  return found;
}

std::vector<DecisionLine> Views::latest_decisions() const {
  const std::shared_lock lock(mutex_);
  std::vector<DecisionLine> found;
  found.reserve(latest_.size());
  for (const auto& [place, line] : latest_) found.push_back(line);
  return found;
}

std::vector<PendingEffect> Views::pending_effects() const {
  const std::shared_lock lock(mutex_);
  std::vector<PendingEffect> pending;
  pending.reserve(effects_.size());
  for (const auto& [position, effect] : effects_) pending.push_back(effect);
  return pending;
}

std::map<std::string, OpenAlert, std::less<>> Views::open_alerts() const {
  const std::shared_lock lock(mutex_);
  return alerts_.alerts();
}

std::vector<Incident> Views::open_incidents() const {
  const std::shared_lock lock(mutex_);
  return alerts_.incidents();
}

DecisionTotals Views::totals() const {
  const std::shared_lock lock(mutex_);
  return totals_;
}

}  // namespace tollgate::engine
