// A small ledger with everything in it: every event type and every check. It is written once for
// each version of the program and replayed by all later ones.
#pragma once

#include "foundation/base/error.hpp"

#include <string>

namespace tollgate::sim {

/// Writes the exported ledger to `path`. Time, key and figures are fixed: the same program always
/// writes the same bytes. Errors: io_failed, and those of the engine.
Result<void> write_corpus(const std::string& path);
/// The same for the life of an alert: raised, told, cleared, silent, withdrawn.
Result<void> write_alert_corpus(const std::string& path);

}  // namespace tollgate::sim
