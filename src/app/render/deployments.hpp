// Deployments and bypasses as JSON and words; both sides of the command line use it.
#pragma once

#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

#include <optional>
#include <string>

namespace tollgate::render {

/// Which deployments are wanted; empty texts and absent times do not narrow.
struct DeploymentQuery {
  std::string service = {};
  std::string environment = {};
  std::optional<Time> since = {};  // by begin
  std::optional<Time> until = {};
  int64_t limit = 100;
};
inline constexpr int64_t kDeploymentsMax = 10'000;

/// {service, environment, id, version, commit, artifact, status, kind, kind_told, begin, end,
/// took_traffic, incident, url, parts: [{sender, id, region, status, at}], position}.
doc::Node deployment_json(const delivery::Deployment& deployment);
/// {deployments: [...]}, newest first.
doc::Node deployments_json(const engine::Engine& engine, const DeploymentQuery& query);
/// {checked, bypasses: [{deployment, reason, message, owner, decision}]}, newest first; `checked`
/// counts the deployments that were compared with verdicts.
doc::Node bypasses_json(const engine::Engine& engine, const DeploymentQuery& query);
/// {position, recorded, known, repeat}; position is null if nothing was news.
doc::Node observe_json(const engine::ObserveAnswer& answer);

}  // namespace tollgate::render
