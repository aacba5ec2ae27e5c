// Deployments, folded from what was observed. Two layers, both independent of the order in which
// records arrive, and of repeats:
//   part        what one sender says about one deployment of its own (in one region). A repeat, an
//               older or a duplicate record changes nothing; the newest by the sender's clock wins,
//               at the same instant the one that is further (pending, running, ended).
//   deployment  one rollout of one version of one service to one environment: its parts in all
//               regions, retries and reports of several senders merged.
// Pure: no clock, no I/O.
#pragma once

#include "domain/model/observation.hpp"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace tollgate::delivery {

/// Names a part: {integration or "record", id, region}.
using PartKey = std::tuple<std::string, std::string, std::string>;

/// A text with the sender's time of the record that told it; the newest one that is not empty wins.
struct Told {
  std::string text = {};
  Time at = {};
  /// True if this changed.
  bool take(const std::string& other, Time other_at);
  friend bool operator==(const Told&, const Told&) = default;
};

/// What one sender says about one deployment, all records taken together.
struct DeploymentPart {
  PartKey key = {};
  model::DeploymentStatus status = model::DeploymentStatus::pending;
  Time at = {};                      // of the record that `status` is from
  Time first = {};                   // earliest sender's time of any record
  std::optional<Time> started = {};  // earliest that it ran
  std::optional<Time> ended = {};    // of the result, if the newest record is one
  Told version, commit, ref, artifact, run, incident, by, url;
  std::optional<model::DeploymentKind> kind = {};  // as told; the newest
  Time kind_at = {};
  bool had_traffic = false;  // told so by some record
  bool had_none = false;     // told so by some record, and never the contrary
  int64_t position = 0;      // of the record that was taken first
  bool is_signed = false;    // some record came with a signature or was confirmed

  /// True if the record changed anything.
  bool take(const model::DeploymentObserved& observed, int64_t record_position);
};

/// One rollout. Times are the senders'.
struct Deployment {
  std::string service = {};
  std::string environment = {};
  std::string id = {};  // "integration:id" of its first part; stable while parts are only added
  std::string version = {};
  std::string commit = {};
  std::string ref = {};
  std::string artifact = {};
  /// failed: at least one region's last try failed. running: some region still runs. A region that
  /// was retried counts by its last try.
  model::DeploymentStatus status = model::DeploymentStatus::pending;
  /// As told, else inferred from what ran there before; see classify().
  model::DeploymentKind kind = model::DeploymentKind::planned;
  bool is_kind_told = false;
  Time begin = {};               // first step of any part; what a verdict must stand before
  std::optional<Time> end = {};  // last step of the last part, once all have ended
  /// Whether users met it. absent: no sender told, and it did not succeed. A pipeline that failed
  /// before traffic is no deployment; a canary that was aborted after traffic is a failed one.
  std::optional<bool> took_traffic = {};
  std::string incident = {};
  std::string by = {};
  std::string url = {};
  std::vector<DeploymentPart> parts = {};  // oldest first
  int64_t position = 0;                    // lowest position of its parts' records
};

struct MergeRules {
  /// A part that begins this long after the last step of a rollout is a rollout of its own.
  Duration gap = hours(24);
};

/// The rollouts that `parts` of one service in one environment make up, by begin. Two parts belong
/// together if they name the same version, commit, artifact or run (and contradict each other in
/// none of version, commit and artifact), no other version began in between, and the second is
/// another region, another sender's view, or a retry of what did not succeed.
std::vector<Deployment> merge(const std::string& service, const std::string& environment,
                              std::span<const DeploymentPart> parts, const MergeRules& rules = {});

/// Sets the kind of those that were not told one, in their order: redeploy if the same version ran
/// last, rollback if it ran before and another one since, else planned. What failed before traffic
/// is looked through.
void classify(std::vector<Deployment>& deployments);

/// Parts kept of one place, of all places, and places; beyond that the oldest are forgotten, some
/// at once (they stay in the ledger).
inline constexpr size_t kPartsMax = 20'000;
inline constexpr size_t kPartsTotalMax = 500'000;
inline constexpr size_t kPlacesMax = 20'000;

/// What a reader takes along to merge on its own: no copies of parts.
using SharedParts = std::vector<std::shared_ptr<const DeploymentPart>>;

/// All parts of all services; the fold of deployment.observed. Not thread-safe, but parts that were
/// handed out never change.
class DeploymentBook {
 public:
  /// Takes a record into account. True if it changed anything.
  bool take(const model::DeploymentObserved& observed, int64_t position);
  /// Whether take() would change anything.
  bool would_change(const model::DeploymentObserved& observed) const;
  /// Whether it says more than other times, that differ by less than kSameMoment, for what is
  /// known.
  bool says_more(const model::DeploymentObserved& observed) const;

  struct Place {
    std::string service;
    std::string environment;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  /// Every place with deployments, sorted.
  std::vector<Place> places() const;
  /// What was told last about a version, or its commit, in one place; null if nothing was.
  const DeploymentPart* newest_part(const Place& place, std::string_view version,
                                    std::string_view commit) const;
  /// Grows with every change of the place's parts, also when it is forgotten and comes back; 0: not
  /// known.
  int64_t revision(const Place& place) const;
  /// The parts of a place by their keys; empty if it is not known.
  SharedParts parts(const Place& place) const;
  /// The merged and classified deployments of one place, by begin.
  std::vector<Deployment> deployments(const std::string& service,
                                      const std::string& environment) const;

 private:
  struct Parts {
    std::map<PartKey, std::shared_ptr<const DeploymentPart>> by_key = {};
    int64_t revision = 0;
  };

  void forget_oldest(Parts& parts);
  void keep_bounds(Parts& changed);

  std::map<Place, Parts> parts_;
  size_t total_ = 0;
  int64_t revision_ = 0;
};

/// By how much an API and a delivery may differ about when something happened.
inline constexpr Duration kSameMoment = minutes(1);

/// The deployments that parts of one place make up, by begin, each of its kind.
std::vector<Deployment> deployments_of(const DeploymentBook::Place& place,
                                       const SharedParts& parts);

}  // namespace tollgate::delivery
