// The JSON form of everything the engine answers, made in one place so that the command line and
// the HTTP API say the same. Ratios are numbers between 0 and 1, times are RFC 3339 in UTC, digests
// "sha256:...".
#pragma once

#include "app/render/slo_overview.hpp"
#include "domain/model/bundle.hpp"
#include "engine/engine.hpp"
#include "engine/ledger/export_file.hpp"
#include "engine/ledger/proof.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::render {

/// How much of a verdict is wanted. brief: what a pipeline acts on. full: also the readings, the
/// policies and how to show each figure; every reader may get it later under the decision's
/// address.
enum class GateView { brief, full };
/// {verdict, decision, policy_digest, at, service, environment, version, ..., checks, tree,
/// would_change, ledger} in full. decision is null and ledger.position null for a what-if.
doc::Node gate_json(const engine::GateAnswer& answer);
/// The same as text, without a tree on the way: for the answer that pipelines wait for.
std::string gate_text(const engine::GateAnswer& answer, GateView view);
/// {decision, position, at, service, environment, version, verdict}.
doc::Node decision_line_json(const engine::DecisionLine& line);
/// {decisions: [...], next}: `next` is the position to ask below for older ones, null at the end.
doc::Node decisions_json(const std::vector<engine::DecisionLine>& lines, size_t limit);

/// The summary of a report, as `record --dry-run` gives it.
doc::Node report_json(const model::Report& report);
/// The summary with {position, blob, repeat} of what was recorded.
doc::Node evidence_json(const engine::EvidenceAnswer& answer);
/// {service, environment, version, commit, result, position}.
doc::Node release_json(const model::ReleaseEnded& ended, int64_t position);
/// {lines, accepted, rejected, good, bad, total, first, last, slo, environment, format, position};
/// a position below 0 means that nothing was recorded and is left out.
doc::Node import_json(const model::SignalsImported& imported, int64_t position,
                      bool is_duplicate = false);

/// {before, after, changes: [{change, resource, fields}], verdicts, unchanged, flipped, flips:
/// [...]}.
doc::Node plan_json(const engine::PlanAnswer& answer);
/// {digest, position, changed, removed}; position is null if nothing had changed.
doc::Node apply_json(const engine::ApplyAnswer& answer);
/// {digest, resources: [{kind, name, apiVersion}]}.
doc::Node policy_json(const model::Bundle& bundle);

/// One resource as it is in force, or {digest, resources: [...]} without a name. `kind` in any
/// spelling that find_kind knows; an SLO by name or SERVICE/SLO. Errors: unknown_name, not_found,
/// each with the nearest name.
Result<doc::Node> resources_json(const model::Bundle& bundle, std::string_view kind,
                                 std::string_view name);

/// {slo, environment, objective, window: {from, to}, good, bad, total, sli, interval, budget_left,
/// state, watermark, minutes_allowed, minutes_left, pace: {window, burn}, empty_in_s, empty_at,
/// ...}. minutes are those in which everything may fail.
doc::Node budget_json(const engine::BudgetAnswer& answer);
/// {slo, objective, windows: [{window, bad, total, burn, interval}], alert: {state, ...}, pairs:
/// [...], at, watermark}.
doc::Node burn_json(const engine::BurnAnswer& answer, std::string_view environment);
/// {on, alerts: [{alert, slo, environment, policy, severity, cause, on, state, word, reason, since,
/// ..., message}]}: what is on first, then what may go on next. Of one SLO if it is named.
doc::Node alerts_json(std::vector<engine::AlertStatus> statuses, std::string_view slo = {});
/// {subject, objective, past: {from, to}, good, bad, total, rules: [{rules, severity, alerts,
/// per_week, false_alerts, false_per_week, precision, incidents, detected, recall, detection_s,
/// on_s, list}]}.
doc::Node alert_backtest_json(const engine::AlertBacktest& answer);
/// The same head with {detection_of: incidents|injected, injected, candidates: [{name, rules,
/// confidence, min_bad_events, limit_factor, efficient, found, ...}]}.
doc::Node alert_tuning_json(const engine::AlertTuning& answer);
/// How much of the overview is shown; the worst comes first.
struct StatusLimits {
  size_t slos = kAllRows;
  size_t alerts = kAllRows;
};
/// {at, policy_digest, slos: [budget...], slo_count, slo_states: {ok, breach, ...}, alerts: [as
/// alerts_json], decisions: [latest of each service and environment], ledger}, of one environment
/// if it is named. Without a name, budgets of production environments.
doc::Node status_json(const engine::Engine& engine, std::string_view environment = {},
                      const StatusLimits& limits = {});

/// {origin, size, root, vkey}.
doc::Node head_json(const ledger::Ledger& ledger);
/// {position, hashes, checkpoint, text}: `text` is the C2SP proof file.
doc::Node proof_json(const ledger::InclusionProof& proof);
/// {ok, size, root, origin} or {ok: false, position, reason, ...}; position is null when the header
/// is at fault.
doc::Node verify_json(const ledger::VerifyReport& report);
/// {ok, events, verdicts, identical, different: [{position, decision, recorded, derived}]}.
doc::Node replay_json(const engine::ReplayReport& report);

/// {code, severity, file, line, column, field, message, help}: one finding of `check`.
doc::Node finding_json(const Error& problem, std::string_view severity);
/// {code, title, message, file, line, column, field, help}: one error.
doc::Node error_json(const Error& error);

/// A share as a number: 999'700 ppm is 0.9997, the nearest double.
double ratio(Ppm share);

}  // namespace tollgate::render
