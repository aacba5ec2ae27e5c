// Audits on a schedule: which are due, and what one is compared with the one before: what is new,
// what ended, and who is told. When they are due follows from the ledger alone.
#pragma once

#include "app/render/audit_record.hpp"
#include "domain/model/kinds/audit_schedule.hpp"
#include "engine/engine.hpp"

#include <optional>
#include <vector>

namespace tollgate::render {

/// The AuditSchedules of the policy in force, by name.
std::vector<const model::AuditSchedule*> audit_schedules(const model::Bundle& policy);

/// When `schedule` is due next; `now` if it never ran. Times that passed while nobody was there are
/// one: the newest of them.
Time audit_due(const engine::Engine& engine, const model::AuditSchedule& schedule, Time now);

/// Says of `draft` what it is as the round of `schedule` that was due at `due`: findings that the
/// round before did not have, those that are gone, and what each target is told of them. Errors:
/// those of the blob store, if the findings of the round before cannot be read.
Result<void> compare_round(const engine::Engine& engine, const model::AuditSchedule& schedule,
                           Time due, AuditDraft& draft);

/// [{name, scope, source, every, last, next, overdue}], by name. Overdue: a whole interval late.
doc::Node audit_schedules_json(const engine::Engine& engine);

}  // namespace tollgate::render
