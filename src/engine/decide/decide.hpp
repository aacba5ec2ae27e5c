// Deciding: state, request, readings and time in; the data of an event out. Pure, so that replay
// and backtests run the very same code. Nothing here knows a clock, a disk or a network.
#pragma once

#include "domain/model/events.hpp"
#include "engine/state/delivery_book.hpp"
#include "engine/state/state.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tollgate::engine {

/// Which gate a request meets; its `needs` say what must be collected before deciding.
struct Plan {
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const gate::CompiledGate> gate;
};

/// Errors: unknown_service, unknown_environment, or a policy whose checks do not compile.
Result<Plan> plan(const std::shared_ptr<const Policy>& policy, const model::GateRequest& request);

/// True if the gate asks the calendars.
bool needs_calendar(const Plan& plan);

/// The verdict on `request`. `readings` holds one reading for each need of kind reading, in the
/// order of the needs; `calendar` what the calendars said, null if they were not asked.
model::Verdict decide_gate(const State& state, const Plan& plan, const model::GateRequest& request,
                           std::span<const model::Reading> readings, Time now,
                           const model::CalendarReading* calendar = nullptr);

/// Whom the tier's error-budget policy wants told about `verdict`, which will stand at `position`:
/// the targets of each threshold that a failed error-budget check is below. Sorted, without
/// repeats.
std::vector<model::EffectRequested> effects_of(const Plan& plan, const model::Verdict& verdict,
                                               int64_t position);

/// Adds the integrations that want `verdict` as a commit status; a verdict without a commit has
/// none.
void add_status_effects(const Policy& policy, const model::Verdict& verdict, int64_t position,
                        std::vector<model::EffectRequested>& effects);

/// The effect that carries `verdict`, which will stand at `position`, back to who asked; nothing if
/// the sender waits for no message, or has had this answer already.
std::optional<model::EffectRequested> answer_effect(const OpenQuestion& open,
                                                    const model::Verdict& verdict,
                                                    int64_t position);

/// The identifier of the decision at `position` of the ledger: a ULID that carries the position.
std::string decision_id(Time time, int64_t position);
/// The position that an identifier carries. Errors: not_found if it is not one of decision_id's.
Result<int64_t> decision_position(std::string_view id);

}  // namespace tollgate::engine
