#include "domain/delivery/records.hpp"

#include "domain/delivery/observed.hpp"

#include <algorithm>

namespace tollgate::delivery {

void DeliveryRecords::take(const model::Event& event) {
  if (is_unconfirmed(event)) return;
  if (const auto* deployment = std::get_if<model::DeploymentObserved>(&event.data)) {
    book_.take(*deployment, event.position);
  } else if (const auto* incident = std::get_if<model::IncidentObserved>(&event.data)) {
    take(*incident, event.position);
  } else if (const auto* change = std::get_if<model::ChangeObserved>(&event.data)) {
    take(*change);
  }
}

void DeliveryRecords::take(const model::IncidentObserved& observed, int64_t position) {
  has_incident_source_ = true;
  auto& known = incidents_[observed.service];
  const std::string key = observed.origin.integration + "/" + observed.id;
  const auto [found, is_new] = known.try_emplace(key);
  Incident& incident = found->second;
  if (is_new) {
    incident = {.id = observed.id,
                .service = observed.service,
                .environment = observed.environment,
                .opened = observed.at,
                .position = position};
  }
  incident.opened = std::min(incident.opened, observed.at);
  if (!observed.caused_by.empty()) incident.caused_by = observed.caused_by;
  if (observed.status == model::IncidentStatus::resolved)
    incident.resolved = std::max(incident.resolved.value_or(observed.at), observed.at);
  if (known.size() > kRecordsMax) known.erase(known.begin());
}

void DeliveryRecords::take(const model::ChangeObserved& observed) {
  if (observed.kind == model::ChangeKind::opened || observed.kind == model::ChangeKind::abandoned)
    return;
  auto& known = changes_[observed.service];
  known[{observed.at, observed.commit + "/" + observed.id}] = {.id = observed.id,
                                                               .at = observed.at,
                                                               .commit = observed.commit,
                                                               .version = observed.version,
                                                               .commits = observed.commits};
  if (known.size() > kRecordsMax) known.erase(known.begin());
}

Place DeliveryRecords::place(const DeploymentBook::Place& name) const {
  Place place{.service = name.service, .environment = name.environment};
  place.deployments = book_.deployments(name.service, name.environment);
  if (const auto found = incidents_.find(name.service); found != incidents_.end()) {
    for (const auto& [key, incident] : found->second) {
      if (incident.environment.empty() || incident.environment == name.environment)
        place.incidents.push_back(incident);
    }
    std::stable_sort(place.incidents.begin(), place.incidents.end(),
                     [](const Incident& a, const Incident& b) { return a.opened < b.opened; });
  }
  if (const auto found = changes_.find(name.service); found != changes_.end()) {
    for (const auto& [key, change] : found->second) place.changes.push_back(change);
  }
  return place;
}

}  // namespace tollgate::delivery
