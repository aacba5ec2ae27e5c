#include "app/render/answers.hpp"

#include "domain/gate/check.hpp"
#include "domain/gate/checks/support.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::render {
namespace {

using doc::Node;
using reflect::enum_name;

Node text_or_null(std::string_view text) { return text.empty() ? Node() : Node(text); }
Node time_or_null(const std::optional<Time>& time) {
  return time ? Node(time_text(*time)) : Node();
}

/// A quantity as a plain number: shares as ratios, spans in seconds, multiples as they are.
Node quantity_json(const std::optional<model::Quantity>& quantity) {
  if (!quantity) return {};
  switch (quantity->unit) {
    case model::Unit::ppm:
      return ratio({quantity->amount});
    case model::Unit::milliseconds:
    case model::Unit::thousandths:
      return static_cast<double>(quantity->amount) / 1000;
    case model::Unit::none:
      return {};
    case model::Unit::count:
      break;
  }
  return quantity->amount;
}

std::string_view unit_name(const std::optional<model::Quantity>& quantity) {
  switch (quantity ? quantity->unit : model::Unit::none) {
    case model::Unit::ppm:
      return "ratio";
    case model::Unit::milliseconds:
      return "seconds";
    case model::Unit::thousandths:
      return "multiple";
    case model::Unit::count:
      return "count";
    case model::Unit::none:
      break;
  }
  return "";
}

std::string_view relation_sign(model::Relation relation) {
  switch (relation) {
    case model::Relation::at_least:
      return "≥";
    case model::Relation::at_most:
      return "≤";
    case model::Relation::below:
      return "<";
  }
  return "";
}

std::string quantity_words(const std::optional<model::Quantity>& quantity) {
  return quantity ? gate::quantity_text(*quantity) : std::string();
}

Node check_json(const model::CheckRecord& record) {
  const gate::CheckDef* def = gate::find_check(record.check);
  Node node = Node::object(
      {{"check", record.check},
       {"subject", record.subject},
       {"state", enum_name(record.state)},
       {"reason", record.reason},
       {"observed", quantity_json(record.observed)},
       {"needed", quantity_json(record.needed)},
       {"unit", text_or_null(unit_name(record.observed ? record.observed : record.needed))},
       {"source", text_or_null(record.source)}});
  node.set("age_s", record.age_ms ? Node(static_cast<double>(*record.age_ms) / 1000) : Node());
  std::string message = def != nullptr ? def->words(record) : std::string();
  node.set("message", message.empty() ? record.reason : message);
  if (record.observed) node.set("observed_text", quantity_words(record.observed));
  if (record.needed) {
    node.set("needed_text",
             fmt::format("{} {}", relation_sign(record.relation), quantity_words(record.needed)));
  }
  return node;
}

Node tree_json(const model::TreeRecord& tree, const std::vector<model::CheckRecord>& checks) {
  Node node = Node::object();
  if (!tree.rule.empty()) node.set("rule", tree.rule);
  node.set("op", enum_name(tree.op));
  node.set("state", enum_name(tree.state));
  node.set("decided", tree.decided);
  if (tree.at_least) node.set("at_least", *tree.at_least);
  if (tree.check) {
    node.set("check", *tree.check);
    const auto index = static_cast<size_t>(*tree.check);
    if (index < checks.size()) node.set("name", checks[index].check);
  }
  if (!tree.children.empty()) {
    Node& children = node.set("children", Node::array());
    for (const model::TreeRecord& child : tree.children) children.push(tree_json(child, checks));
  }
  return node;
}

/// What would turn the parts that did not pass into passes; branches that passed are left alone.
void add_remedies(const model::TreeRecord& tree, const std::vector<model::CheckRecord>& checks,
                  Node& list) {
  if (tree.state == model::CheckState::pass || tree.state == model::CheckState::waived) return;
  for (const model::TreeRecord& child : tree.children) add_remedies(child, checks, list);
  if (!tree.check || static_cast<size_t>(*tree.check) >= checks.size()) return;
  const model::CheckRecord& record = checks[static_cast<size_t>(*tree.check)];
  const gate::CheckDef* def = gate::find_check(record.check);
  if (def == nullptr) return;
  for (const std::string& remedy : def->remedies(record)) {
    Node entry =
        Node::object({{"check", record.check}, {"subject", record.subject}, {"action", remedy}});
    const auto& known = list.items();
    if (std::find(known.begin(), known.end(), entry) == known.end()) list.push(std::move(entry));
  }
}

}  // namespace

double ratio(Ppm share) { return static_cast<double>(share.value) / 1e6; }

