// The records of deliveries as far as figures need them: deployments, incidents, changes; a fold of
// the ledger's observations up to any position. Pure.
#pragma once

#include "domain/delivery/bypass.hpp"
#include "domain/model/events.hpp"

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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

/// What figures are counted from: every place, and what is known of it. Safe from any thread if the
/// implementation says so.
class KnownDeliveries {
 public:
  virtual ~KnownDeliveries() = default;
  /// Every place with deployments, sorted.
  virtual std::vector<DeploymentBook::Place> places() const = 0;
  /// Never null; without deployments if the place is not known.
  virtual std::shared_ptr<const Place> place(const DeploymentBook::Place& name) const = 0;
  /// Whether anybody ever told of an incident: without, none is no news.
  virtual bool has_incident_source() const = 0;
};

/// Changes and incidents kept of one service, and services; beyond that the oldest are forgotten
/// (they stay in the ledger).
inline constexpr size_t kRecordsMax = 20'000;
inline constexpr size_t kServicesMax = 20'000;
/// Verdicts kept of a service in an environment, and such places; beyond that the oldest are
/// forgotten.
inline constexpr size_t kPermitsMax = 20'000;
inline constexpr size_t kPermitPlacesMax = 100'000;

/// Never the same for two states of a place, and growing.
using PlaceRevision = std::array<int64_t, 3>;
using SharedPermits = std::vector<std::shared_ptr<const Permit>>;

/// The records of one place before they are merged; what they point to never changes.
struct PlaceRecords {
  DeploymentBook::Place name = {};
  PlaceRevision revision = {};
  SharedParts parts = {};
  SharedPermits permits = {};  // oldest first; none if no kind follows from them
  std::vector<std::shared_ptr<const Incident>> incidents = {};
  std::vector<std::shared_ptr<const Change>> changes = {};
};
/// What they come to; the expensive part, for which no lock is needed. Deployments have the kinds
/// that they were told with, else those that follow from the verdicts that let them begin.
Place merged(const PlaceRecords& records);

/// The fold of events: observations and verdicts. Not thread-safe.
class DeliveryRecords : public KnownDeliveries {
 public:
  /// Takes an event into account if it tells of a delivery, or is a verdict. True if it changed
  /// anything.
  bool take(const model::Event& event);

  std::vector<DeploymentBook::Place> places() const override { return book_.places(); }
  std::shared_ptr<const Place> place(const DeploymentBook::Place& name) const override {
    return std::make_shared<const Place>(merged(records(name)));
  }
  bool has_incident_source() const override { return has_incident_source_; }

  const DeploymentBook& deployments() const { return book_; }
  /// Never the same for two states of the place.
  PlaceRevision revision(const DeploymentBook::Place& name) const;
  /// The verdicts about a place, oldest first; what they point to never changes.
  SharedPermits permits(const DeploymentBook::Place& name) const;
  PlaceRecords records(const DeploymentBook::Place& name) const;

 private:
  /// What is known of a service wherever it runs.
  struct ServiceRecords {
    std::map<std::string, std::shared_ptr<const Incident>> incidents = {};  // by sender and id
    std::map<std::pair<Time, std::string>, std::shared_ptr<const Change>> changes = {};
    int64_t revision = 0;
  };

  struct PlacePermits {
    std::deque<std::shared_ptr<const Permit>> permits = {};
    bool tells_kinds = false;  // one of them was of another class than normal
    int64_t revision = 0;      // position of the newest that may have changed a kind
  };

  void take(const model::VerdictGiven& given, const model::Event& event);
  bool take(const model::IncidentObserved& observed, int64_t position);
  bool take(const model::ChangeObserved& observed);
  ServiceRecords& touch(const std::string& service);

  DeploymentBook book_;
  std::map<std::string, ServiceRecords> services_;
  std::map<DeploymentBook::Place, PlacePermits> permits_;
  int64_t revision_ = 0;
  bool has_incident_source_ = false;
};

}  // namespace tollgate::delivery
