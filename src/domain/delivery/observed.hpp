// What has been observed so far, as far as it takes to tell news from repeats and late arrivals,
// and the deployments that it adds up to. A fold of observations; pure.
#pragma once

#include "domain/delivery/deployment.hpp"
#include "domain/model/events.hpp"

#include <set>

namespace tollgate::delivery {

/// Facts other than deployments that are remembered; beyond that the oldest by the sender's time
/// are forgotten, and a repeat of one of those would be recorded again.
inline constexpr size_t kKnownMax = 100'000;

class ObservedFacts {
 public:
  /// Whether `observation` says anything that is not known: a deployment that would change, or for
  /// all others something newer by the sender's clock than what is known of the same thing.
  bool is_news(const model::Observation& observation) const;
  /// Takes it into account. True if it was news.
  bool take(const model::Observation& observation, int64_t position);
  /// Takes an event of the ledger into account, if it is an observation.
  void take(const model::Event& event);

  const DeploymentBook& deployments() const { return deployments_; }

 private:
  using Newest = std::pair<Time, int64_t>;  // sender's time, then how far

  DeploymentBook deployments_;
  std::map<std::string, Newest> known_;  // by what it is about
  std::set<std::pair<Time, std::string>> by_age_;
};

}  // namespace tollgate::delivery
