#include "engine/alerts/alert_watch.hpp"

#include "domain/gate/check.hpp"
#include "domain/slo/alert_words.hpp"
#include "domain/slo/budget.hpp"
#include "engine/decide/alerts.hpp"
#include "foundation/base/log.hpp"

#include <algorithm>
#include <chrono>
#include <set>

namespace tollgate::engine {
namespace {

constexpr Duration kMonth = days(30);

const model::Actor kWatchActor{.subject = "tollgate", .issuer = "local"};

/// Where an SLO is watched: production, or nowhere in particular if no environment is that.
std::vector<const model::Environment*> places_of(const model::Bundle& bundle) {
  std::vector<const model::Environment*> places;
  for (const model::Resource* resource : bundle.of_kind("Environment")) {
    const auto* environment = resource->as<model::Environment>();
    if (environment->is_production) places.push_back(environment);
  }
  if (places.empty()) places.push_back(nullptr);
  return places;
}

slo::Counts counts_of(const slo::Objective& objective, const model::Reading& reading) {
  const slo::Budget spent = slo::spending(objective, reading);
  return {.good = spent.good, .bad = spent.bad};
}

/// Traffic of a month, at the pace of `reading`.
double monthly(const model::Reading& reading) {
  const Duration seen = reading.to - reading.from;
  if (seen.ms <= 0) return 0;
  return static_cast<double>(reading.total) * static_cast<double>(kMonth.ms) /
         static_cast<double>(seen.ms);
}

}  // namespace

/// The readings of one round, each asked for once, although several rules may want it.
struct AlertWatch::Look {
  const Collector& collector;
  Time now;
  const FindExclusions& find_exclusions;
  const Policy& policy;
  std::map<std::tuple<std::string, std::string, int64_t>, model::Reading> readings = {};
  std::map<std::pair<std::string, std::string>, std::vector<slo::Span>> exclusions = {};

  const std::vector<slo::Span>& excluded(const slo::AlertRule& rule) {
    const auto [found, is_new] = exclusions.try_emplace(std::pair(rule.slo, rule.environment));
    if (is_new) found->second = find_exclusions(policy, rule.slo, rule.environment, now);
    return found->second;
  }

