// What has been observed so far, as far as it takes to tell news from repeats and late arrivals,
// and the deployments that it adds up to. A fold of observations; pure.
#pragma once

#include "domain/delivery/deployment.hpp"
#include "domain/model/events.hpp"

#include <deque>
#include <map>
#include <set>
#include <string>

namespace tollgate::delivery {

/// Facts other than deployments that are remembered; beyond that the oldest by the sender's time
/// are forgotten, and a repeat of one of those would be recorded again.
inline constexpr size_t kKnownMax = 100'000;

/// Facts that wait for their sender's API at once; beyond that the oldest are given up.
inline constexpr size_t kWaitingFactsMax = 10'000;
/// Facts that were not confirmed, kept to be shown.
inline constexpr size_t kDoubtfulFactsMax = 500;

/// True for a fact that is not believed so far, and must change nothing.
bool is_unconfirmed(const model::Event& event);

/// A fact that is not believed so far.
struct WaitingFact {
  int64_t position = 0;
  Time since = {};
  model::Observation observation = {};
};
/// One that was not confirmed, and why.
struct DoubtfulFact {
  WaitingFact fact = {};
  model::ConfirmationEnded end = {};
  Time at = {};
};

class ObservedFacts {
 public:
  /// Whether `observation` says anything that is not known: a deployment that would change, or for
  /// all others something newer by the sender's clock than what is known of the same thing. An
  /// unconfirmed one is no news either while the same waits already.
  bool is_news(const model::Observation& observation) const;
  /// Whether it says more than what is known, where an API tells again what deliveries told: times
  /// that differ a little are no news.
  bool says_more(const model::Observation& observation) const;
  /// Takes it into account. True if it was news.
  bool take(const model::Observation& observation, int64_t position);
  /// Takes an event of the ledger into account, if it is an observation.
  void take(const model::Event& event);

  const DeploymentBook& deployments() const { return deployments_; }
  /// By position.
  const std::map<int64_t, WaitingFact>& waiting() const { return waiting_; }
  /// Oldest first.
  const std::deque<DoubtfulFact>& doubtful() const { return doubtful_; }

 private:
  void forget_waiting(int64_t position);

  using Newest = std::pair<Time, int64_t>;  // sender's time, then how far

  DeploymentBook deployments_;
  std::map<std::string, Newest> known_;  // by what it is about
  std::set<std::pair<Time, std::string>> by_age_;
  std::map<int64_t, WaitingFact> waiting_;
  std::map<std::string, int64_t> waiting_by_text_;  // what the fact says: its position
  std::deque<DoubtfulFact> doubtful_;
};

}  // namespace tollgate::delivery
