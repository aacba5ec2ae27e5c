// tollgate calendar check, list, add, cancel, import, export and tollgate when: when releases go.
#include "app/render/calendar.hpp"

#include "app/cli/ask/calendar.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/import_doubts.hpp"
#include "app/wiring/wiring.hpp"
#include "edge/icalendar/icalendar.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

constexpr std::string_view kTypes = "window|freeze|blackout|opening|launch|maintenance";
constexpr std::string_view kChangeClasses = "normal|fix|reliability|emergency|standard";

template <class E>
E enum_of(const Invocation& call, std::string_view option) {
  const auto& names = reflect::EnumNames<E>::names;
  const auto found = std::find(names.begin(), names.end(), call.text(option));
  return found == names.end() ? E{} : static_cast<E>(found - names.begin());
}

Result<engine::CalendarQuestion> question_of(const Invocation& call) {
  engine::CalendarQuestion question{
      .service = call.text("service"),
      .environment = call.text("env"),
      .change_class = enum_of<model::ChangeClass>(call, "change-class")};
  if (call.command().name == "calendar check" && call.value(0) != "now" && !call.value(0).empty()) {
    TOLLGATE_TRY(question.at, parse_time(call.value(0)));
  }
  return question;
}

std::string reason_lines(const Node* reasons) {
  std::string text;
  if (reasons == nullptr) return text;
  for (const Node& reason : reasons->items()) {
    const bool blocks = reason.boolean_or("blocks", false);
    const bool is_window = blocks && reason.text_or("type") == "window";
    text += fmt::format("  {} {} {}  {} to {}{}{}\n", blocks ? "✖" : "·",
                        is_window ? "next window" : reason.text_or("type"),
                        render::printable(reason.text_or("entry")), member_text(reason, "from"),
                        member_text(reason, "to"), reason.text_or("reason").empty() ? "" : "  ",
                        render::printable(reason.text_or("reason")));
  }
  return text;
}

std::string answer_words(const Node& answer, std::string_view list,
                         const render::Palette& palette) {
  const bool is_open = answer.boolean_or("open", false);
  std::string text = palette.paint(is_open ? render::Tone::good : render::Tone::warning,
                                   is_open ? "✔ open" : "✖ blocked");
  text += "   " + render::printable(answer.text_or("message")) + "\n";
  return text + reason_lines(answer.find(list)) + render::doubt_lines(answer);
}

Result<int> run_check(Invocation& call) {
  TOLLGATE_TRY(const engine::CalendarQuestion question, question_of(call));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::calendar_check(*backend, question));
  call.print(answer, [&] { return answer_words(answer, "reasons", call.palette()); });
  return answer.boolean_or("open", false) ? kExitDone : kExitHold;
}

Result<int> run_when(Invocation& call) {
  TOLLGATE_TRY(const engine::CalendarQuestion question, question_of(call));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::calendar_when(*backend, question));
  call.print(answer, [&] {
    return fmt::format("{}\n", member_text(answer, "when")) +
           answer_words(answer, "blockers", call.palette());
  });
  return kExitDone;
}

Result<int> run_list(Invocation& call) {
  TOLLGATE_TRY(const int64_t span, call.integer("days"));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::calendar_list(*backend, call.value(0), span));
  render::Table table{.header = {"FROM", "TO", "TYPE", "ENTRY", "ID", "REASON"}, .rows = {}};
  std::map<std::string, std::string> ids;
  for (const Node& entry : answer.find("entries")->items()) {
    ids[std::string(entry.text_or("entry"))] = entry.text_or("id");
  }
  for (const Node& span_of : answer.find("occurrences")->items()) {
    const std::string name(span_of.text_or("entry"));
    table.rows.push_back({member_text(span_of, "from").substr(0, 16),
                          member_text(span_of, "to").substr(0, 16), member_text(span_of, "type"),
                          name, ids[name], std::string(span_of.text_or("reason"))});
  }
  call.print_table(answer, table);
  if (answer.boolean_or("more", false)) {
    call.remark(fmt::format("only the first {} occurrences are shown", render::kOccurrencesShown));
  }
  return kExitDone;
}

Result<int> run_add(Invocation& call) {
  model::CalendarEntry entry{.name = call.text("name"),
                             .type = enum_of<model::EntryType>(call, "type"),
                             .start = call.text("start"),
                             .end = call.text("end"),
                             .time_zone = call.text("zone"),
                             .rule = call.text("rule"),
                             .reason = call.text("reason")};
  if (call.has("duration")) {
    TOLLGATE_TRY(entry.duration, call.duration("duration"));
  }
  if (call.has("exclude-from-budgets")) entry.is_excluded = true;
  if (call.has("env") || call.has("service")) {
    entry.selects.emplace();
    entry.selects->environments = call.texts("env");
    entry.selects->services = call.texts("service");
  }
  TOLLGATE_CHECK(model::pattern_of(entry));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer,
               ask::calendar_add(*backend, call.value(0), entry, call.text("idempotency-key")));
  call.print(answer, [&] {
    return fmt::format(
        "recorded as {} at ledger position {}; it ends with: tollgate calendar "
        "cancel {} --reason TEXT\n",
        member_text(answer, "id"), member_text(answer, "position"), member_text(answer, "id"));
  });
  return kExitDone;
}

