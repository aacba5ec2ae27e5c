// tollgate status: budgets worst first, and the newest decision for each service and environment.
#include "app/cli/ask/gates.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

std::string state_words(const Node& row, std::string_view key) {
  const std::string state = member_text(row, key);
  return fmt::format("{} {}", render::glyph_of(state).sign, state);
}

std::string count_cell(const Node& row, std::string_view key) {
  return number_text(row.integer_or(key, 0));
}

/// "100 % (85.71 % with maintenance)": the second where maintenance was taken out.
std::string both_cell(const Node& row, std::string_view key) {
  const std::string adjusted = render::percent_of(row.find(key));
  const Node* raw = row.find("raw");
  if (raw == nullptr) return adjusted;
  return fmt::format("{} ({} with maintenance)", adjusted, render::percent_of(raw->find(key)));
}

render::Table budget_table(const Node& status) {
  render::Table table{
      .header = {"SLO", "ENVIRONMENT", "STATE", "BUDGET LEFT", "SLI", "OBJECTIVE", "EVENTS", "BAD"},
      .rows = {}};
  for (const Node& row : status.find("slos")->items()) {
    table.rows.push_back({member_text(row, "slo"), member_text(row, "environment"),
                          state_words(row, "state"), both_cell(row, "budget_left"),
                          both_cell(row, "sli"), render::percent_of(row.find("objective")),
                          count_cell(row, "total"), count_cell(row, "bad")});
  }
  return table;
}

render::Table decision_table(const Node& status) {
  render::Table table{.header = {"SERVICE", "ENVIRONMENT", "VERSION", "VERDICT", "AT", "DECISION"},
                      .rows = {}};
  for (const Node& row : status.find("decisions")->items()) {
    table.rows.push_back({member_text(row, "service"), member_text(row, "environment"),
                          member_text(row, "version"), state_words(row, "verdict"),
                          member_text(row, "at"), member_text(row, "decision")});
  }
  return table;
}

Result<int> run_status(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node status, ask::status(*backend, call.text("env")));
  call.print(status, [&] {
    const render::Table budgets = budget_table(status);
    const render::Table decisions = decision_table(status);
    if (call.is_format("plain"))
      return render::plain_text(budgets) + "\n" + render::plain_text(decisions);
    std::string text = budgets.rows.empty() ? "No SLO is in force.\n"
                                            : render::table_text(budgets, call.palette());
    text += "\n";
    text += decisions.rows.empty() ? "No decision was made yet.\n"
                                   : render::table_text(decisions, call.palette());
    const Node* ledger = status.find("ledger");
    return text + fmt::format("\nledger: {} events, root {}\n", member_text(*ledger, "size"),
                              member_text(*ledger, "root").substr(0, 19));
  });
  return kExitDone;
}

}  // namespace

extern const CommandDef status_command = {
    .name = "status",
    .group = Group::everyday,
    .summary = "Show all error budgets, worst first, and the newest decisions.",
    .examples = "tollgate status\ntollgate status --env production -o json",
    .options =
        {{.name = "env", .value = "NAME", .doc = "Only this environment.", .is_setting = true}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .only_reads = true,
    .run = run_status,
};

}  // namespace tollgate::cli
