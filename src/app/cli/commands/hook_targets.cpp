// tollgate hook targets and hook unconfirmed: how those fare who are told, and what senders told
// that their API did not confirm.
#include "app/cli/ask/hooks.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/output.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

Result<int> run_targets(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::targets(*backend));
  render::Table table{.header = {"TARGET", "STATE", "DELIVERED", "PENDING", "FAILURES",
                                 "DEAD LETTERS", "LAST SUCCESS", "HELD UNTIL", "PROBLEM"},
                      .rows = {}};
  for (const Node& one : answer.find("targets")->items()) {
    table.rows.push_back({member_text(one, "target"), member_text(one, "state"),
                          member_text(one, "delivered"), member_text(one, "pending"),
                          member_text(one, "failures"), member_text(one, "dead_letters"),
                          member_text(one, "last_success"), member_text(one, "held_until"),
                          member_text(one, "last_error")});
  }
  call.print_table(answer, table);
  return kExitDone;
}

Result<int> run_unconfirmed(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::unconfirmed(*backend));
  render::Table table{
      .header = {"POSITION", "STATE", "TYPE", "SERVICE", "ENVIRONMENT", "ID", "SINCE", "REASON"},
      .rows = {}};
  const auto add = [&table](const Node& one, const std::string& state, std::string_view reason) {
    table.rows.push_back({member_text(one, "position"), state, member_text(one, "type"),
                          member_text(one, "service"), member_text(one, "environment"),
                          member_text(one, "id"), member_text(one, "since"), std::string(reason)});
  };
  for (const Node& one : answer.find("waiting")->items()) add(one, "waiting", "");
  for (const Node& one : answer.find("not_confirmed")->items())
    add(one, member_text(one, "result"), one.text_or("reason"));
  call.print_table(answer, table);
  return kExitDone;
}

}  // namespace

extern const CommandDef hook_targets_command = {
    .name = "hook targets",
    .group = Group::server,
    .summary = "Show how those fare who are told: last success, failures, dead letters.",
    .doc =
        "After five failures in a row a target is held back: nothing is sent to it until a wait is "
        "over, then one message tries whether it is back. Failures are counted since the server "
        "began. `tollgate hook redeliver POSITION` tries a dead letter again.",
    .examples = "tollgate hook targets --server https://tollgate.example",
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .only_reads = true,
    .run = run_targets,
};

extern const CommandDef hook_unconfirmed_command = {
    .name = "hook unconfirmed",
    .group = Group::server,
    .summary = "List facts that wait for their sender's API, and those that it did not confirm.",
    .doc =
        "With `confirm: true` in an Integration a deployment, run or alert counts only once the "
        "sender's API says the same. Until then, and if it says something else, it is kept and "
        "changes nothing.",
    .examples = "tollgate hook unconfirmed --server https://tollgate.example",
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .only_reads = true,
    .run = run_unconfirmed,
};

}  // namespace tollgate::cli