Result<int> run_cancel(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::calendar_cancel(*backend, call.value(0), call.text("reason"),
                                                       call.text("idempotency-key")));
  call.print(answer, [&] {
    return fmt::format("{} counts no more; ledger position {}\n", member_text(answer, "id"),
                       member_text(answer, "position"));
  });
  return kExitDone;
}

/// A file, or what an address gives; the address is asked from here, not from the server.
Result<std::string> fetch(const Invocation& call, const std::string& source) {
  if (!source.starts_with("http://") && !source.starts_with("https://")) return read_file(source);
  engine::HttpRequest request;
  request.method = "GET";
  request.url = source;
  request.timeout = seconds(30);
  request.headers.emplace_back("accept", "text/calendar");
  TOLLGATE_TRY(const engine::HttpResponse response,
               wiring::make_http_client(call.text("ca-file"))->send(request));
  if (response.status == 200) return response.body;
  return fail(codes::bad_response, "{} answered with status {}", source, response.status);
}

Result<icalendar::ReadCalendar> read_source(const Invocation& call, const std::string& source,
                                            const std::string& bytes) {
  const icalendar::ReadOptions options{.type = enum_of<model::EntryType>(call, "type"),
                                       .zone = call.text("zone")};
  if (call.text("format") == "ics") return icalendar::read_icalendar(bytes, options);
  return icalendar::read_cstate(bytes, source.substr(source.rfind('/') + 1), options);
}

Result<int> run_import(Invocation& call) {
  std::vector<std::string> sources(call.values().begin() + 1, call.values().end());
  model::CalendarImported imported{
      .calendar = call.value(0), .source = call.text("source"), .format = call.text("format")};
  if (imported.source.empty()) imported.source = sources.front();
  const std::string wanted = lower_case(call.text("match"));
  std::string all_bytes;
  for (const std::string& source : sources) {
    TOLLGATE_TRY(const std::string bytes, fetch(call, source));
    all_bytes += bytes;
    TOLLGATE_TRY(icalendar::ReadCalendar read, read_source(call, source, bytes));
    for (const std::string& why : read.ignored) {
      if (lower_case(why + " " + source).find(wanted) == std::string::npos) continue;
      ++imported.ignored;
      call.remark("ignored: " + why);
    }
    for (model::CalendarEntry& entry : read.entries) {
      const bool is_wanted =
          lower_case(entry.name + " " + source).find(wanted) != std::string::npos;
      if (is_wanted) imported.entries.push_back(std::move(entry));
    }
  }
  imported.blob = sha256(all_bytes);
  if (imported.entries.empty()) {
    return fail(codes::bad_report, "there is no entry to import in {}", sources.front());
  }
  Node answer = render::calendar_import_json(imported, -1);
  if (!call.has("dry-run")) {
    TOLLGATE_TRY(Backend* const backend, call.backend());
    TOLLGATE_TRY(answer, ask::calendar_import(*backend, imported, call.text("idempotency-key")));
  }
  call.print(answer, [&] {
    return fmt::format("{} for {}, {} ignored{}\n",
                       count_text(answer.integer_or("entries", 0), "entry", "entries"),
                       imported.calendar, answer.integer_or("ignored", 0),
                       call.has("dry-run") ? "; dry run, nothing was recorded" : "");
  });
  return kExitDone;
}

Result<int> run_export(Invocation& call) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const std::string text, ask::calendar_feed(*backend, call.value(0)));
  call.out(text);
  return kExitDone;
}

constexpr OptionDef kEnvironment = {
    .name = "env", .value = "NAME", .doc = "Environment.", .is_setting = true};
constexpr OptionDef kService = {
    .name = "service",
    .value = "NAME",
    .doc = "Service; without it, entries for some services do not count.",
    .is_setting = true};
constexpr OptionDef kChangeClass = {.name = "change-class",
                                    .value = "CLASS",
                                    .doc = "Kind of change.",
                                    .otherwise = "normal",
                                    .choices = kChangeClasses};

}  // namespace

extern const CommandDef calendar_check_command = {
    .name = "calendar check",
    .group = Group::everyday,
    .summary = "Say whether the calendars let a release go at a time, and every reason.",
    .doc = "Exit code: 0 open, 11 blocked. Without a policy that says something, it is open.",
    .examples =
        "tollgate calendar check 2026-12-24T10:00:00Z --env production\n"
        "tollgate calendar check now --env production --service checkout --change-class fix",
    .arguments = {{.name = "TIME", .doc = "The moment, or now.", .is_required = false}},
    .options = {kEnvironment, kService, kChangeClass},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_check,
};