Node gate_json(const engine::GateAnswer& answer) {
  const model::Verdict& verdict = answer.verdict;
  Node node = Node::object({{"verdict", enum_name(verdict.outcome)},
                            {"decision", text_or_null(answer.decision)},
                            {"policy_digest", digest_text(verdict.policy_digest)},
                            {"at", time_text(answer.at)},
                            {"service", verdict.request.service},
                            {"environment", verdict.request.environment},
                            {"version", verdict.request.version},
                            {"commit", text_or_null(verdict.request.commit)},
                            {"change_class", enum_name(verdict.request.change_class)},
                            {"finding", enum_name(verdict.finding)},
                            {"enforcement", enum_name(verdict.enforcement)},
                            {"because", verdict.because}});
  Node& policies = node.set("policies", Node::array());
  for (const std::string& policy : verdict.policies) policies.push(policy);
  Node& checks = node.set("checks", Node::array());
  for (const model::CheckRecord& record : verdict.checks) checks.push(check_json(record));
  node.set("tree", tree_json(verdict.tree, verdict.checks));
  add_remedies(verdict.tree, verdict.checks, node.set("would_change", Node::array()));
  Node& readings = node.set("readings", Node::array());
  for (const model::Reading& reading : verdict.readings) readings.push(reflect::encode(reading));
  const bool is_recorded = answer.position >= 0;
  node.set("recorded", is_recorded);
  node.set("repeat", answer.is_repeat);
  node.set("ledger", Node::object({{"position", is_recorded ? Node(answer.position) : Node()}}));
  return node;
}

Node decision_line_json(const engine::DecisionLine& line) {
  return Node::object({{"decision", line.decision},
                       {"position", line.position},
                       {"at", time_text(line.time)},
                       {"service", line.service},
                       {"environment", line.environment},
                       {"version", line.version},
                       {"verdict", enum_name(line.outcome)}});
}

Node decisions_json(const std::vector<engine::DecisionLine>& lines, size_t limit) {
  Node list = Node::array();
  for (const engine::DecisionLine& line : lines) list.push(decision_line_json(line));
  const bool is_full = !lines.empty() && lines.size() >= limit && lines.back().position > 0;
  return Node::object(
      {{"decisions", std::move(list)}, {"next", is_full ? Node(lines.back().position) : Node()}});
}

Node report_json(const model::Report& report) { return reflect::encode(report); }

Node evidence_json(const engine::EvidenceAnswer& answer) {
  Node node = report_json(answer.report);
  node.set("position", answer.position);
  node.set("blob", digest_text(answer.blob));
  node.set("repeat", answer.is_repeat);
  return node;
}

Node release_json(const model::ReleaseEnded& ended, int64_t position) {
  Node node = reflect::encode(ended);
  node.set("position", position);
  return node;
}

Node import_json(const model::SignalsImported& imported, int64_t position, bool is_duplicate) {
  Node node = Node::object({{"lines", imported.lines},
                            {"accepted", imported.accepted},
                            {"rejected", imported.rejected},
                            {"good", imported.good},
                            {"bad", imported.bad},
                            {"total", imported.good + imported.bad},
                            {"first", time_or_null(imported.first)},
                            {"last", time_or_null(imported.last)},
                            {"slo", imported.slo},
                            {"environment", text_or_null(imported.environment)},
                            {"format", imported.format},
                            {"revised", imported.revised}});
  node.set("duplicate", is_duplicate);
  if (position >= 0) node.set("position", position);
  return node;
}

Node head_json(const ledger::Ledger& ledger) {
  const ledger::Head head = ledger.head();
  return Node::object({{"origin", ledger.key().name},
                       {"size", head.size},
                       {"root", digest_text(head.root)},
                       {"vkey", ledger.key().text()}});
}

Node proof_json(const ledger::InclusionProof& proof) {
  Node hashes = Node::array();
  for (const Digest& hash : proof.hashes) hashes.push(base64_encode(hash.view()));
  return Node::object({{"position", proof.position},
                       {"hashes", std::move(hashes)},
                       {"checkpoint", proof.checkpoint},
                       {"text", ledger::proof_text(proof)}});
}

Node verify_json(const ledger::VerifyReport& report) {
  Node node = Node::object({{"ok", report.is_ok}});
  if (!report.is_ok) {
    const bool is_header = report.position == ledger::kHeaderPosition;
    node.set("position", is_header ? Node() : Node(report.position));
    node.set("reason", report.reason);
  }
  node.set("size", report.size);
  node.set("root", digest_text(report.root));
  node.set("origin", report.origin);
  return node;
}

Node replay_json(const engine::ReplayReport& report) {
  Node different = Node::array();
  for (const engine::Difference& difference : report.different) {
    different.push(Node::object({{"position", difference.position},
                                 {"decision", difference.decision},
                                 {"recorded", difference.recorded},
                                 {"derived", difference.derived}}));
  }
  return Node::object({{"ok", report.verdicts == report.identical},
                       {"events", report.events},
                       {"verdicts", report.verdicts},
                       {"identical", report.identical},
                       {"different", std::move(different)}});
}

namespace {

void set_place(Node& node, const Error& error) {
  node.set("file", text_or_null(error.file));
  node.set("line", int64_t{error.mark.line});
  node.set("column", int64_t{error.mark.column});
  node.set("field", text_or_null(error.field));
  node.set("message", error.message);
  node.set("help", error.help.empty() ? std::string(code_info(error.code).help) : error.help);
}

}  // namespace

Node finding_json(const Error& problem, std::string_view severity) {
  Node node = Node::object({{"code", code_text(problem.code)}, {"severity", severity}});
  set_place(node, problem);
  return node;
}

Node error_json(const Error& error) {
  Node node =
      Node::object({{"code", code_text(error.code)}, {"title", code_info(error.code).title}});
  set_place(node, error);
  return node;
}

}  // namespace tollgate::render
