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

}  // namespace

double ratio(Ppm share) { return static_cast<double>(share.value) / 1e6; }

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
