// What goes into the ledger when an alert goes on or off, and who is told. Pure.
#pragma once

#include "domain/slo/alert.hpp"
#include "engine/state/state.hpp"
#include "engine/writer/writer.hpp"

namespace tollgate::engine {

/// The record of an alert that went on, filed under the open incident of its environment, cause and
/// severity, and the targets that were not told of that incident yet. Errors: conflict if it is on
/// already.
Result<Decision> raise_alert(const State& state, model::AlertRaised raised,
                             const std::vector<std::string>& targets);

/// The record of an alert that is over. The targets that were told of its incident hear of its end
/// when nothing of it is on any more, if `tells_resolved`. Errors: conflict if it is off already.
Result<Decision> clear_alert(const State& state, std::string_view fingerprint, model::AlertEnd end,
                             bool tells_resolved);

}  // namespace tollgate::engine