extern const CommandDef when_command = {
    .name = "when",
    .group = Group::everyday,
    .summary = "Show the next moment at which a release may go, with every blocker by name.",
    .examples = "tollgate when --service checkout --env production",
    .options = {kEnvironment, kService, kChangeClass},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_when,
};

extern const CommandDef calendar_list_command = {
    .name = "calendar list",
    .group = Group::everyday,
    .summary = "Show what is on the calendars in the next 90 days.",
    .examples = "tollgate calendar list\ntollgate calendar list company --days 30 -o json",
    .arguments = {{.name = "CALENDAR", .doc = "Only this one.", .is_required = false}},
    .options = {{.name = "days", .value = "N", .doc = "How far ahead.", .otherwise = "90"}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_list,
};

extern const CommandDef calendar_add_command = {
    .name = "calendar add",
    .group = Group::everyday,
    .summary = "Record an entry beside those of the policy: a freeze for one night, an opening.",
    .doc =
        "An opening lets releases through freezes and outside windows, never through a blackout; "
        "only the calendar's override roles may add one.",
    .examples =
        "tollgate calendar add company --name \"database move\" --type freeze --start "
        "2026-12-01T20:00 --duration 6h --env production --reason \"CHG-4711\"\n"
        "tollgate calendar add company --name hotfix --type opening --start 2026-12-24T10:00 "
        "--duration 2h --service checkout --reason \"INC-1: payments fail\"",
    .arguments = {{.name = "CALENDAR", .doc = "Calendar; it need not be declared."}},
    .options =
        {{.name = "name", .value = "NAME", .doc = "Name, shown in verdicts.", .is_required = true},
         {.name = "type",
          .value = "TYPE",
          .doc = "What it does.",
          .otherwise = "freeze",
          .choices = kTypes},
         {.name = "start",
          .value = "LOCAL",
          .doc = "Start on the wall clock.",
          .is_required = true},
         {.name = "end", .value = "LOCAL", .doc = "End on the wall clock."},
         {.name = "duration", .value = "SPAN", .doc = "Length instead of an end."},
         {.name = "zone", .value = "ZONE", .doc = "Time zone; else the calendar's."},
         {.name = "rule", .value = "RRULE", .doc = "Recurrence; else once."},
         {.name = "exclude-from-budgets",
          .doc = "Maintenance: its time counts in no error budget."},
         {.name = "env", .value = "NAME", .doc = "Only this environment.", .is_repeated = true},
         {.name = "service", .value = "NAME", .doc = "Only this service.", .is_repeated = true},
         {.name = "reason", .value = "TEXT", .doc = "Why.", .is_required = true}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_add,
};

extern const CommandDef calendar_cancel_command = {
    .name = "calendar cancel",
    .group = Group::everyday,
    .summary = "End a recorded entry.",
    .examples = "tollgate calendar cancel c412 --reason \"moved to January\"",
    .arguments = {{.name = "ID", .doc = "As `calendar list` shows it."}},
    .options = {{.name = "reason", .value = "TEXT", .doc = "Why.", .is_required = true}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_cancel,
};

extern const CommandDef calendar_import_command = {
    .name = "calendar import",
    .group = Group::everyday,
    .summary = "Record the entries of iCalendar files or addresses, or of a status page.",
    .doc =
        "The next import of the same source replaces them. Times without a zone are refused "
        "unless --zone names one.",
    .examples =
        "tollgate calendar import company https://calendar.example/freezes.ics --type freeze\n"
        "tollgate calendar import vendor-jenkins issues/*.md --format cstate --zone UTC --match "
        "maintenance --source jenkins-infra",
    .arguments = {{.name = "CALENDAR", .doc = "Calendar; it need not be declared."},
                  {.name = "FILE", .doc = "File or address.", .is_repeated = true}},
    .options =
        {{.name = "format",
          .value = "FORMAT",
          .doc = "iCalendar, or issues of a cState status page.",
          .otherwise = "ics",
          .choices = "ics|cstate"},
         {.name = "type",
          .value = "TYPE",
          .doc = "What entries do that do not say it.",
          .otherwise = "blackout",
          .choices = kTypes},
         {.name = "zone", .value = "ZONE", .doc = "Zone of times without one."},
         {.name = "match", .value = "TEXT", .doc = "Only entries with this in title or file name."},
         {.name = "source", .value = "NAME", .doc = "Name of the source; else the first file."},
         {.name = "dry-run", .doc = "Read and count only."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_import,
};

extern const CommandDef calendar_export_command = {
    .name = "calendar export",
    .group = Group::everyday,
    .summary = "Write a calendar as an iCalendar feed.",
    .doc = "The server gives the same at /v1/calendars/NAME.ics.",
    .examples = "tollgate calendar export company --ics",
    .arguments = {{.name = "CALENDAR", .doc = "Its name."}},
    .options = {{.name = "ics", .doc = "As iCalendar, which is the only form."}},
    .common = Common::backend,
    .run = run_export,
};

}  // namespace tollgate::cli
