#include "engine/state/policy.hpp"

namespace tollgate::engine {

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
