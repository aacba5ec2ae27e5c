// What readers see: only what is durable. Fed by the writer after each commit; read from any
// thread.
#pragma once

#include "domain/model/events.hpp"
#include "engine/state/alert_book.hpp"
#include "engine/state/policy.hpp"

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

inline constexpr size_t kDecisionLinesMax =
    10'000;  // newest kept in memory; older ones are read from the ledger

class Views {
 public:
  /// Takes durable events into account. Called by the writer and by the rebuild at start, never by
  /// two threads.
  void take(const model::Event& event, const std::shared_ptr<const Policy>& policy);

  std::shared_ptr<const Policy> policy() const;
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
  /// Alerts that are on, by fingerprint.
  std::map<std::string, OpenAlert, std::less<>> open_alerts() const;
  std::vector<Incident> open_incidents() const;

 private:
  mutable std::shared_mutex mutex_;
  // All below: guarded by mutex_.
  std::shared_ptr<const Policy> policy_ = std::make_shared<const Policy>(model::Bundle());
  int64_t size_ = 0;
  std::deque<DecisionLine> lines_;
  std::map<std::pair<std::string, std::string>, DecisionLine> latest_;
  DecisionTotals totals_;
  std::map<int64_t, PendingEffect> effects_;  // by position
  AlertBook alerts_;
};

}  // namespace tollgate::engine
