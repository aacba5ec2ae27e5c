// What deciding needs to remember: the fold of all events so far. Rebuilt by evolve alone; never
// written elsewhere. Not thread-safe: its owner is the writer, a replay or a backtest.
#pragma once

#include "domain/delivery/observed.hpp"
#include "domain/model/events.hpp"
#include "domain/queue/board.hpp"
#include "domain/schedule/book.hpp"
#include "engine/state/alert_book.hpp"
#include "engine/state/policy.hpp"
#include "engine/state/quarantine_book.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::engine {

/// Builds remembered for each service; older ones are forgotten with their reports.
inline constexpr size_t kBuildsMax = 500;

/// The reports of one build, the newest of each kind.
struct Build {
  std::string version = {};
  std::string commit = {};
  std::map<model::ReportKind, gate::RecordedReport> reports;
};

/// A version that was let into, or reached, an environment.
struct Released {
  std::string version = {};
  std::string commit = {};
  int64_t position = 0;
  bool is_confirmed = false;  // a release.ended said so; otherwise only a gate allowed it
  Time time = {};
  bool is_gone = false;  // a later release.ended says that it failed or was rolled back
};

struct ServiceState {
  std::deque<Build> builds;  // oldest first
  // What was stated about artifacts, by digest, and the digests in the order of their first
  // statement; at most kArtifactsMax, and kStatementsMax of each.
  std::map<std::string, std::vector<gate::RecordedProvenance>, std::less<>> provenance = {};
  std::deque<std::string> artifacts = {};
  std::map<std::string, std::deque<Released>>
      released;  // by environment: newest last, at most kReleasedMax
};
inline constexpr size_t kReleasedMax = 50;
inline constexpr size_t kArtifactsMax = 2000;
inline constexpr size_t kStatementsMax = 8;
/// How long a release that began counts as being under way without another sign of it.
inline constexpr Duration kUnderWayMax = hours(24);

class State {
 public:
  State();

  /// Takes one event into account. Errors: a policy that no longer builds the recorded digest
  /// (bad_ledger_file).
  Result<void> evolve(const model::Event& event);

  /// The position of the next event.
  int64_t size() const { return size_; }
  /// Time of the newest event; later events are never earlier.
  Time time() const { return time_; }
  const std::shared_ptr<const Policy>& policy() const { return policy_; }
  /// The calendar entries that were recorded beside the policy.
  const schedule::Book& calendar_book() const { return book_; }
  const queue::Board& queues() const { return board_; }

  /// The alerts that are on.
  const AlertBook& alerts() const { return alerts_; }
  /// The sources that prove nothing.
  const QuarantineBook& quarantines() const { return quarantines_; }

  /// The report of the build that `request` names; null if there is none. The reference lives
  /// until the next evolve.
  const gate::RecordedReport* candidate_report(const model::GateRequest& request,
                                               model::ReportKind kind) const;
  /// The report of the version that was last released to the environment before this one; null if
  /// there is none.
  const gate::RecordedReport* baseline_report(const model::GateRequest& request,
                                              model::ReportKind kind) const;
  /// Whether the version of `request` was in another environment: the newest record of it, where
  /// releases are confirmed there a confirmed one.
  gate::ReleaseFact release_in(const model::GateRequest& request,
                               const std::string& environment) const;
  /// The artifact that `request` names and the statements about it. The fact lives until the next
  /// evolve.
  gate::ArtifactFact artifact(const model::GateRequest& request) const;
  /// The best sign that the release began before `before` and has not ended at `now`: a deployment
  /// that runs, a lease, an allow within kUnderWayMax. By nothing if there is none.
  gate::UnderWayFact under_way(const model::GateRequest& request, Time before, Time now) const;
  /// What has been observed outside.
  const delivery::ObservedFacts& observed() const { return observed_; }
  /// The version that `request` would replace.
  const Released* baseline(const model::GateRequest& request) const;

 private:
  Result<void> apply(const model::PolicyApplied& applied, Time time);
  void take(const model::EvidenceRecorded& evidence, const model::Event& event);
  gate::UnderWayFact leased_before(const model::GateRequest& request, Time before, Time now) const;
  gate::UnderWayFact allowed_before(const model::GateRequest& request, Time before) const;
  void take_provenance(const model::EvidenceRecorded& evidence, const model::Event& event);
  void take_release(const std::string& service, const std::string& environment, Released released);
  const Build* find_build(const std::string& service, std::string_view version,
                          std::string_view commit) const;

  int64_t size_ = 0;
  Time time_;
  std::shared_ptr<const Policy> policy_;
  schedule::Book book_;
  queue::Board board_;
  std::map<std::string, ServiceState, std::less<>> services_;
  delivery::ObservedFacts observed_;
  AlertBook alerts_;
  QuarantineBook quarantines_;
};

}  // namespace tollgate::engine
