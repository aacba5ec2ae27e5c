// tollgate signal import, slo budget and slo burn: what a service does, counted, and what that
// means.
#include "app/cli/ask/signals.hpp"

#include "app/cli/ask/slos.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/answers.hpp"
#include "app/wiring/wiring.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <cmath>

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

std::string import_words(const Node& answer) {
  const auto number = [&answer](std::string_view key) {
    return number_text(answer.integer_or(key, 0));
  };
  std::string text =
      fmt::format("{}: {} accepted, {} rejected\n{} good, {} bad of {}\n",
                  count_text(answer.integer_or("lines", 0), "line", "lines"), number("accepted"),
                  number("rejected"), number("good"), number("bad"),
                  count_text(answer.integer_or("total", 0), "event", "events"));
  if (answer.find("first") != nullptr && !answer.find("first")->is_null()) {
    text +=
        fmt::format("from {} to {}\n", member_text(answer, "first"), member_text(answer, "last"));
  }
  const int64_t position = answer.integer_or("position", -1);
  if (position < 0) return text + "dry run: nothing was counted\n";
  if (answer.boolean_or("duplicate", false))
    text += "this file was counted before; nothing changed\n";
  return text + fmt::format("counted for {}; recorded at ledger position {}\n",
                            member_text(answer, "slo"), position);
}

Result<int> run_import(Invocation& call) {
  const std::string file = call.value(0);
  std::string bytes;
  if (file == "-") {
    TOLLGATE_TRY(bytes, call.terminal().read_input());
  } else {
    TOLLGATE_TRY(bytes, read_file(file));
  }
  TOLLGATE_TRY(const Duration slower_than, call.duration("slower-than"));
  Node answer;
  if (call.has("dry-run")) {
    TOLLGATE_TRY(const model::SignalsImported counted,
                 wiring::count_signals({.slo = call.text("slo"),
                                        .environment = call.text("env"),
                                        .format = call.text("format"),
                                        .bad = call.text("bad"),
                                        .slower_than = slower_than,
                                        .bytes = std::move(bytes),
                                        .is_dry_run = true}));
    answer = render::import_json(counted, -1);
  } else {
    TOLLGATE_TRY(Backend* const backend, call.backend());
    TOLLGATE_TRY(answer,
                 ask::import_signals(*backend, {.slo = call.text("slo"),
                                                .environment = call.text("env"),
                                                .format = call.text("format"),
                                                .bad_status = call.text("bad"),
                                                .slower_than = slower_than,
                                                .bytes = std::move(bytes),
                                                .idempotency_key = call.text("idempotency-key")}));
  }
  call.print(answer, [&answer] { return import_words(answer); });
  return kExitDone;
}

/// A number of events that was given; unset if it was not.
Result<std::optional<int64_t>> events_of(const Invocation& call, std::string_view name) {
  const std::string text = call.text(name);
  if (text.empty()) return std::optional<int64_t>();
  const auto number = parse_integer(text);
  if (!number || *number < 0)
    return fail(codes::bad_usage, "--{} must be a number of events, not \"{}\"", name, text);
  return std::optional(*number);
}

Result<int> run_push(Invocation& call) {
  Node counter = Node::object({{"slo", call.text("slo")}});
  for (const auto& [option, member] : {std::pair("env", "environment"),
                                       {"track", "track"},
                                       {"version", "version"},
                                       {"group", "group"}}) {
    if (const std::string text = call.text(option); !text.empty()) counter.set(member, text);
  }
  for (const std::string_view name : {"good", "bad"}) {
    TOLLGATE_TRY(const std::optional<int64_t> events, events_of(call, name));
    if (events) counter.set(name, *events);
  }
  TOLLGATE_TRY(const std::optional<Time> time, call.time("time"));
  if (time) counter.set("time", time_text(*time));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer,
               ask::push_counters(*backend, {.body = doc::compact_json(counter),
                                             .source = call.text("source"),
                                             .idempotency_key = call.text("idempotency-key")}));
  call.print(answer, [&]() -> std::string {
    if (answer.boolean_or("duplicate", false))
      return "counted before under this key; nothing changed\n";
    if (answer.integer_or("accepted", 0) > 0)
      return fmt::format("counted for {}\n", call.text("slo"));
    return fmt::format("not counted: {}\n", answer.text_or("message", "the time lies ahead"));
  });
  return kExitDone;
}

