// What the simulated world puts behind the engine's ports: chance, time, signals and receivers, all
// repeatable.
#pragma once

#include "engine/engine.hpp"

#include <set>

namespace tollgate::sim {

/// A number from a seed, well mixed. Source: S. Vigna, splitmix64.
constexpr uint64_t mixed(uint64_t seed) {
  seed += 0x9E3779B97F4A7C15ULL;
  seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EBULL;
  return seed ^ (seed >> 31);
}

/// The only source of chance of one run.
class Chance {
 public:
  explicit Chance(uint64_t seed) : state_(mixed(seed)) {}
  uint64_t next() { return state_ = mixed(state_); }
  /// In [0, count); count > 0.
  size_t pick(size_t count) { return static_cast<size_t>(next() % count); }
  bool percent(size_t share) { return pick(100) < share; }

 private:
  uint64_t state_;
};

class Clock : public engine::Clock {
 public:
  explicit Clock(Time start) : now_(start) {}
  Time now() override { return now_; }
  void advance(Duration by) { now_ = now_ + by; }

 private:
  Time now_;
};

enum class SignalMood { good, spent, failing, stale, absent, thin };
inline constexpr size_t kSignalMoods = 6;

/// Answers by mood; its counts are a function of the question.
class Signals : public engine::SignalSource {
 public:
  std::string_view name() const override { return "cells"; }
  model::Reading read(const engine::ReadingRequest& request) override;
  std::vector<std::string> feeders(const engine::ReadingRequest&) override {
    return {std::string(kFeeder)};
  }
  void set_mood(SignalMood mood) { mood_ = mood; }
  /// Doubts every reading from now on, or none.
  void set_doubt(std::optional<model::Doubt> doubt) { doubt_ = std::move(doubt); }
  /// Every event from now on stands for `weight` of them.
  void set_weight(int64_t weight) { weight_ = weight; }
  /// Metrics servers see this share of bad events more than others do.
  void set_other_bad(Ppm share) { other_bad_ = share; }
  static constexpr std::string_view kFeeder = "agent";

 private:
  SignalMood mood_ = SignalMood::good;
  std::optional<model::Doubt> doubt_ = {};
  int64_t weight_ = 1;
  Ppm other_bad_{0};
};

/// Receivers that sometimes do not answer, and sometimes cannot exist.
class Deliverer : public engine::Deliverer {
 public:
  explicit Deliverer(Chance& chance, size_t failing_percent)
      : chance_(chance), failing_percent_(failing_percent) {}
  Result<void> deliver(const engine::Notification& notification) override;
  Duration repeat_every(const engine::Notification&) const override { return {}; }
  /// Effects that were taken since the last call.
  std::set<int64_t> take_delivered() { return std::exchange(delivered_, {}); }

 private:
  Chance& chance_;
  const size_t failing_percent_;
  std::set<int64_t> delivered_;
};

/// Only UTC.
class Zones : public engine::ZoneTable {
 public:
  Result<calendar::Zone> zone(const std::string&) override { return calendar::Zone{}; }
};

/// A report of `kind` whose figures follow from `draw`.
model::Report make_report(model::ReportKind kind, uint64_t draw);

}  // namespace tollgate::sim
