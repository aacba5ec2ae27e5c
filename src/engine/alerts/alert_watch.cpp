#include "engine/alerts/alert_watch.hpp"

#include "domain/slo/alert_words.hpp"
#include "engine/decide/alerts.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/thread_name.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

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

/// Traffic of a month, at the pace of `counts`.
double monthly(const WindowCounts& counts) {
  if (counts.length.ms <= 0) return 0;
  return static_cast<double>(counts.total) * static_cast<double>(kMonth.ms) /
         static_cast<double>(counts.length.ms);
}

/// What a rule wants to read, each window once.
void add_windows(const slo::AlertRule& rule, std::vector<Duration>& windows) {
  const auto add = [&windows](Duration window) {
    if (std::find(windows.begin(), windows.end(), window) == windows.end())
      windows.push_back(window);
  };
  if (rule.no_data_after.ms > 0) add(rule.no_data_after);
  for (const slo::BurnPair& pair : rule.pairs) {
    add(pair.short_window);
    add(pair.long_window);
  }
}

}  // namespace

int alert_urgency(bool is_on, slo::BurnState state) {
  if (is_on) return 0;
  switch (state) {
    case slo::BurnState::critical:
      return 1;
    case slo::BurnState::increasing:
      return 2;
    case slo::BurnState::recovering:
      return 3;
    case slo::BurnState::thin:
      return 4;
    case slo::BurnState::unknown:
      return 5;
    case slo::BurnState::acceptable:
      break;
  }
  return 6;
}

namespace {

/// The end of the last cell that is over at `time`: what is in it does not grow any more.
Time whole_cells(Time time) { return time - milliseconds(time.ms % slo::kCellLength.ms); }

}  // namespace

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
  using std::chrono::steady_clock;
  name_thread("alerts");
  auto due = steady_clock::now();
  int64_t rounds_left = 0;
  while (true) {
    // A new policy is looked at soon, so that an alert it brings, or takes away, is not late.
    const bool is_whole = rounds_left <= 0 || rules_.policy != writer_.views().policy();
    round(is_whole);
    rounds_left = is_whole ? kRemoteAlertsEvery.ms / kAlertsEvery.ms - 1 : rounds_left - 1;
    // A round that took longer than its second makes the next ones later, not more frequent.
    due = std::max(due + std::chrono::milliseconds(kAlertsEvery.ms), steady_clock::now());
    std::unique_lock lock(mutex_);
    if (woken_.wait_until(lock, due, [this] { return is_stopping_.load(); })) return;
  }
}

void AlertWatch::tick() {
  const Time now = clock_.now();
  const auto is_due = [now](const std::optional<Time>& last, Duration every) {
    return !last || now - *last >= every || now < *last;
  };
  if (!is_due(last_round_, kAlertsEvery)) return;
  const bool is_whole = is_due(last_whole_round_, kRemoteAlertsEvery);
  last_round_ = now;
  if (is_whole) last_whole_round_ = now;
  round(is_whole);
}

AlertWatch::Rules AlertWatch::rules_of(const std::shared_ptr<const Policy>& policy) const {
  Rules rules{.policy = policy, .subjects = {}, .watched = {}, .broken = {}};
  const model::Bundle& bundle = policy->bundle();
  const std::vector<const model::Environment*> places = places_of(bundle);
  for (const model::Resource* resource : bundle.of_kind("SLO")) {
    const auto& written = *resource->as<model::Slo>();
    if (written.alert_policies.empty()) continue;
    for (const model::Environment* place : places) {
      Result<slo::Resolved> resolved = slo::resolve(bundle, written, place);
      Result<std::vector<slo::AlertRule>> found = slo::alert_rules(bundle, written, place);
      const std::string environment = place == nullptr ? "" : place->name;
      if (!resolved || !found) {
        rules.broken.push_back(
            {.identity = {.alert = {}, .slo = written.address(), .environment = environment},
             .error = resolved ? found.error().message : resolved.error().message});
        continue;
      }
      Subject subject{.subject = {.resolved = std::move(*resolved),
                                  .environment = environment,
                                  .windows = {Duration{0}}},
                      .first = rules.watched.size(),
                      .count = found->size()};
      if (rules.watched.size() + subject.count > kAlertRulesMax) {
        log::warn("only the first {} alert rules are looked at", rules.watched.size());
        return rules;
      }
      for (slo::AlertRule& rule : *found) {
        add_windows(rule, subject.subject.windows);
        model::AlertIdentity identity = slo::identity_of(rule);
        rules.watched.push_back({.rule = std::move(rule), .identity = std::move(identity)});
      }
      if (subject.count > 0) rules.subjects.push_back(std::move(subject));
    }
  }
  return rules;
}