std::string interval_words(const Node& budget) {
  const Node* interval = budget.find("interval");
  if (interval == nullptr || !interval->is_array() || interval->items().size() != 2) return "-";
  return fmt::format("{} to {}", render::percent_of(&interval->items()[0]),
                     render::percent_of(&interval->items()[1]));
}

std::string minutes_of(const Node* value) {
  if (value == nullptr || !value->is_number()) return "-";
  const double minutes_long = value->as_number();
  const std::string words =
      duration_words({static_cast<int64_t>(std::llround(std::fabs(minutes_long) * 60'000))});
  return minutes_long < 0 ? "-" + words : words;
}

/// What is left if everything failed, and when it is empty at the pace of the moment.
std::string time_words(const Node& budget) {
  std::string text =
      fmt::format("{} of {} if everything failed", minutes_of(budget.find("minutes_left")),
                  minutes_of(budget.find("minutes_allowed")));
  const Node* pace = budget.find("pace");
  if (pace == nullptr) return text;
  text += fmt::format("; {}x in the last {}", member_text(*pace, "burn"), pace->text_or("window"));
  const Node* empty = budget.find("empty_in_s");
  if (empty != nullptr && empty->is_integer())
    text += ", empty in " + duration_words(seconds(empty->as_integer()));
  return text;
}

std::string rule_words(const Node& rule) {
  std::string text;
  if (const int64_t least = rule.integer_or("min_events", 0); least > 0)
    text = fmt::format("at least {}", count_text(least, "event", "events"));
  if (const Node* widest = rule.find("max_interval"); widest != nullptr) {
    text += fmt::format("{}an interval of at most {} of the limit", text.empty() ? "" : ", ",
                        render::percent_of(widest));
  }
  const std::string_view found = rule.text_or("found");
  return text + (found == "enough" ? ": met"
                 : found == "thin" ? ": not enough events"
                                   : ": too wide");
}

std::string budget_words(const Node& budget, const render::Palette& palette) {
  const std::string_view state = budget.text_or("state");
  const render::Glyph glyph = render::glyph_of(state);
  const Node* window = budget.find("window");
  const std::string_view environment = budget.text_or("environment");
  std::string text = palette.paint(glyph.tone, fmt::format("{} {}", glyph.sign, state));
  text += fmt::format("   {}{}   {}\n", budget.text_or("slo"),
                      environment.empty() ? "" : fmt::format(" in {}", environment),
                      budget.text_or("message"));
  const auto line = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("  {}{}\n", render::padded(name, 14), value);
  };
  line("objective", fmt::format("{} over {}", render::percent_of(budget.find("objective")),
                                window->text_or("words")));
  line("measured", fmt::format("{}, 95 % interval {}", render::percent_of(budget.find("sli")),
                               interval_words(budget)));
  if (const Node* excluded = budget.find("excluded"); excluded != nullptr) {
    line("excluded", fmt::format("{} of maintenance with {} good and {} bad events",
                                 render::age_words(excluded->find("seconds")),
                                 number_text(excluded->integer_or("good", 0)),
                                 number_text(excluded->integer_or("bad", 0))));
  }
  if (const Node* raw = budget.find("raw"); raw != nullptr) {
    line("with it", fmt::format("{} good, {} of the budget left: {} bad of {}, {}",
                                render::percent_of(raw->find("sli")),
                                render::percent_of(raw->find("budget_left")),
                                number_text(raw->integer_or("bad", 0)),
                                count_text(raw->integer_or("total", 0), "event", "events"),
                                raw->text_or("state")));
  }
  if (const Node* doubt = budget.find("doubt"); doubt != nullptr)
    line("not trusted", std::string(doubt->text_or("detail")));
  if (const Node* uncertainty = budget.find("uncertainty"); uncertainty != nullptr) {
    line("sampled", fmt::format("an estimate; as sure as {} unsampled ones",
                                count_text(uncertainty->integer_or("effective_events", 0), "event",
                                           "events")));
  }
  if (const Node* rule = budget.find("evidence_rule"); rule != nullptr)
    line("evidence", rule_words(*rule));
  line("budget left", fmt::format("{}: {} bad of {} allowed among {}",
                                  render::percent_of(budget.find("budget_left")),
                                  number_text(budget.integer_or("bad", 0)),
                                  number_text(budget.integer_or("bad_allowed", 0)),
                                  count_text(budget.integer_or("total", 0), "event", "events")));
  line("in time", time_words(budget));
  line("window", fmt::format("{} to {}", window->text_or("from"), window->text_or("to")));
  line("data", fmt::format("from {}, complete until {}, {} of the window has data",
                           member_text(budget, "source"), member_text(budget, "watermark"),
                           render::percent_of(budget.find("completeness"))));
  return text;
}

Result<ask::SloQuestion> question_of(Invocation& call) {
  ask::SloQuestion question{.slo = call.value(0),
                            .environment = call.text("env"),
                            .part = {.track = call.text("track"),
                                     .version = call.text("version"),
                                     .group = call.text("group")}};
  TOLLGATE_TRY(question.at, call.time("as-of"));
  return question;
}

Result<int> run_budget(Invocation& call) {
  TOLLGATE_TRY(const ask::SloQuestion question, question_of(call));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node budget, ask::budget(*backend, question));
  call.print(budget, [&] { return budget_words(budget, call.palette()); });
  return kExitDone;
}

std::string burn_number(const Node& row) { return fmt::format("{}x", member_text(row, "burn")); }

std::string burn_words(const Node& burn, const Invocation& call) {
  const Node* alert = burn.find("alert");
  const render::Glyph glyph = render::glyph_of(alert->text_or("state"));
  const render::Palette palette = call.palette();
  std::string text =
      palette.paint(glyph.tone, fmt::format("{} {}", glyph.sign, alert->text_or("word")));
  text += fmt::format("   {}   {}\n\n", burn.text_or("slo"), alert->text_or("message"));
  render::Table table{.header = {"WINDOW", "BURN", "95 % SURE", "BAD", "TOTAL", "WORTH"},
                      .rows = {}};
  for (const Node& row : burn.find("windows")->items()) {
    const Node::Array& sure = row.find("interval")->items();
    table.rows.push_back(
        {member_text(row, "window"), burn_number(row),
         sure.size() != 2
             ? "-"
             : fmt::format("{:.2f}x to {:.2f}x", sure[0].as_number(), sure[1].as_number()),
         member_text(row, "bad"), member_text(row, "total"), member_text(row, "effective_events")});
  }
  return text + render::table_text(table, palette);
}

Result<int> run_burn(Invocation& call) {
  TOLLGATE_TRY(const ask::SloQuestion question, question_of(call));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node burn, ask::burn(*backend, question));
  call.print(burn, [&] { return burn_words(burn, call); });
  return kExitDone;
}

}  // namespace

