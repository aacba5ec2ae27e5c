// Sources of signals, and what late data changed.
#pragma once

#include "app/cli/backend.hpp"
#include "domain/model/source_events.hpp"
#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::cli::ask {

Result<doc::Node> sources(Backend& backend);
/// One of them, with what it is compared with.
Result<doc::Node> source(Backend& backend, const std::string& name);
Result<doc::Node> test_source(Backend& backend, const std::string& name);
Result<doc::Node> quarantine(Backend& backend, const model::SourceQuarantined& quarantined,
                             const std::string& idempotency_key);
Result<doc::Node> release_source(Backend& backend, const model::SourceReleased& released,
                                 const std::string& idempotency_key);
Result<doc::Node> slo_revisions(Backend& backend, const std::string& slo);
Result<doc::Node> decision_revisions(Backend& backend, const std::string& decision);

}  // namespace tollgate::cli::ask
