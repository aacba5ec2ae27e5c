// Telling of deployments, and asking what they come to.
#pragma once

#include "app/cli/backend.hpp"
#include "app/render/deployments.hpp"
#include "app/render/recommend.hpp"
#include "app/render/service_delivery.hpp"
#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::cli::ask {

/// A fact that somebody tells: {type, ...}, as POST /v1/observations takes it.
Result<doc::Node> observe(Backend& backend, const doc::Node& fact,
                          const std::string& idempotency_key);
Result<doc::Node> deployments(Backend& backend, const render::DeploymentQuery& query);
Result<doc::Node> bypasses(Backend& backend, const render::DeploymentQuery& query);
Result<doc::Node> dora(Backend& backend, const render::DoraQuery& query);
Result<doc::Node> recommend(Backend& backend, const render::RecommendQuery& query);

}  // namespace tollgate::cli::ask
