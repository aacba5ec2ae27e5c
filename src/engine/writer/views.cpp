#include "engine/writer/views.hpp"

#include <mutex>

namespace tollgate::engine {

void Views::take_total(const std::string& target, const model::EffectEnded& ended, Time at) {
  if (effect_totals_.size() >= kEffectTargetsMax && !effect_totals_.contains(target)) return;
  EffectTotals& total = effect_totals_[target];
  const bool is_done = ended.result == model::EffectResult::done;
  ++(is_done ? total.done : total.gave_up);
  (is_done ? total.last_done : total.last_gave_up) = at;
}

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
  if (const auto* ended = std::get_if<model::EffectEnded>(&event.data)) {
    const auto effect = effects_.find(ended->requested);
    if (effect != effects_.end()) {
      take_total(effect->second.request.target, *ended, event.time);
      ended_.push_back({.effect = effect->second, .end = *ended, .at = event.time});
      if (ended_.size() > kEndedEffectsMax) ended_.pop_front();
      effects_.erase(effect);
    }
  }
  if (const auto* audit = std::get_if<model::AuditRecorded>(&event.data)) {
    audits_.push_back({.position = event.position,
                       .time = event.time,
                       .actor = event.actor.subject,
                       .audit = *audit});
    if (audit->round && (scheduled_audits_.size() < kAuditSchedulesMax ||
                         scheduled_audits_.contains(audit->round->schedule)))
      scheduled_audits_[audit->round->schedule] = audits_.back();
    if (audits_.size() > kAuditsShown) audits_.pop_front();
  }
  deliveries_.take(event);
  board_.take(event);
  if (schedule::Book::concerns(event)) {
    auto book = std::make_shared<schedule::Book>(*book_);
    book->take(event);
    book_ = std::move(book);
  }
  if (QuarantineBook::concerns(event)) {
    auto book = std::make_shared<QuarantineBook>(*quarantines_);
    book->take(event);
    quarantines_ = std::move(book);
  }
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

std::shared_ptr<const schedule::Book> Views::calendar_book() const {
  const std::shared_lock lock(mutex_);
  return book_;
}

std::shared_ptr<const QuarantineBook> Views::quarantines() const {
  const std::shared_lock lock(mutex_);
  return quarantines_;
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

std::vector<delivery::WaitingFact> Views::waiting_facts() const {
  const std::shared_lock lock(mutex_);
  std::vector<delivery::WaitingFact> waiting;
  for (const auto& [position, fact] : deliveries_.unconfirmed().waiting()) waiting.push_back(fact);
  return waiting;
}

bool Views::has_waiting_from(int64_t position) const {
  const std::shared_lock lock(mutex_);
  const auto& waiting = deliveries_.unconfirmed().waiting();
  return waiting.lower_bound(position) != waiting.end();
}

std::vector<delivery::DoubtfulFact> Views::doubtful_facts() const {
  const std::shared_lock lock(mutex_);
  const auto& doubtful = deliveries_.unconfirmed().doubtful();
  return {doubtful.rbegin(), doubtful.rend()};
}

std::map<std::string, EffectTotals> Views::effect_totals() const {
  const std::shared_lock lock(mutex_);
  return effect_totals_;
}

std::vector<RecordedAudit> Views::audits() const {
  const std::shared_lock lock(mutex_);
  return {audits_.rbegin(), audits_.rend()};
}

std::optional<RecordedAudit> Views::last_audit(std::string_view schedule) const {
  const std::shared_lock lock(mutex_);
  const auto found = scheduled_audits_.find(schedule);
  if (found == scheduled_audits_.end()) return std::nullopt;
  return found->second;
}

std::vector<EndedEffect> Views::ended_effects() const {
  const std::shared_lock lock(mutex_);
  return {ended_.rbegin(), ended_.rend()};
}

std::vector<delivery::DeploymentBook::Place> Views::places() const {
  const std::shared_lock lock(mutex_);
  return deliveries_.records().places();
}

std::shared_ptr<const delivery::Place> Views::place(
    const delivery::DeploymentBook::Place& name) const {
  MergedPlaces::Revision revision;
  {
    const std::shared_lock lock(mutex_);
    revision = deliveries_.records().revision(name);
  }
  return merged_.get(name, revision, [this, &name] {
    const std::shared_lock lock(mutex_);
    return deliveries_.records().records(name);
  });
}

bool Views::has_incident_source() const {
  const std::shared_lock lock(mutex_);
  return deliveries_.records().has_incident_source();
}

Time Views::newest_observation() const {
  const std::shared_lock lock(mutex_);
  return deliveries_.newest();
}

Deliveries Views::deliveries(const std::string& service, const std::string& environment) const {
  const delivery::DeploymentBook::Place name{.service = service, .environment = environment};
  delivery::SharedPermits shared;
  {
    const std::shared_lock lock(mutex_);
    shared = deliveries_.records().permits(name);
  }
  std::vector<delivery::Permit> permits;
  permits.reserve(shared.size());
  for (const auto& permit : shared) permits.push_back(*permit);
  Deliveries found{.deployments = place(name)->deployments};
  found.bypasses = delivery::find_bypasses(found.deployments, permits);
  return found;
}

bool Views::is_news(const model::Observation& observation) const {
  const std::shared_lock lock(mutex_);
  return deliveries_.is_news(observation);
}

bool Views::says_more(const model::Observation& observation) const {
  const std::shared_lock lock(mutex_);
  return deliveries_.says_more(observation);
}

std::vector<OpenQuestion> Views::open_questions() const {
  const std::shared_lock lock(mutex_);
  std::vector<OpenQuestion> open;
  for (const auto& [position, question] : deliveries_.questions()) open.push_back(question);
  return open;
}

std::vector<OpenQuestion> Views::due_questions(Time now) const {
  std::vector<OpenQuestion> open = open_questions();
  std::erase_if(open, [now](const OpenQuestion& question) { return next_asking(question) > now; });
  return open;
}

std::map<std::string, OpenAlert, std::less<>> Views::open_alerts() const {
  const std::shared_lock lock(mutex_);
  return alerts_.alerts();
}

int64_t Views::alerts_revision() const {
  const std::shared_lock lock(mutex_);
  return alerts_.revision();
}

std::vector<Incident> Views::open_incidents() const {
  const std::shared_lock lock(mutex_);
  return alerts_.incidents();
}

bool Views::has_effect_from(int64_t position) const {
  const std::shared_lock lock(mutex_);
  return effects_.lower_bound(position) != effects_.end();
}

DecisionTotals Views::totals() const {
  const std::shared_lock lock(mutex_);
  return totals_;
}

}  // namespace tollgate::engine
