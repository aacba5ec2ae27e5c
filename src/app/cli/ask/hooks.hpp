// Integrations: what they told, what was told to them.
#pragma once

#include "app/api/backfill.hpp"
#include "app/cli/backend.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tollgate::cli::ask {

/// A webhook's delivery as its sender would make it.
struct HookDelivery {
  std::string integration;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool is_trial = false;  // nothing is recorded
};

/// Integrations, open questions and effects; how integrations fare only from a server.
Result<doc::Node> hooks(Backend& backend);
/// Takes a delivery in, as POST /v1/hooks/NAME does.
Result<doc::Node> deliver(Backend& backend, const HookDelivery& delivery);
/// How those fare who are told.
Result<doc::Node> targets(Backend& backend);
/// Facts that wait for their sender's API, and those that it did not confirm.
Result<doc::Node> unconfirmed(Backend& backend);
/// One page of what the sender's API tells, as POST /v1/integrations/NAME/backfill gives it.
Result<doc::Node> backfill(Backend& backend, const std::string& integration,
                           const api::BackfillRequest& request);
/// Asks again for an effect that was given up.
Result<doc::Node> redeliver(Backend& backend, int64_t effect, const std::string& idempotency_key);

}  // namespace tollgate::cli::ask
