// A gate: the rule trees of all release policies that select a request, compiled for one service,
// environment and change class, and judged over facts. Pure; a compiled gate is immutable and may
// be shared between threads.
#pragma once

#include "domain/gate/check.hpp"
#include "domain/model/verdict.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tollgate::gate {

/// A node of a rule tree in preorder: its children are the nodes up to `end`.
struct CompiledNode {
  model::RuleOp op = model::RuleOp::all_of;
  uint32_t end = 0;       // index behind the last descendant
  uint32_t at_least = 0;  // for at_least
  uint32_t check = 0;     // for check: index into checks
  std::string rule = {};  // name from the policy
};

struct CompiledGate {
  std::vector<CompiledNode> nodes;  // nodes[0] is the root: all of the policies
  std::vector<CompiledCheck> checks;
  std::vector<Need> needs;            // of all checks, each once
  std::vector<std::string> policies;  // names of the ReleasePolicies, sorted
  std::string environment;
  model::Enforcement enforcement = model::Enforcement::enforce;
  model::Outcome on_inconclusive = model::Outcome::inconclusive;
  model::Outcome on_error = model::Outcome::inconclusive;
};

/// Compiles what `bundle` says about a release of `service` to `environment`.
/// Errors: unknown_service, unknown_environment, unknown_check, or a bad parameter with its place.
Result<CompiledGate> compile_gate(const model::Bundle& bundle, std::string_view service,
                                  std::string_view environment, model::ChangeClass change_class);

/// Every problem with the checks that the release policies of `bundle` name, for `check` and
/// `apply`.
Problems validate_gates(const model::Bundle& bundle);

struct NodeState {
  model::CheckState state = model::CheckState::unknown;
  bool is_error = false;
  bool holds = false;  // with fail: for now; time or a person lifts it
  bool decided = false;
};

/// Room for one evaluation; reuse it to avoid allocation.
struct Judgement {
  std::vector<Finding> findings = {};                     // one per check
  std::vector<NodeState> nodes = {};                      // one per node
  model::Outcome finding = model::Outcome::inconclusive;  // what the rules found
  model::Outcome outcome = model::Outcome::inconclusive;  // after enforcement
  std::string_view because = {};
};

/// Judges `gate` over `facts` (one per need, in order) at `now`. Missing evidence never passes a
/// check.
void judge(const CompiledGate& gate, std::span<const Fact> facts, Time now, Judgement& judgement);

/// When asking again may help a verdict that holds: when the last of what must be lifted is, as far
/// as that is known.
std::optional<Time> retry_at(const model::Verdict& verdict);

/// One finding as the ledger keeps it.
model::CheckRecord record_check(const CompiledCheck& check, const Finding& finding,
                                std::span<const Fact> facts);

/// The judgement as the ledger keeps it. `facts` as given to judge.
model::Verdict record(const CompiledGate& gate, std::span<const Fact> facts,
                      const Judgement& judgement, const model::GateRequest& request,
                      const Digest& policy_digest);

}  // namespace tollgate::gate
