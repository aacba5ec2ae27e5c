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

/// The observation that an event carries; nothing for other events.
std::optional<model::Observation> observation_of(const model::Event& event);

/// Everything but deployments, which have a book of their own.
class KnownFacts {
 public:
  /// Whether `observation`, which is no deployment, says something newer by the sender's clock than
  /// what is known of the same thing.
  bool is_news(const model::Observation& observation) const;
  /// Whether it says more than a time that differs by less than kSameMoment.
  bool says_more(const model::Observation& observation) const;
  /// Takes it into account. True if it was news.
  bool take(const model::Observation& observation);

 private:
  using Newest = std::pair<Time, int64_t>;  // sender's time, then how far

  std::map<std::string, Newest> known_;  // by what it is about
  std::set<std::pair<Time, std::string>> by_age_;
};

/// Facts that wait for their sender's API, and those that it did not confirm.
class UnconfirmedFacts {
 public:
  /// Whether the same unconfirmed fact waits already.
  bool is_waiting(const model::Observation& observation) const;
  /// Takes an event into account. True if it is about such facts alone, so that it changes nothing
  /// else.
  bool take(const model::Event& event);
  /// By position.
  const std::map<int64_t, WaitingFact>& waiting() const { return waiting_; }
  /// Oldest first.
  const std::deque<DoubtfulFact>& doubtful() const { return doubtful_; }

 private:
  void forget(int64_t position);

  std::map<int64_t, WaitingFact> waiting_;
  std::map<std::string, int64_t> waiting_by_text_;  // what the fact says: its position
  std::deque<DoubtfulFact> doubtful_;
};

class ObservedFacts {
 public:
  /// Whether `observation` says anything that is not known: a deployment that would change, or for
  /// all others something newer by the sender's clock than what is known of the same thing. An
  /// unconfirmed one is no news either while the same waits already.
  bool is_news(const model::Observation& observation) const;
  /// Takes it into account. True if it was news.
  bool take(const model::Observation& observation, int64_t position);
  /// Takes an event of the ledger into account, if it is an observation.
  void take(const model::Event& event);

  const DeploymentBook& deployments() const { return deployments_; }

 private:
  DeploymentBook deployments_;
  KnownFacts others_;
  UnconfirmedFacts unconfirmed_;
};

}  // namespace tollgate::delivery
