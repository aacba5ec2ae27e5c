// Looks at every alert rule of the policy in force again and again, every second where the events
// are counted in this process, and asks the writer to record what changed. Which alerts are on is
// the ledger's word alone, so a restart neither loses nor repeats one; what is remembered here
// (calm since, charts) only makes the next step better.
#pragma once

#include "domain/slo/alert_rules.hpp"
#include "engine/alerts/alert_reader.hpp"
#include "engine/alerts/alert_status.hpp"
#include "engine/ports/clock.hpp"
#include "engine/writer/writer.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::engine {

/// How often rules of SLOs that are counted in this process are looked at, and how often all
/// others, whose sources must be asked.
inline constexpr Duration kAlertsEvery = seconds(1);
inline constexpr Duration kRemoteAlertsEvery = seconds(30);
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
  /// The same as the last round found them, at no cost; look() if the policy is newer than that. Of
  /// more than `limit` the most urgent.
  std::vector<AlertStatus> statuses(size_t limit) const;
  AlertRounds rounds() const;

 private:
  struct Watched {
    slo::AlertRule rule;
    model::AlertIdentity identity;
  };
  /// An SLO in one place and its rules, which are neighbours in `watched`.
  struct Subject {
    AlertSubject subject;
    size_t first = 0;
    size_t count = 0;
  };
  struct Rules {
    std::shared_ptr<const Policy> policy;
    std::vector<Subject> subjects;
    std::vector<Watched> watched;
    std::vector<AlertStatus> broken;  // rules that cannot be judged
  };
  struct Memory {
    slo::AlertState state;
    std::optional<Time> newest;
    std::optional<Time> counted_to;  // what the chart has seen
  };
  /// A rule as it was last looked at, without what the rule itself says.
  struct Seen {
    slo::AlertReason reason = slo::AlertReason::none;
    std::optional<slo::BurnFinding> finding = {};
    std::optional<Ppm> left = {};
    std::optional<Time> newest = {};
    slo::BurnState state = slo::BurnState::unknown;
    bool is_excluded = false;
    bool is_on = false;
    Time since = {};
    int64_t position = -1;
    std::string error = {};
    Time at = {};
  };
  using OpenAlerts = std::map<std::string, OpenAlert, std::less<>>;

  void run();
  /// One look at all rules, or only at those of SLOs that are counted here.
  void round(bool is_whole);
  Rules rules_of(const std::shared_ptr<const Policy>& policy) const;
  /// Memories of the rules in force, carried over from those before.
  void follow(const std::shared_ptr<const Policy>& policy);
  /// Steps the rules of a subject, to which the reader was turned.
  void look_at(const Rules& rules, const Subject& subject, AlertReader& reader, Time now,
               std::span<Memory> memories, std::vector<Seen>& seen) const;
  Seen step(const slo::AlertRule& rule, Memory& memory, AlertReader& reader,
            std::span<const slo::Span> exclusions, Time now) const;
  static Seen doubted(Memory& memory, const model::Doubt& doubt, Time now);
  /// Takes over what the ledger says of an alert that is on.
  static void recall(const OpenAlerts& open, const std::string& fingerprint, Memory& memory);
  /// Asks for what changed, and keeps what was seen.
  void settle(const Subject& subject, const OpenAlerts& open, std::vector<Seen>& seen);
  /// Ends alerts whose rules are gone.
  void withdraw(const OpenAlerts& open);
  static AlertStatus status_of(const Watched& watched, const Seen& seen);
  void raise(const Watched& watched, const Seen& seen);
  void clear(const std::string& fingerprint, model::AlertEnd end, bool tells_resolved);

  const Collector& collector_;
  Writer& writer_;
  Clock& clock_;
  const FindExclusions exclusions_;
  Rules rules_;                   // written by the rounds' thread under mutex_
  std::vector<Memory> memories_;  // the rounds' thread only; by rule
  std::optional<Time> last_round_;
  std::optional<Time> last_whole_round_;

  mutable std::mutex mutex_;
  std::condition_variable woken_;
  std::atomic<bool> is_stopping_ = false;  // set under mutex_, so that nobody misses it
  std::vector<Seen> seen_;                 // guarded by mutex_; by rule
  bool is_seen_ = false;  // guarded by mutex_: a whole round saw the rules in force
  AlertRounds rounds_;    // guarded by mutex_
  std::thread thread_;
};

}  // namespace tollgate::engine
