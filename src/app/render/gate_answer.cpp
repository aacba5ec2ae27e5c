// The answer of a gate, written straight from the verdict: the one answer that pipelines wait for.
#include "app/render/answers.hpp"
#include "app/render/import_doubts.hpp"
#include "domain/gate/check.hpp"
#include "domain/gate/checks/support.hpp"
#include "domain/gate/gate.hpp"
#include "foundation/base/assert.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/doc/json_writer.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::render {
namespace {

using doc::JsonWriter;
using reflect::enum_name;

/// A quantity as a plain number: shares as ratios, spans in seconds, multiples as they are.
void write_quantity(JsonWriter& out, const std::optional<model::Quantity>& quantity) {
  switch (quantity ? quantity->unit : model::Unit::none) {
    case model::Unit::ppm:
      out.decimal(quantity->amount, 6);
      return;
    case model::Unit::milliseconds:
    case model::Unit::thousandths:
      out.decimal(quantity->amount, 3);
      return;
    case model::Unit::count:
      out.integer(quantity->amount);
      return;
    case model::Unit::none:
      break;
  }
  out.null();
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

/// What only readers of the full view want of a check: how to show its figures.
void write_figures(JsonWriter& out, const model::CheckRecord& record) {
  out.key("unit").text_or_null(unit_name(record.observed ? record.observed : record.needed));
  if (record.observed) out.key("observed_text").text(gate::quantity_text(*record.observed));
  if (!record.needed) return;
  std::string needed(relation_sign(record.relation));
  needed += ' ';
  needed += gate::quantity_text(*record.needed);
  out.key("needed_text").text(needed);
}

void write_check(JsonWriter& out, const model::CheckRecord& record, GateView view) {
  const gate::CheckDef* def = gate::find_check(record.check);
  const std::string message = def != nullptr ? def->words(record) : std::string();
  out.begin_object();
  out.key("check").text(record.check);
  out.key("subject").text(record.subject);
  out.key("state").word(enum_name(record.state));
  out.key("reason").text(record.reason);
  out.key("observed");
  write_quantity(out, record.observed);
  out.key("needed");
  write_quantity(out, record.needed);
  out.key("source").text_or_null(record.source);
  out.key("age_s");
  record.age_ms ? out.decimal(*record.age_ms, 3) : out.null();
  out.key("message").text(message.empty() ? record.reason : message);
  if (view == GateView::full) write_figures(out, record);
  out.end_object();
}

/// {"op":"check","state":S,"decided":D,"check": for every state, not decided and decided.
std::string_view check_node_start(model::CheckState state, bool decided) {
  constexpr size_t kStates = reflect::EnumNames<model::CheckState>::names.size();
  static const auto starts = [] {
    std::array<std::string, 2 * kStates> texts;
    for (size_t i = 0; i < texts.size(); ++i) {
      texts[i] = fmt::format(R"({{"op":"check","state":"{}","decided":{},"check":)",
                             enum_name(static_cast<model::CheckState>(i / 2)), i % 2 != 0);
    }
    return texts;
  }();
  return starts[2 * static_cast<size_t>(state) + (decided ? 1 : 0)];
}

void write_tree(JsonWriter& out, const model::TreeRecord& tree,
                const std::vector<model::CheckRecord>& checks, GateView view) {
  const bool is_usual_check =
      view == GateView::brief && tree.op == model::RuleOp::check && tree.check && tree.rule.empty();
  if (is_usual_check) {
    out.begin_raw(check_node_start(tree.state, tree.decided)).integer(*tree.check).end_object();
    return;
  }
  out.begin_object();
  if (!tree.rule.empty()) out.key("rule").text(tree.rule);
  out.key("op").word(enum_name(tree.op));
  out.key("state").word(enum_name(tree.state));
  out.key("decided").boolean(tree.decided);
  if (tree.at_least) out.key("at_least").integer(*tree.at_least);
  if (tree.check) {
    out.key("check").integer(*tree.check);
    const auto index = static_cast<size_t>(*tree.check);
    if (view == GateView::full && index < checks.size()) out.key("name").text(checks[index].check);
  }
  if (!tree.children.empty()) {
    out.key("children").begin_array();
    for (const model::TreeRecord& child : tree.children) write_tree(out, child, checks, view);
    out.end_array();
  }
  out.end_object();
}

struct Remedy {
  const model::CheckRecord* record;
  std::string action;
};

/// What would turn the parts that did not pass into passes; branches that passed are left alone.
void collect_remedies(const model::TreeRecord& tree, const std::vector<model::CheckRecord>& checks,
                      std::vector<Remedy>& remedies) {
  if (tree.state == model::CheckState::pass || tree.state == model::CheckState::waived) return;
  for (const model::TreeRecord& child : tree.children) collect_remedies(child, checks, remedies);
  if (!tree.check || static_cast<size_t>(*tree.check) >= checks.size()) return;
  const model::CheckRecord& record = checks[static_cast<size_t>(*tree.check)];
  const gate::CheckDef* def = gate::find_check(record.check);
  if (def == nullptr) return;
  for (std::string& action : def->remedies(record)) {
    const bool is_known = std::any_of(remedies.begin(), remedies.end(), [&](const Remedy& known) {
      return known.action == action && known.record->check == record.check &&
             known.record->subject == record.subject;
    });
    if (!is_known) remedies.push_back({&record, std::move(action)});
  }
}

void write_remedies(JsonWriter& out, const model::Verdict& verdict) {
  std::vector<Remedy> remedies;
  collect_remedies(verdict.tree, verdict.checks, remedies);
  out.key("would_change").begin_array();
  for (const Remedy& remedy : remedies) {
    out.begin_object().key("check").text(remedy.record->check);
    out.key("subject").text(remedy.record->subject).key("action").text(remedy.action).end_object();
  }
  out.end_array();
}

void write_request(JsonWriter& out, const model::GateRequest& request) {
  out.key("service").text(request.service);
  out.key("environment").text(request.environment);
  out.key("version").text(request.version);
  out.key("commit").text_or_null(request.commit);
  out.key("change_class").word(enum_name(request.change_class));
}

/// Imports of calendars that were stale or failing when the gate was asked; none: nothing.
void write_doubts(JsonWriter& out, const model::Verdict& verdict) {
  if (!verdict.calendar || verdict.calendar->doubts.empty()) return;
  out.key("import_doubts").begin_array();
  for (const model::ImportDoubt& doubt : verdict.calendar->doubts) {
    out.begin_object().key("calendar").text(doubt.calendar).key("source").text(doubt.source);
    out.key("good").text_or_null(doubt.good ? time_text(*doubt.good) : std::string());
    out.key("stale").boolean(doubt.is_stale).key("failures").integer(doubt.failures);
    out.key("message").text(doubt_words(doubt, verdict.calendar->at)).end_object();
  }
  out.end_array();
}

void write_grounds(JsonWriter& out, const model::Verdict& verdict) {
  out.key("policies").begin_array();
  for (const std::string& policy : verdict.policies) out.text(policy);
  out.end_array();
  out.key("readings").begin_array();
  std::string text;
  for (const model::Reading& reading : verdict.readings) {
    text.clear();
    reflect::append_canonical(text, reflect::type_of<model::Reading>(), &reading);
    out.raw(text);
  }
  out.end_array();
  if (verdict.calendar) {
    out.key("calendar").raw(reflect::canonical(*verdict.calendar));
  }
}

/// Seconds after which asking again makes sense, for a verdict that holds.
void write_retry(JsonWriter& out, const engine::GateAnswer& answer) {
  constexpr Duration kRetryOtherwise = minutes(1);
  out.key("retry_after_s");
  if (answer.verdict.outcome != model::Outcome::hold) {
    out.null();
    return;
  }
  const std::optional<Time> at = gate::retry_at(answer.verdict);
  const Duration pause = at ? *at - answer.at : kRetryOtherwise;
  out.integer(std::max<int64_t>(1, pause.ms / 1000));
}

void write_answer(JsonWriter& out, const engine::GateAnswer& answer, GateView view) {
  const model::Verdict& verdict = answer.verdict;
  out.begin_object();
  out.key("verdict").word(enum_name(verdict.outcome));
  out.key("decision").text_or_null(answer.decision);
  out.key("policy_digest").digest(verdict.policy_digest);
  out.key("at").time(answer.at);
  write_request(out, verdict.request);
  out.key("finding").word(enum_name(verdict.finding));
  out.key("enforcement").word(enum_name(verdict.enforcement));
  out.key("because").text(verdict.because);
  write_retry(out, answer);
  out.key("checks").begin_array();
  for (const model::CheckRecord& record : verdict.checks) write_check(out, record, view);
  out.end_array();
  out.key("tree");
  write_tree(out, verdict.tree, verdict.checks, view);
  write_remedies(out, verdict);
  write_doubts(out, verdict);
  if (view == GateView::full) write_grounds(out, verdict);
  const bool is_recorded = answer.position >= 0;
  out.key("recorded").boolean(is_recorded);
  out.key("repeat").boolean(answer.is_repeat);
  out.key("ledger").begin_object().key("position");
  is_recorded ? out.integer(answer.position) : out.null();
  out.end_object().end_object();
}

}  // namespace

std::string gate_text(const engine::GateAnswer& answer, GateView view) {
  std::string text;
  text.reserve(view == GateView::full ? 8 * 1024 : 4 * 1024);
  {
    JsonWriter out(text);
    write_answer(out, answer, view);
  }
  return text;
}

doc::Node gate_json(const engine::GateAnswer& answer) {
  Result<doc::Node> node = doc::parse_json(gate_text(answer, GateView::full));
  ASSERT(node.has_value());
  return std::move(*node);
}

}  // namespace tollgate::render
