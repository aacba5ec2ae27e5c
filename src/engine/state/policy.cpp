#include "engine/state/policy.hpp"

#include "domain/model/kinds/integration.hpp"

namespace tollgate::engine {
namespace {

std::vector<StatusRoute> status_routes_of(const model::Bundle& bundle) {
  std::vector<StatusRoute> routes;
  for (const model::Resource* resource : bundle.of_kind("Integration")) {
    const auto* integration = resource->as<model::Integration>();
    if (!integration->commit_status) continue;
    for (const model::IntegrationRule& rule : integration->rules) {
      const bool names_project = rule.project.find('*') == std::string::npos;
      if (!names_project || !rule.pipeline.empty()) continue;
      routes.push_back({.integration = integration->name,
                        .service = rule.service,
                        .environment = rule.environment == "*" ? "" : rule.environment});
    }
  }
  return routes;
}

}  // namespace

Policy::Policy(model::Bundle bundle, Time applied_at)
    : bundle_(std::move(bundle)),
      applied_at_(applied_at),
      status_routes_(status_routes_of(bundle_)) {}

Result<std::shared_ptr<const gate::CompiledGate>> Policy::gate_for(
    const std::string& service, const std::string& environment,
    model::ChangeClass change_class) const {
  Place place(service, environment, change_class);
  const std::lock_guard lock(mutex_);
  const auto found = gates_.find(place);
  if (found != gates_.end()) return found->second;
  TOLLGATE_TRY(gate::CompiledGate compiled,
               gate::compile_gate(bundle_, service, environment, change_class));
  if (gates_.size() >= kGatesMax) gates_.clear();
  auto shared = std::make_shared<const gate::CompiledGate>(std::move(compiled));
  gates_.emplace(std::move(place), shared);
  return shared;
}

}  // namespace tollgate::engine
