// tollgate calendar approve: one more person agrees to an exclusion.
#include "app/cli/ask/calendar.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;

Result<int> run_approve(Invocation& call) {
  const model::CalendarEntryApproved approved{
      .entry = call.value(0), .role = call.text("role"), .reason = call.text("reason")};
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer,
               ask::calendar_approve(*backend, approved, call.text("idempotency-key")));
  call.print(answer, [&answer] {
    const Node* missing = answer.find("missing");
    std::string waits;
    for (const Node& role : missing->items()) waits += (waits.empty() ? "" : ", ") + role.as_text();
    return fmt::format(
        "{} is approved by {}; {}\n", answer.text_or("id"),
        answer.find("approvals")->items().back().text_or("by"),
        waits.empty() ? std::string("it counts from now on") : "it waits for " + waits);
  });
  return kExitDone;
}

}  // namespace

extern const CommandDef calendar_approve_command = {
    .name = "calendar approve",
    .group = Group::policy,
    .summary = "Agree to an exclusion from budgets in a role that its calendar demands.",
    .doc =
        "Where a Calendar names exclusionApprovals, an added exclusion counts once somebody in "
        "each of these roles has agreed to it, each another person; whoever added it is one of "
        "them. `tollgate calendar list` shows the identifiers.",
    .examples = "tollgate calendar approve c42 --role security --reason \"CHG-1042\"",
    .arguments = {{.name = "ENTRY", .doc = "Identifier of the recorded entry."}},
    .options =
        {{.name = "role", .value = "NAME", .doc = "Role in which you agree.", .is_required = true},
         {.name = "reason", .value = "TEXT", .doc = "Why."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_approve,
};

}  // namespace tollgate::cli
