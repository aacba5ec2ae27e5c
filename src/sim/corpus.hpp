// A small ledger with everything in it: every event type and every check. It is written once for
// each version of the program and replayed by all later ones.
#pragma once

#include "engine/engine.hpp"
#include "foundation/base/error.hpp"
#include "sim/parts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::sim {

/// Writes the exported ledger to `path`. Time, key and figures are fixed: the same program always
/// writes the same bytes. Errors: io_failed, and those of the engine.
Result<void> write_corpus(const std::string& path);
/// The same for the life of an alert: raised, told, cleared, silent, withdrawn.
Result<void> write_alert_corpus(const std::string& path);
/// The same for sources that are quarantined, released and doubted.
Result<void> write_source_corpus(const std::string& path);
/// The same for deliveries: artifacts with provenance, releases under way in a freeze, facts that
/// were confirmed or not, an exclusion with its approvals, audits.
Result<void> write_delivery_corpus(const std::string& path);
/// The same for checks, queues, calendars and observations that none of the others holds.
Result<void> write_check_corpus(const std::string& path);

/// Somebody with a token.
engine::Caller as(std::string subject, std::vector<std::string> roles);
/// Puts the policy of a story in force. Errors: the first problem of the text, and those of the
/// engine.
Result<void> apply_policy(engine::Engine& engine, std::string_view text, const std::string& source,
                          const engine::Caller& caller);

/// A story that is told to an engine, and the ledger that it leaves.
using Story = Result<void> (*)(engine::Engine&, Clock&, Signals&);
Result<void> write_story(const std::string& path, Story story,
                         engine::Confirmer* confirmer = nullptr);

}  // namespace tollgate::sim
