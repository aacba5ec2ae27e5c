#include "engine/decide/alerts.hpp"

#include "foundation/base/codes.hpp"

namespace tollgate::engine {

Result<Decision> raise_alert(const State& state, model::AlertRaised raised,
                             const std::vector<std::string>& targets) {
  const AlertBook& book = state.alerts();
  if (book.find(raised.identity.alert) != nullptr)
    return fail(codes::append_conflict, "the alert is on already");
  const Incident* incident = book.incident_of(raised.identity);
  raised.incident = incident == nullptr ? raised.identity : incident->lead;
  Decision decision{.data = {}};
  for (const std::string& target : std::set(targets.begin(), targets.end())) {
    if (incident != nullptr && incident->told.contains(target)) continue;
    decision.effects.push_back({.target = target, .cause = state.size()});
  }
  decision.data = std::move(raised);
  return decision;
}

Result<Decision> clear_alert(const State& state, std::string_view fingerprint, model::AlertEnd end,
                             bool tells_resolved) {
  const AlertBook& book = state.alerts();
  const OpenAlert* open = book.find(fingerprint);
  if (open == nullptr) return fail(codes::append_conflict, "the alert is off already");
  const model::AlertIdentity& identity = open->raised.identity;
  const Incident* incident = book.incident_of(identity);
  model::AlertCleared cleared{.identity = identity,
                              .incident = incident == nullptr ? identity : incident->lead,
                              .end = end,
                              .raised = open->position,
                              .since = open->since,
                              .is_last = incident == nullptr || incident->alerts.size() <= 1};
  Decision decision{.data = {}};
  if (cleared.is_last && tells_resolved && incident != nullptr) {
    for (const std::string& target : incident->told)
      decision.effects.push_back({.target = target, .cause = state.size()});
  }
  decision.data = std::move(cleared);
  return decision;
}

}  // namespace tollgate::engine
