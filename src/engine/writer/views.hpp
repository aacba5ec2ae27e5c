// What readers see: only what is durable. Fed by the writer after each commit; read from any
// thread.
#pragma once

#include "domain/model/events.hpp"
#include "domain/queue/board.hpp"
#include "domain/schedule/book.hpp"
#include "engine/state/alert_book.hpp"
#include "engine/state/delivery_book.hpp"
#include "engine/state/policy.hpp"
#include "engine/state/quarantine_book.hpp"
#include "engine/writer/merged_places.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::engine {

/// One line of the list of decisions.
struct DecisionLine {
  int64_t position = 0;
  Time time;
  std::string decision;
  std::string service;
  std::string environment;
  std::string version;
  model::Outcome outcome = model::Outcome::inconclusive;
};

/// Totals since the ledger began, by outcome.
struct DecisionTotals {
  std::map<std::pair<std::string, model::Outcome>, int64_t> by_environment;
  int64_t evidence = 0;
  int64_t policies = 0;
};

/// An effect that has not ended.
struct PendingEffect {
  int64_t position = 0;  // of its effect.requested
  Time since;
  model::EffectRequested request;
};

/// An effect that ended: done, or given up.
struct EndedEffect {
  PendingEffect effect;
  model::EffectEnded end;
  Time at;
};
inline constexpr size_t kEndedEffectsMax = 1000;

struct Deliveries {
  std::vector<delivery::Deployment> deployments = {};
  std::vector<delivery::Bypass> bypasses = {};
};

inline constexpr size_t kDecisionLinesMax =
    10'000;  // newest kept in memory; older ones are read from the ledger

/// How the effects for one target ended.
struct EffectTotals {
  int64_t done = 0;
  int64_t gave_up = 0;
  Time last_done = {};
  Time last_gave_up = {};
};
inline constexpr size_t kEffectTargetsMax = 10'000;

struct RecordedAudit {
  int64_t position = 0;
  Time time = {};
  std::string actor = {};
  model::AuditRecorded audit = {};
};
inline constexpr size_t kAuditsShown = 500;
/// Schedules whose newest audit is known; what is due needs no more than those of one policy.
inline constexpr size_t kAuditSchedulesMax = 10'000;

/// Readers of delivery figures see it as delivery::KnownDeliveries.
class Views : public delivery::KnownDeliveries {
 public:
  /// Takes durable events into account. Called by the writer and by the rebuild at start, never
  /// by two threads.
  void take(const model::Event& event, const std::shared_ptr<const Policy>& policy);

  std::shared_ptr<const Policy> policy() const;
  /// The recorded calendar entries.
  std::shared_ptr<const schedule::Book> calendar_book() const;
  /// The sources that prove nothing.
  std::shared_ptr<const QuarantineBook> quarantines() const;
  /// What `read` makes of the queues, which must not be kept beyond the call.
  template <class Read>
  auto with_queues(Read read) const {
    const std::shared_lock lock(mutex_);
    return read(board_);
  }
  int64_t size() const;
  /// Newest first, positions below `before`, at most `limit`, of one service or environment if
  /// named.
  std::vector<DecisionLine> decisions(int64_t before, size_t limit, std::string_view service,
                                      std::string_view environment) const;
  /// The newest decision about each service and environment, sorted by both.
  std::vector<DecisionLine> latest_decisions() const;
  DecisionTotals totals() const;
  /// Effects that have not ended, oldest first.
  std::vector<PendingEffect> pending_effects() const;
  /// True if an effect that was asked for at `position` or behind it is still due.
  bool has_effect_from(int64_t position) const;
  /// Facts that wait for their sender's API, oldest first.
  std::vector<delivery::WaitingFact> waiting_facts() const;
  /// True if a fact that was recorded at `position` or behind it waits.
  bool has_waiting_from(int64_t position) const;
  /// Facts that were not confirmed, newest first.
  std::vector<delivery::DoubtfulFact> doubtful_facts() const;
  /// How effects ended, by target.
  std::map<std::string, EffectTotals> effect_totals() const;
  /// Audits that were recorded, newest first, at most kAuditsShown.
  std::vector<RecordedAudit> audits() const;
  /// The newest audit of a schedule; nothing if there is none.
  std::optional<RecordedAudit> last_audit(std::string_view schedule) const;
  /// Effects that ended, newest first, at most kEndedEffectsMax.
  std::vector<EndedEffect> ended_effects() const;

  /// The places with deployments, sorted.
  std::vector<delivery::DeploymentBook::Place> places() const override;
  /// What is known of a place, merged when it is asked for first and kept until it changes.
  std::shared_ptr<const delivery::Place> place(
      const delivery::DeploymentBook::Place& name) const override;
  bool has_incident_source() const override;
  /// When the newest observation was recorded.
  Time newest_observation() const;
  /// The deployments of a service in an environment, with the kinds that their verdicts tell, and
  /// those among them that no verdict had let go.
  Deliveries deliveries(const std::string& service, const std::string& environment) const;
  /// Whether an observation would be recorded, as far as is durable.
  bool is_news(const model::Observation& observation) const;
  /// Whether it says more than what is known, as ObservedFacts::says_more.
  bool says_more(const model::Observation& observation) const;
  /// Questions that are due at `now`, oldest first.
  std::vector<OpenQuestion> due_questions(Time now) const;
  std::vector<OpenQuestion> open_questions() const;
  /// Alerts that are on, by fingerprint.
  std::map<std::string, OpenAlert, std::less<>> open_alerts() const;
  /// Another number whenever open_alerts() are others.
  int64_t alerts_revision() const;
  std::vector<Incident> open_incidents() const;

 private:
  void take_total(const std::string& target, const model::EffectEnded& ended, Time at);

  mutable std::shared_mutex mutex_;
  // All below: guarded by mutex_.
  std::shared_ptr<const Policy> policy_ = std::make_shared<const Policy>(model::Bundle());
  std::shared_ptr<const schedule::Book> book_ = std::make_shared<const schedule::Book>();
  std::shared_ptr<const QuarantineBook> quarantines_ = std::make_shared<const QuarantineBook>();
  queue::Board board_;
  int64_t size_ = 0;
  std::deque<DecisionLine> lines_;
  std::map<std::pair<std::string, std::string>, DecisionLine> latest_;
  DecisionTotals totals_;
  std::map<int64_t, PendingEffect> effects_;  // by position
  std::deque<EndedEffect> ended_;
  std::map<std::string, EffectTotals> effect_totals_;  // at most kEffectTargetsMax
  std::deque<RecordedAudit> audits_;
  // By schedule; at most kAuditSchedulesMax.
  std::map<std::string, RecordedAudit, std::less<>> scheduled_audits_;
  DeliveryBook deliveries_;
  AlertBook alerts_;

  MergedPlaces merged_;  // has a lock of its own, which is never taken under mutex_
};

}  // namespace tollgate::engine
