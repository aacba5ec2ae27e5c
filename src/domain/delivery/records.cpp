#include "domain/delivery/records.hpp"

#include "domain/delivery/observed.hpp"

#include <algorithm>

namespace tollgate::delivery {

bool DeliveryRecords::take(const model::Event& event) {
  if (is_unconfirmed(event)) return false;
  if (const auto* deployment = std::get_if<model::DeploymentObserved>(&event.data))
    return book_.take(*deployment, event.position);
  if (const auto* incident = std::get_if<model::IncidentObserved>(&event.data))
    return take(*incident, event.position);
  if (const auto* change = std::get_if<model::ChangeObserved>(&event.data)) return take(*change);
  if (const auto* given = std::get_if<model::VerdictGiven>(&event.data)) {
    take(*given, event);
    return true;
  }
  return false;
}

void DeliveryRecords::take(const model::VerdictGiven& given, const model::Event& event) {
  const model::GateRequest& request = given.verdict.request;
  const DeploymentBook::Place name{.service = request.service, .environment = request.environment};
  PlacePermits& known = permits_[name];
  known.permits.push_back(
      std::make_shared<const Permit>(Permit{.position = event.position,
                                            .at = event.time,
                                            .decision = given.decision,
                                            .version = request.version,
                                            .commit = request.commit,
                                            .artifact = model::artifact_digest(request.artifact),
                                            .outcome = given.verdict.outcome,
                                            .change_class = request.change_class}));
  if (known.permits.size() > kPermitsMax) known.permits.pop_front();
  known.tells_kinds = known.tells_kinds || request.change_class == model::ChangeClass::emergency ||
                      request.change_class == model::ChangeClass::fix;
  if (known.tells_kinds) known.revision = event.position;
  if (permits_.size() <= kPermitPlacesMax) return;
  permits_.erase(
      std::min_element(permits_.begin(), permits_.end(), [](const auto& a, const auto& b) {
        return a.second.permits.back()->position < b.second.permits.back()->position;
      }));
}

SharedPermits DeliveryRecords::permits(const DeploymentBook::Place& name) const {
  const auto found = permits_.find(name);
  if (found == permits_.end()) return {};
  return {found->second.permits.begin(), found->second.permits.end()};
}

DeliveryRecords::ServiceRecords& DeliveryRecords::touch(const std::string& service) {
  ServiceRecords& records = services_[service];
  records.revision = ++revision_;
  if (services_.size() > kServicesMax) {
    services_.erase(std::min_element(
        services_.begin(), services_.end(),
        [](const auto& a, const auto& b) { return a.second.revision < b.second.revision; }));
  }
  return records;
}

bool DeliveryRecords::take(const model::IncidentObserved& observed, int64_t position) {
  has_incident_source_ = true;
  auto& known = touch(observed.service).incidents;
  std::shared_ptr<const Incident>& slot = known[observed.origin.integration + "/" + observed.id];
  Incident incident = slot != nullptr ? *slot
                                      : Incident{.id = observed.id,
                                                 .service = observed.service,
                                                 .environment = observed.environment,
                                                 .opened = observed.at,
                                                 .position = position};
  incident.opened = std::min(incident.opened, observed.at);
  if (!observed.caused_by.empty()) incident.caused_by = observed.caused_by;
  if (observed.status == model::IncidentStatus::resolved)
    incident.resolved = std::max(incident.resolved.value_or(observed.at), observed.at);
  slot = std::make_shared<const Incident>(std::move(incident));
  if (known.size() > kRecordsMax) {
    std::vector<std::pair<Time, std::string>> by_age;
    for (const auto& [key, one] : known) by_age.emplace_back(one->opened, key);
    const size_t count = by_age.size() / 16;
    std::nth_element(by_age.begin(), by_age.begin() + static_cast<std::ptrdiff_t>(count),
                     by_age.end());
    for (size_t i = 0; i < count; ++i) known.erase(by_age[i].second);
  }
  return true;
}

bool DeliveryRecords::take(const model::ChangeObserved& observed) {
  if (observed.kind == model::ChangeKind::opened || observed.kind == model::ChangeKind::abandoned)
    return false;
  auto& known = touch(observed.service).changes;
  known[{observed.at, observed.commit + "/" + observed.id}] =
      std::make_shared<const Change>(Change{.id = observed.id,
                                            .at = observed.at,
                                            .commit = observed.commit,
                                            .version = observed.version,
                                            .commits = observed.commits});
  if (known.size() > kRecordsMax) known.erase(known.begin());
  return true;
}

PlaceRevision DeliveryRecords::revision(const DeploymentBook::Place& name) const {
  const auto service = services_.find(name.service);
  const auto permits = permits_.find(name);
  return {book_.revision(name), service == services_.end() ? 0 : service->second.revision,
          permits == permits_.end() ? 0 : permits->second.revision};
}

PlaceRecords DeliveryRecords::records(const DeploymentBook::Place& name) const {
  PlaceRecords records{.name = name, .revision = revision(name), .parts = book_.parts(name)};
  const auto permits = permits_.find(name);
  if (permits != permits_.end() && permits->second.tells_kinds)
    records.permits = {permits->second.permits.begin(), permits->second.permits.end()};
  const auto service = services_.find(name.service);
  if (service == services_.end()) return records;
  records.incidents.reserve(service->second.incidents.size());
  for (const auto& [key, incident] : service->second.incidents) {
    if (incident->environment.empty() || incident->environment == name.environment)
      records.incidents.push_back(incident);
  }
  records.changes.reserve(service->second.changes.size());
  for (const auto& [key, change] : service->second.changes) records.changes.push_back(change);
  return records;
}

Place merged(const PlaceRecords& records) {
  Place place{.service = records.name.service, .environment = records.name.environment};
  place.deployments = deployments_of(records.name, records.parts);
  for (const auto& incident : records.incidents) place.incidents.push_back(*incident);
  std::stable_sort(place.incidents.begin(), place.incidents.end(),
                   [](const Incident& a, const Incident& b) { return a.opened < b.opened; });
  for (const auto& change : records.changes) place.changes.push_back(*change);
  std::vector<Permit> permits;
  permits.reserve(records.permits.size());
  for (const auto& permit : records.permits) permits.push_back(*permit);
  if (!permits.empty()) classify_by_permits(place.deployments, permits);
  return place;
}

}  // namespace tollgate::delivery
