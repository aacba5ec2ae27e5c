// The policy in force: a bundle, and the gates compiled from it when first asked for. Immutable to
// the outside and safe from any thread; the cache inside is guarded.
#pragma once

#include "domain/gate/gate.hpp"
#include "domain/model/bundle.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace tollgate::engine {

/// An integration that wants the verdicts about a service in an environment as commit statuses.
struct StatusRoute {
  std::string integration;
  std::string service;
  std::string environment;  // empty: any
};

class Policy {
 public:
  /// `applied_at`: when it came into force; a candidate has no such time.
  explicit Policy(model::Bundle bundle, Time applied_at = {});

  const model::Bundle& bundle() const { return bundle_; }
  const std::vector<StatusRoute>& status_routes() const { return status_routes_; }
  const Digest& digest() const { return bundle_.digest(); }
  Time applied_at() const { return applied_at_; }

  /// The compiled gate for a place; the same object for the same place.
  /// Errors: those of gate::compile_gate.
  Result<std::shared_ptr<const gate::CompiledGate>> gate_for(const std::string& service,
                                                             const std::string& environment,
                                                             model::ChangeClass change_class) const;

 private:
  using Place = std::tuple<std::string, std::string, model::ChangeClass>;
  static constexpr size_t kGatesMax = 100'000;  // the cache starts anew beyond it

  model::Bundle bundle_;                    // constant after construction
  Time applied_at_;                         // constant after construction
  std::vector<StatusRoute> status_routes_;  // constant after construction
  mutable std::mutex mutex_;
  mutable std::map<Place, std::shared_ptr<const gate::CompiledGate>> gates_;  // guarded by mutex_
};

}  // namespace tollgate::engine
