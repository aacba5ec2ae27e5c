// The port through which the API asks about sources of signals: what is known of each, and what it
// answers when it is asked once. Who knows them is the edge's matter.
#pragma once

#include "app/render/sources.hpp"
#include "engine/engine.hpp"

#include <string>
#include <vector>

namespace tollgate::api {

/// Safe from any thread.
class SourceDesk {
 public:
  virtual ~SourceDesk() = default;
  /// Every source that the policy names or that ever brought something, by name; asks nobody.
  virtual std::vector<render::SourceReport> list() = 0;
  /// One of them, compared with others of the same SLIs; that asks them. Errors: not_found.
  virtual Result<render::SourceReport> find(const std::string& name) = 0;
  /// Asks it once, in quarantine or not; nothing is recorded. Errors: not_found.
  virtual Result<render::SourceTest> test(const std::string& name) = 0;
  /// Errors: not_found for a name that nobody knows, and those of the engine.
  virtual Result<engine::QuarantineAnswer> quarantine(const model::SourceQuarantined& quarantined,
                                                      const engine::Caller& caller) = 0;
  /// Errors: not_found.
  virtual Result<engine::QuarantineAnswer> release(const model::SourceReleased& released,
                                                   const engine::Caller& caller) = 0;
  /// What is wrong with the DataSources of a policy that is not in force yet.
  virtual Problems check(const model::Bundle& bundle) = 0;
  /// Late data of an SLO, and the decisions that it concerns. Errors: unknown_slo.
  virtual Result<render::SloRevisions> revisions(const std::string& slo) = 0;
};

}  // namespace tollgate::api