  /// `window` 0: the window of the objective.
  const model::Reading& read(const Watched& watched, Duration window) {
    const auto key = std::tuple(watched.rule.slo, watched.rule.environment, window.ms);
    const auto found = readings.find(key);
    if (found != readings.end()) return found->second;
    const gate::Need need = gate::reading_need(watched.resolved, window);
    return readings.emplace(key, collector.read_one(need, watched.rule.environment, now))
        .first->second;
  }
};

void AlertWatch::start() {
  thread_ = std::thread([this] { run(); });
}

void AlertWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void AlertWatch::run() {
  int64_t seconds_left = 0;
  while (true) {
    // A new policy is looked at soon, so that an alert it brings, or takes away, is not late.
    if (seconds_left <= 0 || rules_.policy != writer_.views().policy()) {
      round();
      seconds_left = kAlertsEvery.ms / 1000;
    }
    std::unique_lock lock(mutex_);
    if (woken_.wait_for(lock, std::chrono::seconds(1), [this] { return is_stopping_; })) return;
    --seconds_left;
  }
}

void AlertWatch::tick() {
  const Time now = clock_.now();
  if (last_round_ && now - *last_round_ < kAlertsEvery && now >= *last_round_) return;
  last_round_ = now;
  round();
}

AlertWatch::Rules AlertWatch::rules_of(const std::shared_ptr<const Policy>& policy) const {
  Rules rules{.policy = policy, .watched = {}, .broken = {}};
  const model::Bundle& bundle = policy->bundle();
  for (const model::Resource* resource : bundle.of_kind("SLO")) {
    const auto& written = *resource->as<model::Slo>();
    if (written.alert_policies.empty()) continue;
    for (const model::Environment* place : places_of(bundle)) {
      const Result<slo::Resolved> resolved = slo::resolve(bundle, written, place);
      Result<std::vector<slo::AlertRule>> found = slo::alert_rules(bundle, written, place);
      if (!resolved || !found) {
        rules.broken.push_back(
            {.identity = {.alert = {},
                          .slo = written.address(),
                          .environment = place == nullptr ? "" : place->name},
             .error = resolved ? found.error().message : resolved.error().message});
        continue;
      }
      for (slo::AlertRule& rule : *found) {
        if (rules.watched.size() >= kAlertRulesMax) {
          log::warn("only the first {} alert rules are looked at", kAlertRulesMax);
          return rules;
        }
        model::AlertIdentity identity = slo::identity_of(rule);
        rules.watched.push_back(
            {.rule = std::move(rule), .resolved = *resolved, .identity = std::move(identity)});
      }
    }
  }
  return rules;
}

AlertStatus AlertWatch::look_at(const Watched& watched, Memory& memory, Look& look,
                                Time now) const {
  const slo::AlertRule& rule = watched.rule;
  AlertStatus status{.identity = watched.identity, .at = now};
  std::vector<slo::PairCounts> pairs;
  // The whole window also says how much traffic there is, and when the newest data came.
  const model::Reading& whole = look.read(watched, Duration{0});
  status.error = whole.error;
  if (whole.error.empty() && whole.watermark.ms > 0) memory.newest = whole.watermark;
  if (rule.no_data_after.ms > 0 && whole.total > 0) {
    // A source may be up to date and have nothing to tell.
    const model::Reading& silence = look.read(watched, rule.no_data_after);
    if (silence.error.empty() && silence.total == 0 && memory.newest)
      memory.newest = std::min(*memory.newest, now - rule.no_data_after - seconds(1));
  }
  for (const slo::BurnPair& pair : rule.pairs) {
    const model::Reading& brief = look.read(watched, pair.short_window);
    const model::Reading& lasting = look.read(watched, pair.long_window);
    if (status.error.empty()) status.error = brief.error.empty() ? lasting.error : brief.error;
    pairs.push_back({.short_counts = counts_of(rule.objective, brief),
                     .long_counts = counts_of(rule.objective, lasting)});
  }
  slo::Counts fresh;
  if (rule.fast && memory.newest && memory.counted_to && *memory.newest > *memory.counted_to) {
    const gate::Need need =
        gate::reading_need(watched.resolved, *memory.newest - *memory.counted_to);
    fresh = counts_of(rule.objective, collector_.read_one(need, rule.environment, *memory.newest));
  }
  if (memory.newest) memory.counted_to = memory.newest;
  // A source that fails tells nothing of the service; only its silence may alert, with time.
  if (!status.error.empty()) pairs.assign(rule.pairs.size(), {});
  const slo::AlertStep step = slo::step(rule, memory.state,
                                        {.pairs = pairs,
                                         .fresh = fresh,
                                         .events_in_30_days = monthly(whole),
                                         .newest = memory.newest,
                                         .exclusions = look.excluded(rule)},
                                        now);
  std::optional<Ppm> left;
  if (whole.error.empty() && whole.total > 0) left = slo::spending(rule.objective, whole).left;
  status.figures = slo::raised_record(rule, step, left, memory.newest);
  status.state = step.worst.state;
  status.is_excluded = step.is_excluded;
  status.is_on = step.state.is_on;
  if (step.state.is_on) status.since = step.state.since;
  memory.state = step.state;
  return status;
}

void AlertWatch::round() {
  const auto policy = writer_.views().policy();
  if (rules_.policy != policy) rules_ = rules_of(policy);
  const Time now = clock_.now();
  Look look{.collector = collector_, .now = now, .find_exclusions = exclusions_, .policy = *policy};
  const std::map<std::string, OpenAlert, std::less<>> open = writer_.views().open_alerts();
  std::set<std::string> known;
  std::vector<AlertStatus> statuses = rules_.broken;
  for (const Watched& watched : rules_.watched) {
    const std::string& fingerprint = watched.identity.alert;
    known.insert(fingerprint);
    Memory& memory = memories_[fingerprint];
    const auto on = open.find(fingerprint);
    // The ledger says what is on; a command that was refused is asked for again.
    memory.state.is_on = on != open.end();
    if (memory.state.is_on) {
      memory.state.reason = on->second.raised.reason;
      memory.state.since = on->second.since;
    }
    AlertStatus status = look_at(watched, memory, look, now);
    if (status.is_on && on == open.end()) raise(watched, status);
    if (!status.is_on && on != open.end())
      clear(fingerprint, model::AlertEnd::calm, watched.rule.tells_resolved);
    if (status.is_on && on != open.end()) status.position = on->second.position;
    statuses.push_back(std::move(status));
  }
  for (const auto& [fingerprint, alert] : open) {
    if (!known.contains(fingerprint)) clear(fingerprint, model::AlertEnd::withdrawn, true);
  }
  std::erase_if(memories_, [&known](const auto& entry) { return !known.contains(entry.first); });
  const std::lock_guard lock(mutex_);
  statuses_ = std::move(statuses);
  seen_ = policy;
}

std::vector<AlertStatus> AlertWatch::statuses() const {
  {
    const std::lock_guard lock(mutex_);
    if (seen_ == writer_.views().policy()) return statuses_;
  }
  return look();
}

std::vector<AlertStatus> AlertWatch::look() const {
  const auto policy = writer_.views().policy();
  const Rules rules = rules_of(policy);
  const Time now = clock_.now();
  Look look{.collector = collector_, .now = now, .find_exclusions = exclusions_, .policy = *policy};
  const auto open = writer_.views().open_alerts();
  std::vector<AlertStatus> statuses = rules.broken;
  for (const Watched& watched : rules.watched) {
    Memory memory;
    AlertStatus status = look_at(watched, memory, look, now);
    // What the ledger does not say is on is not on, however it burns.
    const auto on = open.find(watched.identity.alert);
    status.is_on = on != open.end();
    status.since.reset();
    if (status.is_on) {
      status.since = on->second.since;
      status.position = on->second.position;
      status.figures.reason = on->second.raised.reason;
    }
    statuses.push_back(std::move(status));
  }
  return statuses;
}

void AlertWatch::raise(const Watched& watched, const AlertStatus& status) {
  Command command{.actor = kWatchActor, .subject = "slo/" + watched.rule.slo};
  command.decide = [figures = status.figures, targets = watched.rule.targets](
                       const State& state, Time) { return raise_alert(state, figures, targets); };
  writer_.submit(std::move(command));
}

void AlertWatch::clear(const std::string& fingerprint, model::AlertEnd end, bool tells_resolved) {
  const auto open = writer_.views().open_alerts();
  const auto found = open.find(fingerprint);
  if (found == open.end()) return;
  Command command{.actor = kWatchActor, .subject = "slo/" + found->second.raised.identity.slo};
  command.decide = [fingerprint, end, tells_resolved](const State& state, Time) {
    return clear_alert(state, fingerprint, end, tells_resolved);
  };
  writer_.submit(std::move(command));
}

}  // namespace tollgate::engine
