// Judging a compiled gate: leaves first, then the tree, then the environment's enforcement.
#include "domain/gate/gate.hpp"
#include "foundation/base/assert.hpp"

namespace tollgate::gate {
namespace {

using model::CheckState;
using model::Outcome;
using model::RuleOp;

/// Counts of a node's children by state.
struct Tally {
  uint32_t pass = 0;
  uint32_t fail = 0;
  uint32_t hold = 0;  // failed for now
  uint32_t unknown = 0;
  bool is_error = false;

  void add(const NodeState& child) {
    switch (child.state) {
      case CheckState::pass:
      case CheckState::waived:
        ++pass;
        break;
      case CheckState::fail:
        ++(child.holds ? hold : fail);
        break;
      case CheckState::unknown:
        ++unknown;
        is_error = is_error || child.is_error;
        break;
      case CheckState::not_reached:
        break;
    }
  }
};

/// Kleene logic: unknown decides only where neither pass nor fail can. What fails for now stands
/// between: nothing can make it a pass at once, but time or a person can.
NodeState combine(const CompiledNode& node, const Tally& tally) {
  const uint32_t needed = node.op == RuleOp::any_of ? 1 : node.at_least;
  if (node.op == RuleOp::all_of) {
    if (tally.fail > 0) return {.state = CheckState::fail};
    if (tally.hold > 0) return {.state = CheckState::fail, .holds = true};
    if (tally.unknown > 0) return {.state = CheckState::unknown, .is_error = tally.is_error};
    return {.state = tally.pass > 0 ? CheckState::pass : CheckState::unknown};
  }
  if (tally.pass >= needed) return {.state = CheckState::pass};
  if (tally.pass + tally.unknown >= needed)
    return {.state = CheckState::unknown, .is_error = tally.is_error};
  if (tally.pass + tally.unknown + tally.hold >= needed)
    return {.state = CheckState::fail, .holds = true};
  return {.state = CheckState::fail};
}

/// Marks the path that decided: below a node, the first children that suffice for its state.
void mark_decided(const CompiledGate& gate, Judgement& judgement, uint32_t index) {
  const CompiledNode& node = gate.nodes[index];
  judgement.nodes[index].decided = true;
  if (node.op == RuleOp::check) return;
  const CheckState state = judgement.nodes[index].state;
  const bool holds = judgement.nodes[index].holds;
  const bool is_one_enough = node.op == RuleOp::all_of
                                 ? state != CheckState::pass
                                 : node.op == RuleOp::any_of && state == CheckState::pass;
  for (uint32_t child = index + 1; child < node.end; child = gate.nodes[child].end) {
    const CheckState child_state = judgement.nodes[child].state;
    const bool has_same = (child_state == state && judgement.nodes[child].holds == holds) ||
                          (state == CheckState::pass && child_state == CheckState::waived);
    if (!has_same) continue;
    mark_decided(gate, judgement, child);
    if (is_one_enough) return;
  }
}

Outcome outcome_of(const NodeState& root) {
  switch (root.state) {
    case CheckState::pass:
    case CheckState::waived:
      return Outcome::allow;
    case CheckState::fail:
      return root.holds ? Outcome::hold : Outcome::deny;
    case CheckState::unknown:
    case CheckState::not_reached:
      break;
  }
  return Outcome::inconclusive;
}

/// What the pipeline is told, and which rule of the environment made it so.
void enforce(const CompiledGate& gate, Judgement& judgement) {
  judgement.outcome = judgement.finding;
  judgement.because = "rules";
  if (judgement.finding == Outcome::inconclusive) {
    const bool is_error = judgement.nodes[0].is_error;
    const Outcome wanted = is_error ? gate.on_error : gate.on_inconclusive;
    if (wanted != Outcome::inconclusive) {
      judgement.outcome = wanted;
      judgement.because = is_error ? "on_error" : "on_inconclusive";
    }
  }
  if (judgement.outcome == Outcome::allow || gate.enforcement == model::Enforcement::enforce)
    return;
  judgement.outcome = Outcome::allow;
  judgement.because = gate.enforcement == model::Enforcement::warn ? "warn" : "observe";
}

}  // namespace

void judge(const CompiledGate& gate, std::span<const Fact> facts, Time now, Judgement& judgement) {
  ASSERT(facts.size() == gate.needs.size());
  ASSERT(!gate.nodes.empty());
  judgement.findings.resize(gate.checks.size());
  judgement.nodes.assign(gate.nodes.size(), NodeState{});
  for (size_t i = 0; i < gate.checks.size(); ++i) {
    const CompiledCheck& check = gate.checks[i];
    const CheckInput input{.facts = facts, .places = check.places, .now = now};
    // A check over SLOs of a service that has none was compiled without parameters.
    judgement.findings[i] = check.parameters != nullptr
                                ? check.def->evaluate(check.parameters.get(), input)
                                : unknown("no_slo");
  }
  // Children stand behind their parent, so going backwards meets them first.
  for (uint32_t index = static_cast<uint32_t>(gate.nodes.size()); index-- > 0;) {
    const CompiledNode& node = gate.nodes[index];
    if (node.op == RuleOp::check) {
      const Finding& finding = judgement.findings[node.check];
      judgement.nodes[index] = {
          .state = finding.state, .is_error = finding.is_error, .holds = finding.holds};
      continue;
    }
    Tally tally;
    for (uint32_t child = index + 1; child < node.end; child = gate.nodes[child].end) {
      tally.add(judgement.nodes[child]);
    }
    judgement.nodes[index] = combine(node, tally);
  }
  mark_decided(gate, judgement, 0);
  judgement.finding = outcome_of(judgement.nodes[0]);
  enforce(gate, judgement);
}

namespace {

std::string source_of(const Fact& fact) {
  const auto place = [](int64_t position) { return "ledger:" + std::to_string(position); };
  if (fact.reading != nullptr) return fact.reading->source;
  if (fact.report != nullptr) return place(fact.report->position);
  if (fact.lease != nullptr && fact.lease->token > 0) return place(fact.lease->token);
  if (fact.release != nullptr && fact.release->position >= 0) return place(fact.release->position);
  if (fact.under_way != nullptr && fact.under_way->position >= 0)
    return place(fact.under_way->position);
  return {};
}

}  // namespace

model::CheckRecord record_check(const CompiledCheck& check, const Finding& finding,
                                std::span<const Fact> facts) {
  model::CheckRecord record{.check = std::string(check.def->name),
                            .subject = check.subject,
                            .state = finding.state,
                            .reason = std::string(finding.reason),
                            .relation = finding.relation,
                            .detail = std::string(finding.detail)};
  if (finding.observed.unit != model::Unit::none) record.observed = finding.observed;
  if (finding.needed.unit != model::Unit::none) record.needed = finding.needed;
  if (finding.age_ms >= 0) record.age_ms = finding.age_ms;
  if (finding.holds) record.holds = true;
  if (finding.retry_at_ms >= 0) record.retry_at = Time{finding.retry_at_ms};
  if (finding.need >= 0)
    record.source = source_of(facts[check.places[static_cast<size_t>(finding.need)]]);
  record.figures.assign(finding.figures.begin(), finding.figures.begin() + finding.figure_count);
  return record;
}

namespace {

model::TreeRecord record_tree(const CompiledGate& gate, const Judgement& judgement,
                              uint32_t index) {
  const CompiledNode& node = gate.nodes[index];
  const NodeState& state = judgement.nodes[index];
  model::TreeRecord record{
      .rule = node.rule, .op = node.op, .state = state.state, .decided = state.decided};
  if (node.op == RuleOp::check) record.check = node.check;
  if (node.op == RuleOp::at_least) record.at_least = node.at_least;
  size_t count = 0;
  for (uint32_t child = index + 1; child < node.end; child = gate.nodes[child].end) ++count;
  record.children.reserve(count);
  for (uint32_t child = index + 1; child < node.end; child = gate.nodes[child].end) {
    record.children.push_back(record_tree(gate, judgement, child));
  }
  return record;
}

}  // namespace

namespace {

std::optional<Time> retry_below(const model::Verdict& verdict, const model::TreeRecord& node) {
  if (node.check) return verdict.checks[static_cast<size_t>(*node.check)].retry_at;
  std::optional<Time> found;
  for (const model::TreeRecord& child : node.children) {
    if (child.state != CheckState::fail) continue;
    const std::optional<Time> retry = retry_below(verdict, child);
    if (!retry) continue;
    const bool is_better = node.op == RuleOp::all_of ? retry > found : !found || retry < found;
    if (is_better) found = retry;
  }
  return found;
}

}  // namespace

std::optional<Time> retry_at(const model::Verdict& verdict) {
  if (verdict.outcome != Outcome::hold) return std::nullopt;
  return retry_below(verdict, verdict.tree);
}

model::Verdict record(const CompiledGate& gate, std::span<const Fact> facts,
                      const Judgement& judgement, const model::GateRequest& request,
                      const Digest& policy_digest) {
  model::Verdict verdict{.request = request,
                         .outcome = judgement.outcome,
                         .finding = judgement.finding,
                         .enforcement = gate.enforcement,
                         .because = std::string(judgement.because),
                         .policy_digest = policy_digest,
                         .policies = gate.policies,
                         .tree = record_tree(gate, judgement, 0)};
  verdict.checks.reserve(gate.checks.size());
  for (size_t i = 0; i < gate.checks.size(); ++i) {
    verdict.checks.push_back(record_check(gate.checks[i], judgement.findings[i], facts));
  }
  verdict.readings.reserve(facts.size());
  for (const Fact& fact : facts) {
    if (fact.reading != nullptr) verdict.readings.push_back(*fact.reading);
    if (fact.calendar != nullptr) verdict.calendar = *fact.calendar;
  }
  return verdict;
}

}  // namespace tollgate::gate
