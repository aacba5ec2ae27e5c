// tollgate slo revisions: late data that changed cells, and the decisions that read them before.
#include "app/cli/ask/sources.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

std::string place_text(const Node& row) {
  std::string text;
  for (const std::string_view key : {"environment", "track", "version", "group"}) {
    const std::string_view part = row.text_or(key);
    if (!part.empty()) text += (text.empty() ? "" : ", ") + std::string(part);
  }
  return text.empty() ? "-" : text;
}

std::string figures_of(const Node& change, std::string_view when) {
  const Node* figures = change.find(when);
  if (figures == nullptr) return "-";
  return fmt::format("{} bad of {}", number_text(figures->integer_or("bad", 0)),
                     number_text(figures->integer_or("total", 0)));
}

std::string revisions_words(const Node& answer, const render::Palette& palette) {
  const Node::Array& late = answer.find("revisions")->items();
  const Node::Array& decisions = answer.find("decisions")->items();
  if (late.empty() && decisions.empty())
    return fmt::format("Nothing of {} was revised.\n", answer.text_or("slo"));
  std::string text;
  if (!late.empty()) {
    render::Table table{.header = {"PLACE", "SOURCE", "LATE", "OLDEST CELL", "KNOWN UNTIL"},
                        .rows = {}};
    for (const Node& row : late) {
      table.rows.push_back({place_text(row), member_text(row, "source"),
                            number_text(row.integer_or("late_additions", 0)),
                            member_text(row, "oldest_cell"), member_text(row, "known_until")});
    }
    text += render::table_text(table, palette);
  }
  if (decisions.empty()) return text + "No decision read anything else than it would now.\n";
  render::Table table{.header = {"DECISION", "VERSION", "VERDICT", "READ THEN", "READS NOW"},
                      .rows = {}};
  for (const Node& decision : decisions) {
    const Node& change = decision.find("readings")->items().front();
    table.rows.push_back({member_text(decision, "decision"), member_text(decision, "version"),
                          member_text(decision, "verdict"), figures_of(change, "then"),
                          figures_of(change, "now")});
  }
  if (!text.empty()) text += "\n";
  return text + render::table_text(table, palette) +
         "Would one of them answer otherwise? tollgate explain DECISION --revised\n";
}

Result<int> run_revisions(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::slo_revisions(*backend, call.value(0)));
  call.print(answer, [&] { return revisions_words(answer, call.palette()); });
  return kExitDone;
}

}  // namespace

extern const CommandDef slo_revisions_command = {
    .name = "slo revisions",
    .group = Group::signals,
    .summary = "Show late data that changed an SLO's counts, and decisions that read them before.",
    .doc =
        "Late data is counted where it belongs and noted as a revision. The newest 200 decisions "
        "of the service are asked the same again; those that would read something else are shown.",
    .examples = "tollgate slo revisions checkout/availability",
    .arguments = {{.name = "SERVICE/SLO", .doc = "The SLO."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_revisions,
};

}  // namespace tollgate::cli