void AlertWatch::follow(const std::shared_ptr<const Policy>& policy) {
  Rules rules = rules_of(policy);
  std::unordered_map<std::string_view, Memory*> before;
  for (size_t i = 0; i < memories_.size(); ++i)
    before.emplace(rules_.watched[i].identity.alert, &memories_[i]);
  std::vector<Memory> memories(rules.watched.size());
  for (size_t i = 0; i < memories.size(); ++i) {
    const auto known = before.find(rules.watched[i].identity.alert);
    if (known != before.end()) memories[i] = *known->second;
  }
  memories_ = std::move(memories);
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
  seen_.assign(rules_.watched.size(), {});
  is_seen_ = false;
}

/// Wrong counts neither raise nor clear: the alert stays as it is, and what it waited for begins
/// anew when the counts are trusted again.
AlertWatch::Seen AlertWatch::doubted(Memory& memory, const model::Doubt& doubt, Time now) {
  memory.counted_to.reset();
  memory.state.calm_since.reset();
  memory.state.over_since.clear();
  Seen seen{
      .is_on = memory.state.is_on, .error = "the data is not trusted: " + doubt.detail, .at = now};
  if (memory.state.is_on) {
    seen.since = memory.state.since;
    seen.reason = memory.state.reason;
  }
  return seen;
}

AlertWatch::Seen AlertWatch::step(const slo::AlertRule& rule, Memory& memory, AlertReader& reader,
                                  std::span<const slo::Span> exclusions, Time now) const {
  Seen seen{.at = now};
  std::vector<slo::PairCounts> pairs;
  // The whole window also says how much traffic there is, and when the newest data came.
  const WindowCounts& whole = reader.read(Duration{0});
  seen.error = whole.error;
  if (whole.doubt && model::makes_counts_wrong(whole.doubt->reason))
    return doubted(memory, *whole.doubt, now);
  if (whole.error.empty() && whole.watermark.ms > 0) memory.newest = whole.watermark;
  if (rule.no_data_after.ms > 0 && whole.total > 0) {
    // A source may be up to date and have nothing to tell.
    const WindowCounts& silence = reader.read(rule.no_data_after);
    if (silence.error.empty() && silence.total == 0 && memory.newest)
      memory.newest = std::min(*memory.newest, now - rule.no_data_after - seconds(1));
  }
  pairs.reserve(rule.pairs.size());
  for (const slo::BurnPair& pair : rule.pairs) {
    const WindowCounts& brief = reader.read(pair.short_window);
    const WindowCounts& lasting = reader.read(pair.long_window);
    if (seen.error.empty()) seen.error = brief.error.empty() ? lasting.error : brief.error;
    pairs.push_back({.short_counts = brief.counts, .long_counts = lasting.counts});
  }
  slo::Counts fresh;
  if (rule.fast && memory.newest) {
    const Time whole_to = whole_cells(*memory.newest);
    if (memory.counted_to && whole_to > *memory.counted_to)
      fresh = reader.count({*memory.counted_to, whole_to});
    memory.counted_to = std::max(whole_to, memory.counted_to.value_or(whole_to));
  }
  // A source that fails tells nothing of the service; only its silence may alert, with time.
  if (!seen.error.empty()) pairs.assign(rule.pairs.size(), {});
  const slo::AlertStep step = slo::step(rule, memory.state,
                                        {.pairs = pairs,
                                         .fresh = fresh,
                                         .fresh_worth = slo::chart_worth(whole.counts),
                                         .events_in_30_days = monthly(whole),
                                         .newest = memory.newest,
                                         .exclusions = exclusions},
                                        now);
  seen.reason = step.state.reason;
  if (const slo::BurnFinding* finding = slo::shown_finding(step)) seen.finding = *finding;
  seen.left = whole.left;
  seen.newest = memory.newest;
  seen.state = step.worst.state;
  seen.is_excluded = step.is_excluded;
  seen.is_on = step.state.is_on;
  seen.since = step.state.since;
  memory.state = step.state;
  return seen;
}

void AlertWatch::look_at(const Rules& rules, const Subject& subject, AlertReader& reader, Time now,
                         std::span<Memory> memories, std::vector<Seen>& seen) const {
  const std::string& slo = subject.subject.resolved.objective.slo;
  const std::vector<slo::Span> exclusions =
      exclusions_(*rules.policy, slo, subject.subject.environment, now);
  seen.clear();
  for (size_t i = 0; i < subject.count; ++i) {
    seen.push_back(
        step(rules.watched[subject.first + i].rule, memories[i], reader, exclusions, now));
  }
}

void AlertWatch::recall(const OpenAlerts& open, const std::string& fingerprint, Memory& memory) {
  const auto on = open.find(fingerprint);
  // The ledger says what is on; a command that was refused is asked for again.
  memory.state.is_on = on != open.end();
  if (!memory.state.is_on) return;
  memory.state.reason = on->second.raised.reason;
  memory.state.since = on->second.since;
}

