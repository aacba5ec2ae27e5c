#include "app/demo/deliveries.hpp"

#include "app/demo/chance.hpp"

#include <algorithm>

namespace tollgate::demo {
namespace {

using model::DeploymentStatus;

constexpr uint64_t kChange = 31;  // what chance is asked about
constexpr uint64_t kTrouble = 32;

Duration minutes_of(double share, int64_t most) {
  return minutes(1 + static_cast<int64_t>(share * static_cast<double>(most)));
}

model::Observation deployment(const Rollout& rollout, std::string id, DeploymentStatus status,
                              Time at, const std::string& version) {
  model::DeploymentObserved observed{.service = rollout.service,
                                     .environment = rollout.environment,
                                     .id = std::move(id),
                                     .status = status,
                                     .at = at,
                                     .version = version};
  if (version == rollout.version) observed.commit = rollout.commit;
  return observed;
}

/// "2026-12-18T18:00" so many days behind `time`.
std::string local(Time time, int64_t ahead, int hour) {
  return fmt::format("{}T{:02}:00", time_text(time + days(ahead)).substr(0, 10), hour);
}

}  // namespace

std::vector<std::pair<Time, model::Observation>> told_of(const Rollout& rollout) {
  std::vector<std::pair<Time, model::Observation>> told;
  const auto tell = [&told](Time at, model::Observation observation) {
    told.emplace_back(at, std::move(observation));
  };
  const auto by_name = static_cast<uint64_t>(rollout.service.front());
  const double pace = chance(kChange, by_name, rollout.number);
  if (rollout.environment == "production") {
    model::ChangeObserved change{.service = rollout.service,
                                 .kind = model::ChangeKind::merged,
                                 .id = fmt::format("{}", 100 + rollout.number),
                                 .at = rollout.at - hours(4),
                                 .version = rollout.version,
                                 .commit = rollout.commit};
    for (int64_t i = 0; i <= static_cast<int64_t>(pace * 4); ++i) {
      change.commits.push_back({.commit = fmt::format("{}{}", rollout.commit.substr(0, 9), i),
                                .at = rollout.at - hours(4) - minutes_of(pace, 40 * 60) * (i + 1)});
    }
    tell(rollout.at - minutes(1), std::move(change));
  }
  const std::string id = fmt::format("{}-{}", rollout.environment, rollout.version);
  const Time begin = rollout.at + minutes(1);
  const Time end = begin + minutes_of(pace, 12);
  tell(begin, deployment(rollout, id, DeploymentStatus::running, begin, rollout.version));
  tell(end, deployment(rollout, id, DeploymentStatus::succeeded, end, rollout.version));
  if (!rollout.is_bad || rollout.before.empty()) return told;

  const double trouble = chance(kTrouble, by_name, rollout.number);
  const Time noticed = end + minutes_of(trouble, 40);
  const Time taken_back = noticed + minutes_of(1 - trouble, 25);
  const Time restored = taken_back + minutes(6);
  model::IncidentObserved incident{.service = rollout.service,
                                   .environment = rollout.environment,
                                   .id = fmt::format("INC-{}", 400 + rollout.number),
                                   .at = noticed,
                                   .severity = "high",
                                   .title = "Errors after " + rollout.version,
                                   .caused_by = rollout.version};
  tell(noticed, incident);
  const std::string back = id + "-back";
  tell(taken_back,
       deployment(rollout, back, DeploymentStatus::running, taken_back, rollout.before));
  tell(restored, deployment(rollout, back, DeploymentStatus::succeeded, restored, rollout.before));
  incident.status = model::IncidentStatus::resolved;
  incident.at = restored + minutes(3);
  tell(incident.at, incident);
  return told;
}

std::string calendar_policy(Time end) {
  return fmt::format(R"(---
apiVersion: tollgate/v1
kind: Calendar
metadata: {{name: company}}
spec:
  description: When nothing goes.
  timeZone: Europe/Berlin
  selects: {{environments: [production], changeClasses: [normal, standard]}}
  inFlight: finish
  overrideRoles: [approver]
  entries:
    - name: stocktaking
      type: freeze
      start: {0}
      end: {1}
      reason: The warehouses count; nothing that touches orders moves.
    - name: data centre power work
      type: blackout
      start: {2}
      duration: 6h
      reason: Half of the racks are off.
    - name: winter sale
      type: launch
      start: {3}
      duration: 3d
      reason: Three times the usual traffic.
    - name: inventory before the sale
      type: freeze
      start: {4}
      duration: 1d
      selects: {{services: [inventory, shipping], environments: [production]}}
      reason: Stock must be right when the sale begins.
---
apiVersion: tollgate/v1
kind: Queue
metadata: {{name: production}}
spec:
  description: Two releases at once.
  selects: {{environments: [production]}}
  mode: newest_ready_first
  capacity: 2
  lease: 12h
  emergency: first
)",
                     local(end, 12, 18), local(end, 15, 8), local(end, 25, 1), local(end, 33, 8),
                     local(end, 32, 8));
}

}  // namespace tollgate::demo
