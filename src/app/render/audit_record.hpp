// Audits that were made: how findings become a record, and the records as JSON.
#pragma once

#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

#include <optional>
#include <string>

namespace tollgate::render {

/// An audit and its findings, as they will be kept.
struct AuditDraft {
  model::AuditRecorded audit = {};
  std::string findings = {};  // canonical JSON: a list of objects with `rule` and `owner`
};

/// The draft of what an audit of pipelines found elsewhere: {source, commit, files, examined,
/// unreadable, findings: [{code, owner, ...}]}. Errors: bad_value for a body without findings.
Result<AuditDraft> draft_of_pipelines(const doc::Node& body);
/// The deployments that began in [from, to), against their verdicts.
AuditDraft draft_of_deployments(const engine::Engine& engine, Time from, Time to);
/// Where the next audit of deployments begins: where the last one ended, else 30 days before `now`.
Time next_audit_begin(const engine::Engine& engine, Time now);
/// Makes the audit that `body` asks for and records it: {scope: "deployments", since, until}, or
/// {scope: "pipelines", ...} as draft_of_pipelines takes it. The answer is audit_record_json with
/// the findings as `found`. Errors: bad_value, those of Engine::record_audit.
Result<doc::Node> make_audit(engine::Engine& engine, const doc::Node& body,
                             const engine::Caller& caller);

/// Records the draft; the answer is as make_audit gives it. Errors: those of Engine::record_audit.
Result<doc::Node> record_draft(engine::Engine& engine, const AuditDraft& draft,
                               const engine::Caller& caller);

/// {position, at, by, scope, source, commit, from, to, examined, files, unreadable, findings,
/// by_rule, by_owner, digest}, and of a scheduled one {schedule, due, opened, closed, told}.
doc::Node audit_record_json(const engine::RecordedAudit& recorded);
/// {audits: [...], schedules: [...]}, newest first; schedules as audit_schedules_json.
doc::Node audits_json(const engine::Engine& engine, int64_t limit);

}  // namespace tollgate::render
