// The audit of pipelines: which steps deploy or publish, which of them ask a
// gate before, and what is wrong where none is asked. Time is an argument.
#pragma once

#include "edge/pipelines/dialect.hpp"
#include "edge/pipelines/owners.hpp"
#include "edge/pipelines/patterns.hpp"
#include "foundation/base/time.hpp"

namespace tollgate::pipelines {

/// Leave for steps that ask no gate, with a reason and an end.
struct Allowance {
  std::string file = {};  // glob; * matches any text
  std::string job = {};   // glob; empty: any
  std::string step = {};  // glob; empty: any
  std::string reason = {};
  Time until = {};
};

struct AuditRules {
  const Matcher* matcher = nullptr;
  std::vector<Gate> accepted = {Gate::tollgate, Gate::environment, Gate::analysis};
  std::vector<Allowance> allowances = {};
  Time now = {};
};

enum class StepState {
  gated,      // an accepted gate is asked before, however the step is reached
  ungated,    //
  ignored,    // a gate is asked, and its answer does not count
  person,     // only a person is asked, and that is not accepted
  throwaway,  // into a cluster that the job made for itself
  allowed,    // by an allowance
};
std::string_view step_state_name(StepState state);
std::string_view action_name(Action action);
std::string_view gate_name(Gate gate);
std::optional<Gate> parse_gate(std::string_view name);

/// A step that deploys or publishes.
struct DeployStep {
  std::string file = {};
  uint32_t line = 0;
  std::string_view dialect = {};
  std::string job = {};
  std::string step = {};
  Action action = Action::deploy;
  std::string what = {};          // "kubectl apply"
  std::string text = {};          // the command or what is used, shortened
  std::optional<Gate> gate = {};  // the strongest that every way to it asks
  StepState state = StepState::ungated;
  std::string called_from = {};  // a caller that asks none, if it is reached from elsewhere
  std::string reason = {};       // of the allowance
};

struct AuditReport {
  int64_t files = 0;  // that were pipelines
  std::map<std::string, int64_t, std::less<>> files_by_dialect = {};
  std::vector<DeployStep> steps = {};  // by file and line
  std::vector<Error> unreadable = {};
  std::vector<Allowance> expired = {};
  std::vector<Allowance> unused = {};
  Owners owners = {};  // of the findings, as the caller knows them
};

inline constexpr size_t kAuditFilesMax = 20'000;
inline constexpr int kCallDepthMax = 10;

/// Looks at all sources that are pipelines. Errors: limit_exceeded.
Result<AuditReport> audit(const Sources& sources, const AuditRules& rules);

}  // namespace tollgate::pipelines
