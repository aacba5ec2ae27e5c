// The records of deliveries as far as figures need them: deployments, incidents, changes; a fold of
// the ledger's observations up to any position. Pure.
#pragma once

#include "domain/delivery/deployment.hpp"
#include "domain/model/events.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::delivery {

/// An incident, all its records taken together.
struct Incident {
  std::string id = {};
  std::string service = {};
  std::string environment = {};  // empty: not told
  Time opened = {};
  std::optional<Time> resolved = {};
  std::string caused_by = {};  // version, commit or deployment
  int64_t position = 0;
};

/// Commits that came into a repository together, in the order of `at`.
struct Change {
  std::string id = {};
  Time at = {};
  std::string commit = {};
  std::string version = {};
  std::vector<model::ChangeCommit> commits = {};
};

/// What is known of one service in one environment.
struct Place {
  std::string service = {};
  std::string environment = {};
  std::vector<Deployment> deployments = {};  // by begin
  std::vector<Incident> incidents = {};      // by opening
  std::vector<Change> changes = {};          // by time
};

/// Changes and incidents kept of one service; the oldest are forgotten (they stay in the ledger).
inline constexpr size_t kRecordsMax = 20'000;

class DeliveryRecords {
 public:
  /// Takes an event into account if it tells of a delivery.
  void take(const model::Event& event);

  /// Every place with deployments, sorted.
  std::vector<DeploymentBook::Place> places() const { return book_.places(); }
  Place place(const DeploymentBook::Place& name) const;
  /// Whether anybody ever told of an incident: without, none is no news.
  bool has_incident_source() const { return has_incident_source_; }

 private:
  void take(const model::IncidentObserved& observed, int64_t position);
  void take(const model::ChangeObserved& observed);

  DeploymentBook book_;
  std::map<std::string, std::map<std::string, Incident>> incidents_;  // by service, then id
  std::map<std::string, std::map<std::pair<Time, std::string>, Change>> changes_;  // by service
  bool has_incident_source_ = false;
};

}  // namespace tollgate::delivery
