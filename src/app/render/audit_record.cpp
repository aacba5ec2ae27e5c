#include "app/render/audit_record.hpp"

#include "app/render/audit_round.hpp"
#include "app/render/deployments.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::render {
namespace {

using doc::Node;

constexpr Duration kUsualSpan = days(30);
/// Rules that are counted apart.
constexpr size_t kRulesMax = 100;

/// Counts the findings and keeps them as text.
void count_findings(const Node& findings, std::string_view rule_member, AuditDraft& draft) {
  for (const Node& finding : findings.items()) {
    ++draft.audit.findings;
    const std::string rule(finding.text_or(rule_member));
    if (draft.audit.by_rule.contains(rule) || draft.audit.by_rule.size() < kRulesMax)
      ++draft.audit.by_rule[rule];
    const std::string owner(finding.text_or("owner"));
    if (draft.audit.by_owner.contains(owner) ||
        draft.audit.by_owner.size() < model::kAuditOwnersMax)
      ++draft.audit.by_owner[owner];
  }
  draft.findings = doc::canonical_json(findings);
  draft.audit.digest = sha256(draft.findings);
}

Node counts_json(const std::map<std::string, int64_t>& counts) {
  Node node = Node::object();
  for (const auto& [name, count] : counts) node.set(name.empty() ? "nobody" : name, count);
  return node;
}

}  // namespace

Result<AuditDraft> draft_of_pipelines(const Node& body) {
  const Node* findings = body.is_object() ? body.find("findings") : nullptr;
  if (findings == nullptr || !findings->is_array())
    return fail(codes::bad_value, "the audit has no findings: a list, empty if there are none");
  for (const Node& finding : findings->items()) {
    if (!finding.is_object()) return fail(codes::bad_value, "a finding is no object");
  }
  AuditDraft draft;
  draft.audit = {.scope = model::AuditScope::pipelines,
                 .source = std::string(body.text_or("source")),
                 .commit = std::string(body.text_or("commit")),
                 .examined = std::max<int64_t>(0, body.integer_or("examined", 0)),
                 .files = std::max<int64_t>(0, body.integer_or("files", 0)),
                 .unreadable = std::max<int64_t>(0, body.integer_or("unreadable", 0))};
  count_findings(*findings, "code", draft);
  return draft;
}

AuditDraft draft_of_deployments(const engine::Engine& engine, Time from, Time to) {
  const Node answer = bypasses_json(engine, {.since = from, .until = to, .limit = kDeploymentsMax});
  AuditDraft draft;
  draft.audit = {.scope = model::AuditScope::deployments,
                 .source = "ledger",
                 .from = from,
                 .to = to,
                 .examined = answer.integer_or("checked", 0)};
  count_findings(*answer.find("bypasses"), "reason", draft);
  return draft;
}

Time next_audit_begin(const engine::Engine& engine, Time now) {
  for (const engine::RecordedAudit& recorded : engine.views().audits()) {
    if (recorded.audit.scope == model::AuditScope::deployments && recorded.audit.to)
      return *recorded.audit.to;
  }
  return now - kUsualSpan;
}

Result<Node> make_audit(engine::Engine& engine, const Node& body, const engine::Caller& caller) {
  const std::string_view scope = body.is_object() ? body.text_or("scope") : "";
  AuditDraft draft;
  if (scope == "pipelines") {
    TOLLGATE_TRY(draft, draft_of_pipelines(body));
  } else if (scope == "deployments") {
    Time to = engine.now();
    if (!body.text_or("until").empty()) {
      TOLLGATE_TRY(to, parse_time(body.text_or("until")));
    }
    Time from = next_audit_begin(engine, to);
    if (!body.text_or("since").empty()) {
      TOLLGATE_TRY(from, parse_time(body.text_or("since")));
    }
    draft = draft_of_deployments(engine, from, to);
  } else {
    return fail(codes::bad_value, "scope must be pipelines or deployments, not \"{}\"", scope);
  }
  return record_draft(engine, draft, caller);
}

Result<Node> record_draft(engine::Engine& engine, const AuditDraft& draft,
                          const engine::Caller& caller) {
  TOLLGATE_TRY(const int64_t position, engine.record_audit(draft.audit, draft.findings, caller));
  Node answer = audit_record_json({.position = position,
                                   .time = engine.now(),
                                   .actor = caller.actor.subject,
                                   .audit = draft.audit});
  TOLLGATE_TRY(Node found, doc::parse_json(draft.findings));
  answer.set("found", std::move(found));
  return answer;
}

Node audit_record_json(const engine::RecordedAudit& recorded) {
  const model::AuditRecorded& audit = recorded.audit;
  Node node = Node::object({{"position", recorded.position},
                            {"at", time_text(recorded.time)},
                            {"by", recorded.actor},
                            {"scope", reflect::enum_name(audit.scope)},
                            {"source", audit.source}});
  if (!audit.commit.empty()) node.set("commit", audit.commit);
  if (audit.from) node.set("from", time_text(*audit.from));
  if (audit.to) node.set("to", time_text(*audit.to));
  node.set("examined", audit.examined);
  if (audit.scope == model::AuditScope::pipelines) {
    node.set("files", audit.files);
    node.set("unreadable", audit.unreadable);
  }
  node.set("findings", audit.findings);
  node.set("by_rule", counts_json(audit.by_rule));
  node.set("by_owner", counts_json(audit.by_owner));
  node.set("digest", digest_text(audit.digest));
  if (!audit.round) return node;
  node.set("schedule", audit.round->schedule);
  node.set("due", time_text(audit.round->due));
  node.set("opened", audit.round->opened);
  node.set("closed", audit.round->closed);
  Node told = Node::array();
  for (const model::AuditTold& one : audit.round->told) {
    told.push(Node::object({{"target", one.target},
                            {"opened", one.opened},
                            {"closed", one.closed},
                            {"open", one.open}}));
  }
  node.set("told", std::move(told));
  return node;
}

Node audits_json(const engine::Engine& engine, int64_t limit) {
  Node list = Node::array();
  for (const engine::RecordedAudit& recorded : engine.views().audits()) {
    if (static_cast<int64_t>(list.items().size()) >= limit) break;
    list.push(audit_record_json(recorded));
  }
  return Node::object({{"audits", std::move(list)}, {"schedules", audit_schedules_json(engine)}});
}

}  // namespace tollgate::render
