#include "app/render/audit.hpp"

#include "app/render/answers.hpp"
#include "app/render/findings.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::render {
namespace {

using doc::Node;
using pipelines::Action;
using pipelines::DeployStep;
using pipelines::StepState;

std::string place_in_pipeline(const DeployStep& step) {
  std::string place = fmt::format("job \"{}\"", step.job);
  if (!step.step.empty() && step.step != step.job) place += fmt::format(", step \"{}\"", step.step);
  return place;
}

/// The finding on a step; nothing for one that is in order.
std::optional<Error> problem_of(const DeployStep& step) {
  const bool is_deploy = step.action == Action::deploy;
  const std::string_view verb = is_deploy ? "deploys" : "publishes";
  Error error{.code = is_deploy ? codes::deploy_without_gate : codes::publish_without_gate,
              .message = {},
              .file = step.file,
              .mark = {.line = step.line, .column = 1}};
  switch (step.state) {
    case StepState::ungated:
      error.message = fmt::format("{} {} ({}) and asks no gate before", place_in_pipeline(step),
                                  verb, step.what);
      break;
    case StepState::ignored:
      error.code = codes::gate_ignored;
      error.message = fmt::format("{} {} ({}) whatever the gate before it answers",
                                  place_in_pipeline(step), verb, step.what);
      break;
    case StepState::person:
      error.code = codes::person_only;
      error.message = fmt::format("{} {} ({}) after a click of a person, and asks no gate",
                                  place_in_pipeline(step), verb, step.what);
      break;
    default:
      return std::nullopt;
  }
  if (!step.called_from.empty()) error.message += fmt::format("; called from {}", step.called_from);
  return error;
}

std::string_view severity_of(const Error& problem) {
  return problem.code == codes::deploy_without_gate || problem.code == codes::gate_ignored
             ? "error"
             : "warning";
}

void push(Node& findings, const Error& problem, const pipelines::Owners& owners) {
  Node finding = finding_json(problem, severity_of(problem));
  const std::string owner = pipelines::owner_of(owners, problem.file);
  if (!owner.empty()) finding.set("owner", owner);
  findings.push(std::move(finding));
}

void push_allowance(Node& findings, const pipelines::Allowance& allowance, Code code,
                    std::string_view what) {
  push(findings,
       {.code = code,
        .message = fmt::format("the allowance for {}{}{} {}", allowance.file,
                               allowance.job.empty() ? "" : ", job ", allowance.job, what)},
       {});
}

Node step_json(const DeployStep& step) {
  Node node = Node::object({{"file", step.file},
                            {"line", int64_t{step.line}},
                            {"dialect", step.dialect},
                            {"job", step.job},
                            {"step", step.step},
                            {"action", pipelines::action_name(step.action)},
                            {"what", step.what},
                            {"text", step.text}});
  node.set("gate", step.gate ? Node(pipelines::gate_name(*step.gate)) : Node());
  node.set("state", pipelines::step_state_name(step.state));
  if (!step.called_from.empty()) node.set("called_from", step.called_from);
  if (!step.reason.empty()) node.set("reason", step.reason);
  return node;
}

}  // namespace

Node audit_json(const pipelines::AuditReport& report) {
  Node steps = Node::array();
  Node findings = Node::array();
  std::map<std::string, int64_t> states;
  for (const DeployStep& step : report.steps) {
    steps.push(step_json(step));
    ++states[std::string(pipelines::step_state_name(step.state))];
    if (const std::optional<Error> problem = problem_of(step))
      push(findings, *problem, report.owners);
  }
  for (const Error& unreadable : report.unreadable) {
    Error problem = unreadable;
    problem.code = codes::unreadable_pipeline;
    problem.help.clear();
    push(findings, problem, report.owners);
  }
  for (const pipelines::Allowance& allowance : report.expired) {
    push_allowance(findings, allowance, codes::allowance_expired,
                   fmt::format("ended at {}", time_text(allowance.until)));
  }
  for (const pipelines::Allowance& allowance : report.unused)
    push_allowance(findings, allowance, codes::allowance_unused, "lets nothing pass any more");
  Node by_state = Node::object();
  for (const auto& [state, count] : states) by_state.set(state, count);
  Node by_dialect = Node::object();
  for (const auto& [dialect, count] : report.files_by_dialect) by_dialect.set(dialect, count);
  return Node::object({{"files", report.files},
                       {"unreadable", static_cast<int64_t>(report.unreadable.size())},
                       {"deploy_steps", static_cast<int64_t>(report.steps.size())},
                       {"by_state", std::move(by_state)},
                       {"by_dialect", std::move(by_dialect)},
                       {"steps", std::move(steps)},
                       {"findings", std::move(findings)}});
}

Table audit_table(const Node& audit) {
  Table table{.header = {"STATE", "ACTION", "GATE", "PLACE", "JOB", "WHAT"}, .rows = {}};
  for (const Node& step : audit.find("steps")->items()) {
    table.rows.push_back({std::string(step.text_or("state")), std::string(step.text_or("action")),
                          member_text(step, "gate"),
                          fmt::format("{}:{}", step.text_or("file"), step.integer_or("line", 0)),
                          std::string(step.text_or("job")), std::string(step.text_or("what"))});
  }
  return table;
}

std::string audit_text(const Node& audit, const Palette& palette) {
  std::string text = findings_text(*audit.find("findings"), palette);
  if (!audit.find("steps")->items().empty())
    text += (text.empty() ? "" : "\n") + table_text(audit_table(audit), palette);
  return text;
}

std::string audit_summary(const Node& audit) {
  const int64_t findings = static_cast<int64_t>(audit.find("findings")->items().size());
  std::string text =
      fmt::format("{}: {} in {}", findings == 0 ? "good" : "not good",
                  count_text(audit.integer_or("deploy_steps", 0), "step that deploys or publishes",
                             "steps that deploy or publish"),
                  count_text(audit.integer_or("files", 0), "pipeline file", "pipeline files"));
  for (const doc::Member& state : audit.find("by_state")->members())
    text += fmt::format(", {} {}", state.value.as_integer(), state.key);
  return text + fmt::format("; {}", count_text(findings, "finding", "findings"));
}

Node recordable_audit(const pipelines::AuditReport& report, const std::string& source,
                      const std::string& commit) {
  Node answer = audit_json(report);
  return Node::object({{"scope", "pipelines"},
                       {"source", source},
                       {"commit", commit},
                       {"files", answer.integer_or("files", 0)},
                       {"examined", answer.integer_or("deploy_steps", 0)},
                       {"unreadable", answer.integer_or("unreadable", 0)},
                       {"findings", *answer.find("findings")}});
}

}  // namespace tollgate::render
