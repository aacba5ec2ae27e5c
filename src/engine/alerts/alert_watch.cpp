#include "engine/alerts/alert_watch.hpp"

#include "domain/slo/alert_words.hpp"
#include "engine/decide/alerts.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/thread_name.hpp"

#include <algorithm>
#include <chrono>

namespace tollgate::engine {
namespace {

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
    rounds_left = is_whole ? kRemoteAlertsEvery.ms / pace_.every.ms - 1 : rounds_left - 1;
    // A round that took longer than its time makes the next ones later, not more frequent.
    due = std::max(due + std::chrono::milliseconds(pace_.every.ms), steady_clock::now());
    std::unique_lock lock(mutex_);
    if (woken_.wait_until(lock, due, [this] { return is_stopping_.load(); })) return;
  }
}

void AlertWatch::tick() {
  const Time now = clock_.now();
  const auto is_due = [now](const std::optional<Time>& last, Duration every) {
    return !last || now - *last >= every || now < *last;
  };
  if (!is_due(last_round_, pace_.every)) return;
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
        subject.silence_max = std::max(subject.silence_max, rule.no_data_after);
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
  std::vector<Memory> memories(rules.watched.size());
  for (size_t i = 0; i < memories.size(); ++i) {
    const auto known = by_alert_.find(rules.watched[i].identity.alert);
    if (known != by_alert_.end()) memories[i] = memories_[known->second];
  }
  memories_ = std::move(memories);
  turns_.assign(rules.subjects.size(), {});
  standing_.clear();
  open_.clear();
  open_rules_.clear();
  alerts_revision_ = book_revision_ = -1;
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
  by_alert_.clear();
  for (size_t i = 0; i < rules_.watched.size(); ++i)
    by_alert_.emplace(rules_.watched[i].identity.alert, static_cast<uint32_t>(i));
  for (size_t i = 0; i < rules_.subjects.size(); ++i) {
    const AlertSubject& subject = rules_.subjects[i].subject;
    standing_.push_back(collector_.stand(subject.resolved, subject.environment));
    if (standing_.back() != nullptr) turns_[i].version = &standing_.back()->version();
  }
  seen_.assign(rules_.watched.size(), {});
  is_seen_ = false;
}

bool AlertWatch::settle(const Subject& subject, std::vector<Seen>& seen) {
  bool is_settled = true;
  for (size_t i = 0; i < subject.count; ++i) {
    const Watched& watched = rules_.watched[subject.first + i];
    const OpenAlert* const open = open_of(subject.first + i);
    is_settled &= seen[i].is_on == (open != nullptr);
    if (seen[i].is_on && open == nullptr) raise(watched, seen[i]);
    if (!seen[i].is_on && open != nullptr)
      clear(watched.identity.alert, model::AlertEnd::calm, watched.rule.tells_resolved);
    if (seen[i].is_on && open != nullptr) seen[i].position = open->position;
  }
  return is_settled;
}

const OpenAlert* AlertWatch::open_of(size_t rule) const {
  const auto found = open_rules_.find(static_cast<uint32_t>(rule));
  return found == open_rules_.end() ? nullptr : found->second;
}

void AlertWatch::follow_open_alerts() {
  // Read first: what is newer than its number is seen again.
  const int64_t revision = writer_.views().alerts_revision();
  if (revision == alerts_revision_) return;
  OpenAlerts open = writer_.views().open_alerts();
  alerts_revision_ = revision;
  const auto look_again_at = [this](const std::string& fingerprint) {
    const auto rule = by_alert_.find(fingerprint);
    if (rule == by_alert_.end()) return;
    const auto subject =
        std::upper_bound(rules_.subjects.begin(), rules_.subjects.end(), size_t{rule->second},
                         [](size_t place, const Subject& each) { return place < each.first; });
    turns_[static_cast<size_t>(subject - rules_.subjects.begin()) - 1].is_held = false;
  };
  for (const auto& [fingerprint, alert] : open_) {
    const auto now = open.find(fingerprint);
    if (now == open.end() || now->second.position != alert.position) look_again_at(fingerprint);
  }
  open_rules_.clear();
  for (const auto& [fingerprint, alert] : open) {
    if (!open_.contains(fingerprint)) look_again_at(fingerprint);
    const auto rule = by_alert_.find(fingerprint);
    if (rule != by_alert_.end()) open_rules_[rule->second] = &alert;
  }
  open_ = std::move(open);  // its nodes, which open_rules_ points to, stay where they are
}

