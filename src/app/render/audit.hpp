// The audit of pipelines as JSON, findings, a table and text.
#pragma once

#include "app/render/output.hpp"
#include "edge/pipelines/audit.hpp"
#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::render {

/// {files, unreadable, deploy_steps, by_state: {...}, by_dialect: {...}, steps: [{file, line,
/// dialect, job, step, action, what, text, gate, state, ...}], findings: [{code, severity, file,
/// line, message, owner, ...}]}.
doc::Node audit_json(const pipelines::AuditReport& report);
/// One row a step.
Table audit_table(const doc::Node& audit);
/// The findings, then the table of all steps.
std::string audit_text(const doc::Node& audit, const Palette& palette);
/// "3 findings: ..." in one line.
std::string audit_summary(const doc::Node& audit);

/// The audit as it is recorded: {scope, source, commit, files, examined, unreadable, findings}.
doc::Node recordable_audit(const pipelines::AuditReport& report, const std::string& source,
                           const std::string& commit);

}  // namespace tollgate::render
