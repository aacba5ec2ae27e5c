// tollgate alert list and alert test: what burns now, and whether those who are told can be
// reached.
#include "app/cli/ask/alerts.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

std::string list_words(const Node& answer, const Invocation& call) {
  const Node::Array& alerts = answer.find("alerts")->items();
  if (alerts.empty()) {
    return "No SLO of the policy has an alert policy (production environments are watched; "
           "without one, all).\n";
  }
  const render::Palette palette = call.palette();
  std::string text;
  for (const Node& alert : alerts) {
    const bool is_on = alert.boolean_or("on", false);
    const render::Glyph glyph = render::glyph_of(is_on ? "critical" : alert.text_or("state"));
    const std::string_view environment = alert.text_or("environment");
    const std::string word(is_on && alert.text_or("reason") == "no_data" ? "No data"
                                                                         : alert.text_or("word"));
    text += palette.paint(is_on ? render::Tone::bad : glyph.tone,
                          fmt::format("{} {}", glyph.sign, render::padded(word, 11)));
    text += fmt::format(" {}{}   {} {}\n", alert.text_or("slo"),
                        environment.empty() ? "" : fmt::format(" in {}", environment),
                        alert.text_or("severity"), alert.text_or("policy"));
    if (!alert.text_or("message").empty())
      text += fmt::format("              {}\n", alert.text_or("message"));
    if (is_on)
      text += fmt::format("              on since {}, ledger position {}\n",
                          member_text(alert, "since"), member_text(alert, "position"));
  }
  return text;
}

render::Table list_table(const Node& answer) {
  render::Table table{.header = {"STATE", "ON", "SLO", "ENVIRONMENT", "SEVERITY", "POLICY", "BURN",
                                 "LIMIT", "SINCE", "MESSAGE"},
                      .rows = {}};
  for (const Node& alert : answer.find("alerts")->items()) {
    table.rows.push_back({member_text(alert, "word"), alert.boolean_or("on", false) ? "yes" : "no",
                          member_text(alert, "slo"), member_text(alert, "environment"),
                          member_text(alert, "severity"), member_text(alert, "policy"),
                          member_text(alert, "burn"), member_text(alert, "limit"),
                          member_text(alert, "since"), member_text(alert, "message")});
  }
  return table;
}

Result<int> run_list(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer,
               ask::alerts(*backend, call.values().empty() ? "" : call.value(0)));
  if (call.is_format("plain")) {
    call.print_table(answer, list_table(answer));
  } else {
    call.print(answer, [&] { return list_words(answer, call); });
  }
  return kExitDone;
}

Result<int> run_test(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::test_target(*backend, call.value(0)));
  call.print(answer,
             [&] { return fmt::format("{} took the test message.\n", answer.text_or("target")); });
  return kExitDone;
}

}  // namespace

extern const CommandDef alert_list_command = {
    .name = "alert list",
    .group = Group::signals,
    .summary = "Show what burns, in words and minutes: what is on first, then what may be next.",
    .doc =
        "Critical: a long and a short window burn too fast. Recovering: only the long one. "
        "Increasing: only the short one. A server looks at every rule, each second where it counts "
        "the events itself, and records when one goes on or off; local mode only looks.",
    .examples =
        "tollgate alert list\n"
        "tollgate alert list checkout/availability -o json",
    .arguments = {{.name = "SERVICE/SLO", .doc = "Only its alerts.", .is_required = false}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_list,
};

extern const CommandDef alert_test_command = {
    .name = "alert test",
    .group = Group::signals,
    .summary = "Send a test message to an AlertNotificationTarget; nothing is recorded.",
    .examples = "tollgate alert test on-call",
    .arguments = {{.name = "TARGET", .doc = "Name of the AlertNotificationTarget."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_test,
};

}  // namespace tollgate::cli
