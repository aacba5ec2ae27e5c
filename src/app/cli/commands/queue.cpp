// tollgate queue list, join, leave, move, slot and heartbeat: taking turns.
#include "app/render/queue.hpp"

#include "app/cli/ask/calendar.hpp"
#include "app/cli/ask/queues.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

constexpr std::string_view kChangeClasses = "normal|fix|reliability|emergency|standard";
/// One long poll of --wait.
constexpr Duration kPoll = seconds(30);

std::string ticket_words(const Node& ticket, const render::Palette& palette) {
  const std::string_view state = ticket.text_or("state");
  const bool is_holding = state == "holding";
  return palette.paint(is_holding ? render::Tone::good : render::Tone::warning,
                       fmt::format("{} {}", is_holding ? "✔" : "◌", state)) +
         fmt::format("   {} {} {}   ticket {}\n  {}\n", member_text(ticket, "queue"),
                     member_text(ticket, "service"), member_text(ticket, "version"),
                     member_text(ticket, "ticket"), member_text(ticket, "message"));
}

int code_of(const Node& ticket) {
  return ticket.text_or("state") == "holding" ? kExitDone : kExitHold;
}

Result<int> run_list(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::queue_list(*backend, call.value(0)));
  render::Table table{
      .header = {"QUEUE", "STATE", "TICKET", "SERVICE", "VERSION", "SINCE", "UNTIL", "TOKEN"},
      .rows = {}};
  for (const Node& queue : answer.find("queues")->items()) {
    const auto add = [&](const Node& item, const std::string& state, std::string_view since) {
      table.rows.push_back({member_text(queue, "queue"), state, member_text(item, "ticket"),
                            member_text(item, "service"), member_text(item, "version"),
                            member_text(item, since), member_text(item, "until"),
                            member_text(item, "token")});
    };
    for (const Node& lease : queue.find("leases")->items()) add(lease, "lease", "granted_at");
    for (const Node& ticket : queue.find("waiting")->items()) {
      add(ticket, ticket.boolean_or("ready", true) ? "waiting" : "not ready", "joined_at");
    }
  }
  call.print_table(answer, table);
  const Node* ring = answer.find("deadlock");
  if (ring != nullptr && !ring->items().empty()) {
    std::vector<std::string> names;
    for (const Node& name : ring->items()) names.emplace_back(name.as_text());
    call.remark(
        fmt::format("deadlock: {} wait for each other; one of them must leave", join(names, ", ")));
  }
  return kExitDone;
}

/// Asks again until the ticket holds its lease or the time is up.
Result<Node> wait_for_lease(Invocation& call, Backend& backend, Node ticket) {
  TOLLGATE_TRY(const Duration timeout, call.duration("timeout"));
  const Terminal& terminal = call.terminal();
  const Time deadline = terminal.now() + timeout;
  const std::string id(ticket.text_or("ticket"));
  while (ticket.text_or("state") == "waiting" && terminal.now() < deadline) {
    call.remark(member_text(ticket, "message"));
    const Duration left = deadline - terminal.now();
    TOLLGATE_TRY(ticket, ask::queue_ticket(backend, id, std::min(left, kPoll)));
  }
  return ticket;
}

Result<int> run_join(Invocation& call) {
  model::QueueJoined joined{.queue = call.value(0),
                            .service = call.text("service"),
                            .environment = call.text("env"),
                            .version = call.text("version"),
                            .is_ready = !call.has("not-ready"),
                            .parent = call.text("parent")};
  const auto& names = reflect::EnumNames<model::ChangeClass>::names;
  const auto found = std::find(names.begin(), names.end(), call.text("change-class"));
  joined.change_class = static_cast<model::ChangeClass>(found - names.begin());
  TOLLGATE_TRY(joined.priority, call.integer("priority"));
  if (call.has("wait") && !call.has("server")) {
    return fail(codes::bad_usage,
                "--wait needs a server: in local mode others could not leave while this waits");
  }
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(Node answer, ask::queue_join(*backend, joined, call.text("idempotency-key")));
  if (call.has("wait")) {
    TOLLGATE_TRY(answer, wait_for_lease(call, *backend, std::move(answer)));
  }
  call.print(answer, [&] { return ticket_words(answer, call.palette()); });
  return code_of(answer);
}

Result<int> run_leave(Invocation& call) {
  TOLLGATE_TRY(const int64_t token, call.integer("token"));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer,
               ask::queue_leave(*backend, {.ticket = call.value(0), .reason = call.text("reason")},
                                token, call.text("idempotency-key")));
  call.print(answer, [&] {
    return fmt::format("{} left; ledger position {}\n", member_text(answer, "ticket"),
                       member_text(answer, "position"));
  });
  return kExitDone;
}

Result<int> run_move(Invocation& call) {
  model::QueueMoved moved{.ticket = call.value(0)};
  if (call.has("priority")) {
    TOLLGATE_TRY(moved.priority, call.integer("priority"));
  }
  if (call.has("ready")) moved.is_ready = true;
  if (call.has("not-ready")) moved.is_ready = false;
  if (!moved.priority && !moved.is_ready) {
    return fail(codes::bad_usage, "say what changes: --priority, --ready or --not-ready");
  }
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::queue_move(*backend, moved, call.text("idempotency-key")));
  call.print(answer, [&] { return ticket_words(answer, call.palette()); });
  return kExitDone;
}