extern const CommandDef signal_import_command = {
    .name = "signal import",
    .group = Group::signals,
    .summary = "Count good and bad events of an access log or CSV file into an SLO.",
    .doc =
        "Each line is one event (or, in CSV, counts per row). Importing the same file twice counts "
        "it once. Lines "
        "that are no events are refused and counted as rejected.",
    .examples =
        "tollgate signal import access.log --slo checkout/availability --format combined --env "
        "production\n"
        "tollgate signal import access.log --slo checkout/latency --format json --slower-than "
        "300ms\n"
        "tollgate signal import edge.log --slo checkout/availability --format '[$time_iso8601] "
        "$status $request_time \"$request\"'\n"
        "tollgate signal import access.log --slo checkout/availability --format combined --dry-run "
        "-o json",
    .arguments = {{.name = "FILE", .doc = "The file; - for standard input."}},
    .options = {{.name = "slo",
                 .value = "SERVICE/SLO",
                 .doc = "SLO that the events count for.",
                 .is_required = true},
                {.name = "format",
                 .value = "FORMAT",
                 .doc = "Form of the file: common, combined, json, csv, or the text of nginx' "
                        "log_format.",
                 .is_required = true},
                {.name = "env",
                 .value = "NAME",
                 .doc = "Environment that was measured.",
                 .is_setting = true},
                {.name = "bad",
                 .value = "STATUSES",
                 .doc = "Statuses that are bad, such as 5xx,429.",
                 .otherwise = "5xx"},
                {.name = "slower-than", .value = "SPAN", .doc = "Longer requests are bad too."},
                {.name = "dry-run", .doc = "Only count and show; keep nothing."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_import,
};

extern const CommandDef signal_push_command = {
    .name = "signal push",
    .group = Group::signals,
    .summary = "Count good and bad events of an SLO, as they happen.",
    .doc =
        "The counts are durable when the command ends. A repeat with the same --idempotency-key "
        "within a day counts nothing.",
    .examples =
        "tollgate signal push --slo checkout/availability --env production --good 980 "
        "--bad 2\n"
        "tollgate signal push --slo checkout/availability --track canary --version 2.4.0 "
        "--bad 1 --time 2026-03-02T10:00:00Z",
    .options = {{.name = "slo",
                 .value = "SERVICE/SLO",
                 .doc = "SLO that the events count for.",
                 .is_required = true},
                {.name = "good", .value = "N", .doc = "Good events."},
                {.name = "bad", .value = "N", .doc = "Bad events."},
                {.name = "env",
                 .value = "NAME",
                 .doc = "Environment that was measured.",
                 .is_setting = true},
                {.name = "track", .value = "NAME", .doc = "Such as stable or canary."},
                {.name = "version", .value = "VERSION", .doc = "Of the service."},
                {.name = "group", .value = "NAME", .doc = "A region, a tenant."},
                {.name = "time", .value = "TIME", .doc = "When they happened; now without it."},
                {.name = "source",
                 .value = "NAME",
                 .doc = "Who counted, each with its own watermark; who acts without it."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_push,
};

extern const CommandDef slo_budget_command = {
    .name = "slo budget",
    .group = Group::signals,
    .summary = "Show what is left of an SLO's error budget, and how sure that is.",
    .examples =
        "tollgate slo budget checkout/availability --env production\n"
        "tollgate slo budget checkout/availability --as-of 2026-03-02T10:00:00Z -o json",
    .arguments = {{.name = "SERVICE/SLO", .doc = "The SLO."}},
    .options = {{.name = "env", .value = "NAME", .doc = "Environment.", .is_setting = true},
                {.name = "track", .value = "NAME", .doc = "Only of this track, such as canary."},
                {.name = "version", .value = "VERSION", .doc = "Only of this version."},
                {.name = "group", .value = "NAME", .doc = "Only of this group."},
                {.name = "as-of", .value = "TIME", .doc = "As it was at that time."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_budget,
};

extern const CommandDef slo_burn_command = {
    .name = "slo burn",
    .group = Group::signals,
    .summary = "Show how fast the budget burns over several windows, and whether that alerts.",
    .doc =
        "Tracks, versions and groups can be told apart where the events are counted by Tollgate.",
    .examples =
        "tollgate slo burn checkout/availability --env production\n"
        "tollgate slo burn checkout/availability --env production --track canary",
    .arguments = {{.name = "SERVICE/SLO", .doc = "The SLO."}},
    .options = {{.name = "env", .value = "NAME", .doc = "Environment.", .is_setting = true},
                {.name = "track", .value = "NAME", .doc = "Only of this track, such as canary."},
                {.name = "version", .value = "VERSION", .doc = "Only of this version."},
                {.name = "group", .value = "NAME", .doc = "Only of this group."},
                {.name = "as-of", .value = "TIME", .doc = "As it was at that time."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_burn,
};

}  // namespace tollgate::cli
