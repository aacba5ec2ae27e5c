#include "engine/state/alert_book.hpp"

namespace tollgate::engine {
namespace {

/// No line break can stand in a name.
std::string incident_key(const model::AlertIdentity& identity) {
  return identity.environment + "\n" + identity.cause + "\n" + identity.severity;
}

}  // namespace

void AlertBook::take(const model::Event& event) {
  if (const auto* raised = std::get_if<model::AlertRaised>(&event.data)) {
    ++revision_;
    const std::string key = incident_key(raised->identity);
    Incident& incident = incidents_[key];
    if (incident.alerts.empty()) {
      incident.lead = raised->identity;
      incident.position = event.position;
    }
    incident.alerts.insert(raised->identity.alert);
    keys_of_records_[event.position] = key;
    alerts_[raised->identity.alert] = {
        .position = event.position, .since = event.time, .raised = *raised};
  } else if (const auto* cleared = std::get_if<model::AlertCleared>(&event.data)) {
    ++revision_;
    const auto incident = incidents_.find(incident_key(cleared->identity));
    if (incident != incidents_.end()) {
      incident->second.alerts.erase(cleared->identity.alert);
      if (incident->second.alerts.empty()) incidents_.erase(incident);
    }
    keys_of_records_.erase(cleared->raised);
    alerts_.erase(cleared->identity.alert);
  } else if (const auto* effect = std::get_if<model::EffectRequested>(&event.data)) {
    const auto key = keys_of_records_.find(effect->cause);
    if (key != keys_of_records_.end()) incidents_[key->second].told.insert(effect->target);
  }
}

const OpenAlert* AlertBook::find(std::string_view fingerprint) const {
  const auto found = alerts_.find(fingerprint);
  return found == alerts_.end() ? nullptr : &found->second;
}

const Incident* AlertBook::incident_of(const model::AlertIdentity& identity) const {
  const auto found = incidents_.find(incident_key(identity));
  return found == incidents_.end() ? nullptr : &found->second;
}

std::vector<Incident> AlertBook::incidents() const {
  std::vector<Incident> list;
  list.reserve(incidents_.size());
  for (const auto& [key, incident] : incidents_) list.push_back(incident);
  return list;
}

}  // namespace tollgate::engine