bool AlertWatch::prepare(const Policy& policy, Time now) {
  follow_open_alerts();
  const int64_t book = writer_.views().calendar_book()->revision();
  if (book != book_revision_) {
    for (size_t i = 0; i < turns_.size(); ++i) {
      const AlertSubject& subject = rules_.subjects[i].subject;
      turns_[i].may_be_excluded =
          maintenance_.is_possible(policy, subject.resolved.objective.slo, subject.environment);
      if (turns_[i].may_be_excluded) turns_[i].is_held = false;
    }
    book_revision_ = book;
  }
  const bool is_backwards = now < round_began_;
  round_began_ = now;
  return !is_backwards && collector_.are_trusted(now);
}

void AlertWatch::look_again(size_t index, AlertReader& reader, Time now, bool may_hold,
                            bool is_whole, Scratch& scratch) {
  const Subject& subject = rules_.subjects[index];
  Turn& turn = turns_[index];
  turn.is_held = false;
  StandingCounts* const standing =
      may_hold && !turn.may_be_excluded ? standing_[index].get() : nullptr;
  // Before counting, so that what comes in between is counted again.
  const uint32_t version = standing == nullptr ? 0 : turn.version->load(std::memory_order_acquire);
  const bool is_counted_here = reader.turn_to(subject.subject, standing);
  if (!is_whole && !is_counted_here) return;
  const std::span<Memory> memories(memories_.data() + subject.first, subject.count);
  for (size_t i = 0; i < subject.count; ++i) recall(open_of(subject.first + i), memories[i]);
  std::vector<slo::Span> exclusions;
  if (turn.may_be_excluded) exclusions = exclusions_of(rules_, subject, now);
  look_at(rules_, subject, reader, now, exclusions, memories, scratch);
  const bool is_settled = settle(subject, scratch.seen);
  if (standing != nullptr && is_counted_here && is_settled) {
    turn.is_held = true;
    turn.seen_version = version;
    turn.due = scratch.due;
  }
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < subject.count; ++i) {
    scratch.seen[i].is_held = turn.is_held;
    seen_[subject.first + i] = std::move(scratch.seen[i]);
  }
}

void AlertWatch::round(bool is_whole) {
  const auto began = std::chrono::steady_clock::now();
  const auto policy = writer_.views().policy();
  if (rules_.policy != policy) {
    follow(policy);
    is_whole = true;
  }
  const Time now = clock_.now();
  const bool may_hold = prepare(*policy, now);
  const bool may_skip = may_hold && !pace_.always_looks;
  AlertReader reader(collector_, now);
  Scratch scratch;
  int64_t held = 0;
  for (size_t i = 0; i < rules_.subjects.size(); ++i) {
    if (is_stopping_) return;  // a look at very many SLOs may take a minute after a start
    if (may_skip && turns_[i].holds(now)) {
      ++held;
      continue;
    }
    look_again(i, reader, now, may_hold, is_whole, scratch);
  }
  if (is_whole) withdraw();
  const std::lock_guard lock(mutex_);
  is_seen_ = is_seen_ || is_whole;
  round_at_ = now;
  ++rounds_.rounds;
  rounds_.whole_rounds += is_whole ? 1 : 0;
  rounds_.held += held;
  rounds_.looks += static_cast<int64_t>(rules_.subjects.size()) - held;
  rounds_.seconds +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void AlertWatch::withdraw() {
  for (const auto& [fingerprint, alert] : open_) {
    if (!by_alert_.contains(fingerprint)) clear(fingerprint, model::AlertEnd::withdrawn, true);
  }
}

AlertRounds AlertWatch::rounds() const {
  const std::lock_guard lock(mutex_);
  return rounds_;
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
