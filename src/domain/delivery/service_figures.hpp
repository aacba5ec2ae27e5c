// The delivery figures of services from their records: deployment frequency, lead time, change
// failure rate, restore time, rework, and the rollback SLIs. Definitions: docs/DORA.md. Pure.
#pragma once

#include "domain/delivery/figures.hpp"
#include "domain/delivery/period.hpp"
#include "domain/delivery/records.hpp"

#include <set>

namespace tollgate::delivery {

/// How it is known that a deployment failed, strongest first.
enum class FailureEvidence {
  aborted,         // it failed itself, after users met it
  rolled_back,     // the next deployment took it back
  incident_named,  // an incident names its version, commit or deployment as the cause
  hotfix,          // the next deployment is a fix that names an incident
};
std::string_view failure_evidence_name(FailureEvidence evidence);

struct ServiceFailure {
  std::string service = {};
  std::string environment = {};
  std::string deployment = {};
  std::string version = {};
  FailureEvidence evidence = FailureEvidence::aborted;
  std::string by = {};                // what says so: a deployment or an incident
  Time ended = {};                    // of the deployment that failed
  std::optional<Time> detected = {};  // an incident was opened
  std::optional<Time> decided = {};   // the remedy began
  std::optional<Time> remedied = {};  // the remedy was there
  std::optional<Time> restored = {};  // absent: still open
};

/// An incident that opened soon after a deployment and names no cause: for a person to confirm.
struct FailureProposal {
  std::string service = {};
  std::string environment = {};
  std::string deployment = {};
  std::string incident = {};
};

/// Hits among those that can be told.
struct ShareFigure {
  int64_t hits = 0;
  int64_t of = 0;
  stats::Interval interval = {};  // Wilson, 95 %
};

/// Spans of which some have not ended.
struct OpenSpans {
  int64_t n = 0;     // ended
  int64_t open = 0;  // counted as at least as long as they are
  std::optional<Quantile> median = {};
  std::optional<double> at_least_s = {};  // the median is beyond this: too many are open
};

struct RecordRules {
  std::optional<Time> since = {};  // deployments that ended from here on
  std::optional<Time> until = {};  // and before this
  Time now = {};
  Duration bake = days(7);
  Duration near = hours(4);  // an incident so soon after a deployment is proposed as its failure
  bool has_incident_source = false;
  calendar::Zone zone = {};  // of days and weeks
};

/// deployment-days@1: days of a week, on the wall clock of the zone and Monday first, on which
/// something was deployed that counts; weeks without one count as 0, from the first one that is
/// known of at all. Only whole weeks: within the window, or, where it is open, from the first
/// deployment to the last.
struct DeploymentDays {
  int64_t weeks = 0;
  std::optional<double> median = {};
};

struct ServiceFigures {
  int64_t deployments = 0;  // deployment-frequency@1: planned, emergency, hotfix, roll-forward
  std::map<model::DeploymentKind, int64_t> by_kind = {};  // all that users met
  std::optional<Time> first = {};
  std::optional<Time> last = {};
  std::optional<double> per_week = {};
  DeploymentDays days = {};
  Gap gap = {};                 // gap@2: between deployments that count
  LeadTime lead_time = {};      // lead-time@3
  int64_t unknown_changes = 0;  // deployments of which no change is known
  ShareFigure failures = {};    // change-failure-rate@3
  int64_t undetermined = 0;
  bool has_failure_data = false;
  std::vector<ServiceFailure> failed = {};
  std::vector<FailureProposal> proposals = {};
  OpenSpans restore = {};                  // restore@3
  std::optional<Quantile> detect = {};     // detect@1: end of the deployment to the incident
  std::optional<Quantile> decide = {};     // decide@2: detection to the beginning of the remedy
  std::optional<Quantile> roll_back = {};  // roll-back@1: its beginning to its end
  ShareFigure rework = {};                 // rework@2
  ShareFigure rollbacks = {};              // rollback-success@1
  std::vector<int64_t> gap_spans_s = {};   // in ascending order
  std::vector<int64_t> lead_spans_s = {};  // in ascending order
};

/// Figures of one place, or of several taken together (each is looked at on its own, then the
/// values are put together).
ServiceFigures service_figures(std::span<const Place> places, const RecordRules& rules);
/// The same of places that are shared; none of them is null.
using Places = std::vector<std::shared_ptr<const Place>>;
ServiceFigures service_figures(const Places& places, const RecordRules& rules);

/// Median of spans of which some are open (Kaplan-Meier; linear interpolation if none is).
/// Source: Kaplan and Meier, JASA 53 (1958).
OpenSpans open_spans(std::vector<int64_t> ended, std::vector<int64_t> open);

}  // namespace tollgate::delivery
