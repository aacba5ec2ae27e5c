// Looks at every alert rule of the policy in force again and again, and asks the writer to record
// what changed. Which alerts are on is the ledger's word alone, so a restart neither loses nor
// repeats one; what is remembered here (calm since, charts) only makes the next step better.
#pragma once

#include "domain/slo/alert_rules.hpp"
#include "engine/alerts/alert_status.hpp"
#include "engine/collector/collector.hpp"
#include "engine/ports/clock.hpp"
#include "engine/writer/writer.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::engine {

/// How often the rules are looked at.
inline constexpr Duration kAlertsEvery = seconds(30);
/// Rules of one policy; more are not looked at, and the log says so.
inline constexpr size_t kAlertRulesMax = 400'000;

/// Spans around `now` in which an SLO in an environment raises nothing.
using FindExclusions = std::function<std::vector<slo::Span>(
    const Policy& policy, const std::string& slo, const std::string& environment, Time now)>;

class AlertWatch {
 public:
  /// All outlive the watch. `exclusions` is called from any thread.
  AlertWatch(const Collector& collector, Writer& writer, Clock& clock, FindExclusions exclusions)
      : collector_(collector), writer_(writer), clock_(clock), exclusions_(std::move(exclusions)) {}
  ~AlertWatch() { stop(); }

  /// Starts the thread that does rounds.
  void start();
  void stop();
  /// A round if one is due. For an engine without threads.
  void tick();
  /// The rules as they are now: a look that records nothing. Safe from any thread; waits for
  /// sources.
  std::vector<AlertStatus> look() const;
  /// The same as the last round found them, at no cost; look() if the policy is newer than that.
  std::vector<AlertStatus> statuses() const;

 private:
  /// A rule and what reading its windows needs.
  struct Watched {
    slo::AlertRule rule;
    slo::Resolved resolved;
    model::AlertIdentity identity;
  };
  struct Rules {
    std::shared_ptr<const Policy> policy;
    std::vector<Watched> watched;
    std::vector<AlertStatus> broken;  // rules that cannot be judged
  };
  struct Memory {
    slo::AlertState state;
    std::optional<Time> newest;
    std::optional<Time> counted_to;  // what the chart has seen
  };
  using Memories = std::map<std::string, Memory>;
  struct Look;

  void run();
  void round();
  Rules rules_of(const std::shared_ptr<const Policy>& policy) const;
  /// Steps one rule; `memory` is carried on.
  AlertStatus look_at(const Watched& watched, Memory& memory, Look& look, Time now) const;
  void raise(const Watched& watched, const AlertStatus& status);
  void clear(const std::string& fingerprint, model::AlertEnd end, bool tells_resolved);

  const Collector& collector_;
  Writer& writer_;
  Clock& clock_;
  const FindExclusions exclusions_;
  Rules rules_;        // the rounds' thread only
  Memories memories_;  // the rounds' thread only; by fingerprint
  std::optional<Time> last_round_;

  mutable std::mutex mutex_;
  std::condition_variable woken_;
  bool is_stopping_ = false;            // guarded by mutex_
  std::vector<AlertStatus> statuses_;   // guarded by mutex_
  std::shared_ptr<const Policy> seen_;  // guarded by mutex_: what they are about
  std::thread thread_;
};

}  // namespace tollgate::engine
