// Audits: recorded and listed.
#pragma once

#include "app/cli/backend.hpp"
#include "foundation/doc/node.hpp"

namespace tollgate::cli::ask {

/// Makes and records an audit, as POST /v1/audits does.
Result<doc::Node> audit(Backend& backend, const doc::Node& body);
/// Makes the audits of the policy's schedules that are due, as POST /v1/audits does.
Result<doc::Node> audits_due(Backend& backend);
Result<doc::Node> audits(Backend& backend, int64_t limit);

}  // namespace tollgate::cli::ask
