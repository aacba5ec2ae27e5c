// The outbox: carries out what the ledger says is to happen outside, at least once, and records how
// it ended. The list of what is due comes from the ledger alone, so a crash between asking and
// doing loses nothing.
#pragma once

#include "engine/limits.hpp"
#include "engine/outbox/target_health.hpp"
#include "engine/ports/deliverer.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/round_thread.hpp"

#include <map>
#include <mutex>
#include <optional>

namespace tollgate::engine {

/// After so many failures in a row a target is held back: nothing is sent to it until a wait is
/// over, then one message tries whether it is back.
inline constexpr int64_t kFailuresHeldBack = 5;

/// How long to wait before attempt `attempts + 1`; a fifth of it is spread by `effect`, so that
/// targets that failed together are not asked together again. Pure.
Duration retry_wait(const OutboxLimits& limits, int64_t attempts, int64_t effect);

class Outbox {
 public:
  /// All outlive the outbox.
  Outbox(ledger::Ledger& ledger, Writer& writer, Deliverer& deliverer, Clock& clock,
         const OutboxLimits& limits)
      : ledger_(ledger), writer_(writer), deliverer_(deliverer), clock_(clock), limits_(limits) {}
  ~Outbox() { stop(); }

  /// Starts the thread that delivers.
  void start();
  void stop();
  /// Something may have become due.
  void wake();
  /// Tries everything that is due, on this thread, and returns how many were tried.
  size_t run_due();
  /// How targets fare that failed since the process began, by name. Safe from any thread.
  std::map<std::string, TargetHealth> health() const;
  /// Sends a test to a target, on this thread; records nothing. Errors: unknown_name; those of
  /// Deliverer::deliver.
  Result<void> test(std::string_view target);

 private:
  struct Attempts {
    int64_t count = 0;
    Time next;
    // Set once it ended; what is left then is that the ledger says so.
    std::optional<model::EffectEnded> end = {};
  };
  bool is_held_back(const std::string& target) const;
  void note(const std::string& target, const Result<void>& delivered);
  void attempt(const PendingEffect& effect);
  /// Tells targets that want it again of incidents that go on.
  void repeat_incidents();
  /// What `target` is told about record `cause`; `effect` names the telling.
  Result<Notification> notification(const std::string& target, int64_t cause, int64_t effect) const;
  /// The verdict that a sender's question waits for, addressed as the question asks.
  Result<Notification> answer(const PendingEffect& effect) const;
  void end(const PendingEffect& effect, model::EffectResult result, std::string detail);
  void record_end(const PendingEffect& effect, const model::EffectEnded& ended);

  ledger::Ledger& ledger_;
  Writer& writer_;
  Deliverer& deliverer_;
  Clock& clock_;
  const OutboxLimits limits_;
  std::map<int64_t, Attempts> attempts_;  // by effect; the delivering thread only
  // By incident's record and target: when it is told again; the delivering thread only.
  std::map<std::pair<int64_t, std::string>, Time> repeats_;

  mutable std::mutex health_mutex_;
  std::map<std::string, TargetHealth> health_;  // guarded by health_mutex_
  RoundThread thread_;
};

}  // namespace tollgate::engine