void AlertWatch::settle(const Subject& subject, const OpenAlerts& open, std::vector<Seen>& seen) {
  for (size_t i = 0; i < subject.count; ++i) {
    const Watched& watched = rules_.watched[subject.first + i];
    const auto on = open.find(watched.identity.alert);
    if (seen[i].is_on && on == open.end()) raise(watched, seen[i]);
    if (!seen[i].is_on && on != open.end())
      clear(watched.identity.alert, model::AlertEnd::calm, watched.rule.tells_resolved);
    if (seen[i].is_on && on != open.end()) seen[i].position = on->second.position;
  }
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < subject.count; ++i) seen_[subject.first + i] = std::move(seen[i]);
}

void AlertWatch::round(bool is_whole) {
  const auto began = std::chrono::steady_clock::now();
  const auto policy = writer_.views().policy();
  if (rules_.policy != policy) {
    follow(policy);
    is_whole = true;
  }
  const Time now = clock_.now();
  const OpenAlerts open = writer_.views().open_alerts();
  AlertReader reader(collector_, now);
  std::vector<Seen> seen;
  for (const Subject& subject : rules_.subjects) {
    if (is_stopping_) return;  // a look at very many SLOs may take a minute after a start
    const bool is_counted_here = reader.turn_to(subject.subject);
    if (!is_whole && !is_counted_here) continue;
    const std::span<Memory> memories(memories_.data() + subject.first, subject.count);
    for (size_t i = 0; i < subject.count; ++i)
      recall(open, rules_.watched[subject.first + i].identity.alert, memories[i]);
    look_at(rules_, subject, reader, now, memories, seen);
    settle(subject, open, seen);
  }
  if (is_whole) withdraw(open);
  const std::lock_guard lock(mutex_);
  is_seen_ = is_seen_ || is_whole;
  ++rounds_.rounds;
  rounds_.whole_rounds += is_whole ? 1 : 0;
  rounds_.seconds +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void AlertWatch::withdraw(const OpenAlerts& open) {
  if (open.empty()) return;
  std::unordered_set<std::string_view> known;
  for (const Watched& watched : rules_.watched) known.insert(watched.identity.alert);
  for (const auto& [fingerprint, alert] : open) {
    if (!known.contains(fingerprint)) clear(fingerprint, model::AlertEnd::withdrawn, true);
  }
}

AlertRounds AlertWatch::rounds() const {
  const std::lock_guard lock(mutex_);
  return rounds_;
}

AlertStatus AlertWatch::status_of(const Watched& watched, const Seen& seen) {
  AlertStatus status{.identity = watched.identity,
                     .is_on = seen.is_on,
                     .position = seen.position,
                     .state = seen.state,
                     .figures = slo::raised_record(watched.rule, watched.identity, seen.reason,
                                                   seen.finding ? &*seen.finding : nullptr,
                                                   seen.left, seen.newest),
                     .is_excluded = seen.is_excluded,
                     .error = seen.error,
                     .at = seen.at};
  if (seen.is_on) status.since = seen.since;
  return status;
}

std::vector<AlertStatus> AlertWatch::statuses(size_t limit) const {
  {
    const std::lock_guard lock(mutex_);
    if (is_seen_ && rules_.policy == writer_.views().policy()) {
      std::vector<uint32_t> shown(seen_.size());
      std::iota(shown.begin(), shown.end(), 0U);
      if (shown.size() > limit) {
        const auto urgency = [this](uint32_t rule) {
          return alert_urgency(seen_[rule].is_on, seen_[rule].state);
        };
        std::stable_sort(shown.begin(), shown.end(),
                         [&](uint32_t a, uint32_t b) { return urgency(a) < urgency(b); });
        shown.resize(limit);
      }
      std::vector<AlertStatus> statuses = rules_.broken;
      statuses.reserve(statuses.size() + shown.size());
      for (const uint32_t rule : shown)
        statuses.push_back(status_of(rules_.watched[rule], seen_[rule]));
      return statuses;
    }
  }
  std::vector<AlertStatus> statuses = look();
  if (statuses.size() > limit) statuses.resize(limit);
  return statuses;
}

std::vector<AlertStatus> AlertWatch::look() const {
  const Rules rules = rules_of(writer_.views().policy());
  const Time now = clock_.now();
  const OpenAlerts open = writer_.views().open_alerts();
  AlertReader reader(collector_, now);
  std::vector<AlertStatus> statuses = rules.broken;
  std::vector<Seen> seen;
  for (const Subject& subject : rules.subjects) {
    std::vector<Memory> memories(subject.count);
    (void)reader.turn_to(subject.subject);
    look_at(rules, subject, reader, now, memories, seen);
    for (size_t i = 0; i < subject.count; ++i) {
      const Watched& watched = rules.watched[subject.first + i];
      AlertStatus status = status_of(watched, seen[i]);
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
  }
  return statuses;
}

void AlertWatch::raise(const Watched& watched, const Seen& seen) {
  Command command{.actor = kWatchActor, .subject = "slo/" + watched.rule.slo};
  command.decide = [figures = status_of(watched, seen).figures, targets = watched.rule.targets](
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
