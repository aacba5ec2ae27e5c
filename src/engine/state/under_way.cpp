// Whether a release is on its way into an environment: by its deployment, its lease, or the gate
// that let it go. Part of State.
#include "engine/state/state.hpp"

namespace tollgate::engine {

using By = gate::UnderWayFact::By;

gate::UnderWayFact State::under_way(const model::GateRequest& request, Time before,
                                    Time now) const {
  const delivery::DeploymentPart* part = observed_.deployments().newest_part(
      {request.service, request.environment}, request.version, request.commit);
  if (part != nullptr && part->at + kUnderWayMax >= now) {
    // What has ended is not under way, whatever let it go.
    if (part->ended || part->first >= before) return {};
    return {.by = By::deployment, .position = part->position, .since = part->first};
  }
  const gate::UnderWayFact leased = leased_before(request, before, now);
  return leased.by == By::nothing ? allowed_before(request, before) : leased;
}

gate::UnderWayFact State::leased_before(const model::GateRequest& request, Time before,
                                        Time now) const {
  for (const auto& [name, line] : board_.lines()) {
    for (const auto& [token, lease] : line.leases) {
      const model::QueueJoined& release = lease.ticket.request;
      const bool is_same = release.service == request.service &&
                           release.environment == request.environment &&
                           release.version == request.version;
      if (is_same && lease.until > now && lease.granted_at < before)
        return {.by = By::lease, .position = token, .since = lease.granted_at};
    }
  }
  return {};
}

gate::UnderWayFact State::allowed_before(const model::GateRequest& request, Time before) const {
  const auto service = services_.find(request.service);
  if (service == services_.end()) return {};
  const auto list = service->second.released.find(request.environment);
  if (list == service->second.released.end()) return {};
  gate::UnderWayFact fact;
  for (const Released& released : list->second) {
    if (released.version != request.version) continue;
    const bool has_ended = released.is_confirmed || released.is_gone;
    if (has_ended) {
      fact = {};
    } else if (released.time < before && before <= released.time + kUnderWayMax) {
      fact = {.by = By::verdict, .position = released.position, .since = released.time};
    }
  }
  return fact;
}

}  // namespace tollgate::engine