/// Where the ticket stands, and when the calendars let it go.
Result<int> run_slot(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(Node answer, ask::queue_ticket(*backend, call.value(0), Duration{0}));
  if (answer.find("service") == nullptr) {
    return fail(codes::not_found, "no ticket {} waits or holds a lease", call.value(0));
  }
  engine::CalendarQuestion question{.service = std::string(answer.text_or("service")),
                                    .environment = std::string(answer.text_or("environment"))};
  const auto& names = reflect::EnumNames<model::ChangeClass>::names;
  const auto found = std::find(names.begin(), names.end(), answer.text_or("change_class"));
  if (found != names.end()) {
    question.change_class = static_cast<model::ChangeClass>(found - names.begin());
  }
  TOLLGATE_TRY(Node when, ask::calendar_when(*backend, question));
  const std::string calendar_words = member_text(when, "message");
  answer.set("earliest", *when.find("when"));
  answer.set("calendar", std::move(when));
  call.print(answer, [&] {
    return ticket_words(answer, call.palette()) + fmt::format("  calendar: {}\n", calendar_words);
  });
  return code_of(answer);
}

Result<int> run_heartbeat(Invocation& call) {
  TOLLGATE_TRY(const int64_t token, call.integer("token"));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::queue_heartbeat(*backend, call.value(0), token));
  call.print(answer, [&] { return ticket_words(answer, call.palette()); });
  return kExitDone;
}

}  // namespace

extern const CommandDef queue_list_command = {
    .name = "queue list",
    .group = Group::everyday,
    .summary = "Show who holds a lease and who waits.",
    .examples = "tollgate queue list\ntollgate queue list production -o json",
    .arguments = {{.name = "QUEUE", .doc = "Only this one.", .is_required = false}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_list,
};

extern const CommandDef queue_join_command = {
    .name = "queue join",
    .group = Group::everyday,
    .summary =
        "Ask for a turn; gives a ticket, and the lease with its fencing token if it is free.",
    .doc = "Exit code: 0 it holds the lease, 11 it waits. Joining again gives the same ticket.",
    .examples =
        "tollgate queue join production --service checkout --env production --version 2.4.0 --wait",
    .arguments = {{.name = "QUEUE", .doc = "Queue of the policy."}},
    .options =
        {{.name = "service",
          .value = "NAME",
          .doc = "Service.",
          .is_required = true,
          .is_setting = true},
         {.name = "env",
          .value = "NAME",
          .doc = "Environment.",
          .is_required = true,
          .is_setting = true},
         {.name = "version", .value = "VERSION", .doc = "Version.", .is_required = true},
         {.name = "change-class",
          .value = "CLASS",
          .doc = "Kind of change.",
          .otherwise = "normal",
          .choices = kChangeClasses},
         {.name = "priority",
          .value = "N",
          .doc = "Higher goes first in mode priority.",
          .otherwise = "0"},
         {.name = "parent", .value = "TICKET", .doc = "Ticket that waits for this one to end."},
         {.name = "not-ready", .doc = "It could not go yet."},
         {.name = "wait", .doc = "Until it holds the lease; needs --server."},
         {.name = "timeout", .value = "SPAN", .doc = "How long to --wait.", .otherwise = "1h"}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_join,
};

extern const CommandDef queue_leave_command = {
    .name = "queue leave",
    .group = Group::everyday,
    .summary = "Give a ticket back, and its lease with it.",
    .examples = "tollgate queue leave q412 --token 415",
    .arguments = {{.name = "TICKET", .doc = "As join gave it."}},
    .options = {{.name = "token",
                 .value = "N",
                 .doc = "Only if the lease has this fencing token.",
                 .otherwise = "0"},
                {.name = "reason", .value = "TEXT", .doc = "Why."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_leave,
};

extern const CommandDef queue_move_command = {
    .name = "queue move",
    .group = Group::everyday,
    .summary = "Change the priority of a waiting ticket, or say that it is ready.",
    .examples = "tollgate queue move q412 --priority 10\ntollgate queue move q412 --ready",
    .arguments = {{.name = "TICKET", .doc = "As join gave it."}},
    .options = {{.name = "priority", .value = "N", .doc = "New priority."},
                {.name = "ready", .doc = "It could go now."},
                {.name = "not-ready", .doc = "It could not go now."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_move,
};

extern const CommandDef queue_slot_command = {
    .name = "queue slot",
    .group = Group::everyday,
    .summary = "Show why a ticket waits, and when the calendars let it go.",
    .examples = "tollgate queue slot q412",
    .arguments = {{.name = "TICKET", .doc = "As join gave it."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_slot,
};

extern const CommandDef queue_heartbeat_command = {
    .name = "queue heartbeat",
    .group = Group::everyday,
    .summary = "Keep a lease alive; fails when it has ended.",
    .doc = "Exit code: 0 the lease goes on, 6 the token is stale: stop at once.",
    .examples = "tollgate queue heartbeat production --token 415",
    .arguments = {{.name = "QUEUE", .doc = "Queue."}},
    .options = {{.name = "token",
                 .value = "N",
                 .doc = "Fencing token of the lease.",
                 .is_required = true}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_heartbeat,
};

}  // namespace tollgate::cli
