// Looks at every alert rule of the policy in force again and again, every second where sums of the
// events that this process counts have the answer, and asks the writer to record what changed.
// Which alerts are on is the ledger's word alone, so a restart neither loses nor repeats one; what
// is remembered here (calm since, charts) only makes the next step better.
#pragma once

#include "domain/slo/alert_rules.hpp"
#include "engine/alerts/alert_reader.hpp"
#include "engine/alerts/alert_status.hpp"
#include "engine/limits.hpp"
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
#include <unordered_map>
#include <vector>

namespace tollgate::engine {

/// Rules of one policy; more are not looked at, and the log says so.
inline constexpr size_t kAlertRulesMax = 400'000;

/// Who knows approved maintenance, in which an SLO in an environment raises nothing. Both from any
/// thread.
struct MaintenanceFacts {
  /// What of it lies within `span`.
  std::function<std::vector<slo::Span>(const Policy& policy, const std::string& slo,
                                       const std::string& environment, const slo::Span& span)>
      within;
  /// Whether there is any at all, at whatever time; changes with the policy and the calendar book.
  std::function<bool(const Policy& policy, const std::string& slo, const std::string& environment)>
      is_possible;
};

class AlertWatch {
 public:
  /// All outlive the watch.
  AlertWatch(const Collector& collector, Writer& writer, Clock& clock, MaintenanceFacts maintenance,
             const AlertPace& pace)
      : collector_(collector),
        writer_(writer),
        clock_(clock),
        maintenance_(std::move(maintenance)),
        pace_(pace) {}
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
    Duration silence_max = {};  // the longest that a rule waits for data
  };
  /// Whether a subject has to be looked at: only this is touched where nothing changed.
  struct Turn {
    const std::atomic<uint32_t>* version = nullptr;  // of its counts; null: they tell of no change
    Time due = {};              // its answer holds until then, unless the version changes
    uint32_t seen_version = 0;  // that the answer is of
    bool is_held = false;       // there is an answer that holds
    bool may_be_excluded =
        false;  // maintenance is possible, so that time alone may change everything

    bool holds(Time now) const {
      return is_held && now < due && version->load(std::memory_order_acquire) == seen_version;
    }
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
    bool is_held = false;  // every round since then would have said the same
  };
  /// Memory that looks share.
  struct Scratch {
    std::vector<slo::PairCounts> pairs = {};
    slo::AlertStep step = {};
    std::vector<Seen> seen = {};
    Time due = {};          // when the subject's answer may be another one, whatever is counted
    Time asked_since = {};  // the policy in force has asked for data since then
  };
  using OpenAlerts = std::map<std::string, OpenAlert, std::less<>>;

  void run();
  /// One look at all rules, or only at those that sums of events counted here answer.
  void round(bool is_whole);
  Rules rules_of(const std::shared_ptr<const Policy>& policy) const;
  /// Memories of the rules in force, carried over from those before.
  void follow(const std::shared_ptr<const Policy>& policy);
  /// Notes what is on and what may rest, and has those looked at again that this concerns. False if
  /// no answer holds now.
  bool prepare(const Policy& policy, Time now);
  void follow_open_alerts();
  /// One subject of a round.
  void look_again(size_t index, AlertReader& reader, Time now, bool may_hold, bool is_whole,
                  Scratch& scratch);
  /// Maintenance that may matter to a look at `now`: around it, or since data are waited for.
  std::vector<slo::Span> exclusions_of(const Rules& rules, const Subject& subject, Time now) const;
  /// Steps the rules of a subject, to which the reader was turned.
  void look_at(const Rules& rules, const Subject& subject, AlertReader& reader, Time now,
               std::span<const slo::Span> exclusions, std::span<Memory> memories,
               Scratch& scratch) const;
  static Seen step(const slo::AlertRule& rule, Memory& memory, AlertReader& reader,
                   std::span<const slo::Span> exclusions, Time now, Scratch& scratch);
  static Seen doubted(Memory& memory, const model::Doubt& doubt, Time now);
  /// Takes over what the ledger says of an alert: null if it is off.
  static void recall(const OpenAlert* open, Memory& memory);
  /// Asks for what changed. False if the ledger does not say yet what was seen.
  bool settle(const Subject& subject, std::vector<Seen>& seen);
  /// Null if the alert of a rule is off.
  const OpenAlert* open_of(size_t rule) const;
  /// Ends alerts whose rules are gone.
  void withdraw();
  static AlertStatus status_of(const Watched& watched, const Seen& seen);
  std::optional<std::vector<AlertStatus>> last_statuses(size_t limit) const;
  void raise(const Watched& watched, const Seen& seen);
  void clear(const std::string& fingerprint, model::AlertEnd end, bool tells_resolved);

  const Collector& collector_;
  Writer& writer_;
  Clock& clock_;
  const MaintenanceFacts maintenance_;
  const AlertPace pace_;
  Rules rules_;  // written by the rounds' thread under mutex_
  // The rounds' thread only:
  std::vector<Memory> memories_;                               // by rule
  std::vector<Turn> turns_;                                    // by subject
  std::vector<std::unique_ptr<StandingCounts>> standing_;      // by subject; null: none
  std::unordered_map<std::string_view, uint32_t> by_alert_;    // rules by fingerprint
  OpenAlerts open_;                                            // as of alerts_revision_
  std::unordered_map<uint32_t, const OpenAlert*> open_rules_;  // of open_, by rule
  int64_t alerts_revision_ = -1;
  int64_t book_revision_ = -1;  // that Turn::may_be_excluded is of
  Time round_began_ = {};
  std::optional<Time> last_round_;
  std::optional<Time> last_whole_round_;

  mutable std::mutex mutex_;
  std::condition_variable woken_;
  std::atomic<bool> is_stopping_ = false;  // set under mutex_, so that nobody misses it
  std::vector<Seen> seen_;                 // guarded by mutex_; by rule
  bool is_seen_ = false;  // guarded by mutex_: a whole round saw the rules in force
  Time round_at_ = {};    // guarded by mutex_: the last one that was finished
  AlertRounds rounds_;    // guarded by mutex_
  std::thread thread_;
};

}  // namespace tollgate::engine
