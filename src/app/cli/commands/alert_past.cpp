// tollgate alert backtest and alert tune: alert rules over the past, of an SLO or of a file.
#include "app/cli/ask/alerts.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/answers.hpp"
#include "app/render/plot.hpp"
#include "edge/ingest/points.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

constexpr size_t kAlertsShown = 20;
constexpr Duration kEvaluationEnd = minutes(1);  // behind the last point, so that it counts

/// Nothing if nobody says what was wrong.
Result<std::optional<std::vector<slo::Span>>> incidents_of(const Invocation& call,
                                                           std::string_view path) {
  const std::string file = call.text("incidents");
  if (file.empty()) return std::optional<std::vector<slo::Span>>();
  TOLLGATE_TRY(const std::string text, read_file(file));
  TOLLGATE_TRY(std::vector<slo::Span> incidents, ingest::read_incidents(text, path));
  return std::optional(std::move(incidents));
}

Result<std::optional<double>> number_of(const Invocation& call, std::string_view option) {
  if (!call.has(option)) return std::optional<double>();
  TOLLGATE_TRY(const double value, parse_number(call.text(option)));
  return std::optional<double>(value);
}

/// A file of points as the past of an SLO with the objective that the options describe.
Result<engine::Past> past_of_file(const Invocation& call, const std::string& path,
                                  engine::PastQuestion& question) {
  TOLLGATE_TRY(const std::string text, read_file(path));
  TOLLGATE_TRY(const std::vector<ingest::Point> points,
               ingest::read_points(text, call.text("column")));
  ingest::Bounds bounds;
  TOLLGATE_TRY(bounds.low, number_of(call, "bad-below"));
  TOLLGATE_TRY(bounds.high, number_of(call, "bad-above"));
  if (!bounds.low && !bounds.high) {
    TOLLGATE_TRY(const int64_t learned, parse_ppm(call.text("learn")));
    bounds = ingest::learn_bounds(points, static_cast<double>(learned) / 1e6);
  }
  TOLLGATE_TRY(const int64_t target, parse_ppm(call.text("objective")));
  if (target <= 0 || target >= 1'000'000)
    return fail(codes::bad_usage, "--objective lies between 0 and 100 %");
  TOLLGATE_TRY(const Duration period, call.duration("period"));
  question.slo = path;
  TOLLGATE_TRY(question.incidents, incidents_of(call, path));
  std::optional<std::vector<slo::Span>> labelled = ingest::labelled_spans(points);
  if (labelled && (!question.incidents || !labelled->empty()))
    question.incidents = std::move(labelled);
  return engine::Past{
      .objective = {.slo = path, .target = {target}, .window = slo::rolling(period)},
      .rules = {},
      .span = {points.front().time, points.back().time + kEvaluationEnd},
      .cells = ingest::count_points(points, bounds)};
}

Result<std::optional<slo::RuleSet>> set_of(const Invocation& call) {
  const std::string name = call.text("rules");
  if (name.empty() || name == "own") return std::optional<slo::RuleSet>();
  TOLLGATE_TRY(const slo::RuleSet set, slo::parse_rule_set(name));
  if (set == slo::RuleSet::condition)
    return fail(codes::bad_usage, "condition means the policy's own; leave --rules out");
  return std::optional<slo::RuleSet>(set);
}

/// The question about an SLO's own past.
Result<ask::AlertPastQuery> query_of(const Invocation& call) {
  if (call.values().empty())
    return fail(codes::bad_usage, "name an SLO as SERVICE/SLO, or a file with --csv");
  ask::AlertPastQuery query{.slo = call.value(0), .environment = call.text("env")};
  TOLLGATE_TRY(query.from, call.time("from"));
  TOLLGATE_TRY(query.to, call.time("to"));
  TOLLGATE_TRY(query.since, call.duration("since"));
  TOLLGATE_TRY(query.incidents, incidents_of(call, query.slo));
  return query;
}

std::string words_or_dash(const Node& row, std::string_view key) {
  const Node* node = row.find(key);
  return node == nullptr || node->is_null() ? "-" : duration_words(seconds(node->as_integer()));
}

std::string share_words(const Node& row, std::string_view key) {
  const Node* node = row.find(key);
  return node == nullptr || node->is_null() ? "-"
                                            : fmt::format("{:.0f} %", node->as_number() * 100);
}

std::string rate_words(const Node& row, std::string_view key) {
  const Node* node = row.find(key);
  return node == nullptr || node->is_null() ? "-" : fmt::format("{:.2f}", node->as_number());
}

/// Counts of what somebody labelled; without labels there are none.
std::string labelled_words(const Node& answer, const Node& row, std::string_view key) {
  return answer.boolean_or("labelled", false) ? member_text(row, key) : "-";
}

/// " in production", or that several were added up; a file has none.
std::string place_words(const Node& answer, bool is_file) {
  if (is_file) return {};
  const std::string_view environment = answer.text_or("environment");
  return environment.empty() ? " in all environments together (--env picks one)"
                             : fmt::format(" in {}", environment);
}

std::string head_words(const Node& answer, bool is_file) {
  const Node* past = answer.find("past");
  std::string worth;
  if (const int64_t effective = answer.integer_or("effective", -1); effective >= 0)
    worth = fmt::format(" (a sample worth {})", count_text(effective, "event", "events"));
  return fmt::format("{}{}: {} to {}, {}{}, {} bad, objective {}\n", answer.text_or("subject"),
                     place_words(answer, is_file), past->text_or("from").substr(0, 16),
                     past->text_or("to").substr(0, 16),
                     count_text(answer.integer_or("total", 0), "event", "events"), worth,
                     number_text(answer.integer_or("bad", 0)),
                     render::percent_of(answer.find("objective")));
}

render::Table backtest_table(const Node& answers) {
  render::Table table{.header = {"SUBJECT", "RULES", "SEVERITY", "ALERTS", "A WEEK", "FALSE",
                                 "FALSE A WEEK", "PRECISION", "INCIDENTS", "FOUND", "DETECTION"},
                      .rows = {}};
  for (const Node& answer : answers.items()) {
    for (const Node& row : answer.find("rules")->items()) {
      table.rows.push_back(
          {std::string(answer.text_or("subject")), member_text(row, "rules"),
           member_text(row, "severity"), member_text(row, "alerts"), rate_words(row, "per_week"),
           labelled_words(answer, row, "false_alerts"), rate_words(row, "false_per_week"),
           share_words(row, "precision"), labelled_words(answer, row, "incidents"),
           labelled_words(answer, row, "detected"), words_or_dash(row, "detection_s")});
    }
  }
  return table;
}

/// Why the table of an answer is empty; empty if it is not.
std::string no_rules_words(const Node& answer) {
  if (!answer.find("rules")->items().empty()) return {};
  return fmt::format("{} has no alert policy; try a rule set, such as --rules default",
                     answer.text_or("subject"));
}

std::string backtest_words(const Node& answers, const Invocation& call) {
  const bool is_file = call.has("csv");
  std::string text;
  for (const Node& answer : answers.items()) text += head_words(answer, is_file);
  if (const std::string nothing = no_rules_words(answers.items().front()); !nothing.empty())
    return text + "\n" + nothing + "\n";
  text += "\n" + render::table_text(backtest_table(answers), call.palette());
  const bool is_labelled =
      std::all_of(answers.items().begin(), answers.items().end(),
                  [](const Node& answer) { return answer.boolean_or("labelled", false); });
  if (!is_labelled)
    text +=
        "\nWhether an alert was false, nobody has said: --incidents FILE names what was wrong.\n";
  if (answers.items().size() != 1) return text;
  for (const Node& row : answers.items().front().find("rules")->items()) {
    size_t shown = 0;
    for (const Node& alert : row.find("list")->items()) {
      if (shown++ == kAlertsShown) {
        text += "  ...\n";
        break;
      }
      text += fmt::format("\n  {} {} to {}  {}", member_text(row, "rules"),
                          alert.text_or("raised").substr(0, 16),
                          alert.text_or("cleared").substr(0, 16), alert.text_or("reason"));
    }
  }
  return text + "\n";
}

Result<int> run_backtest(Invocation& call) {
  TOLLGATE_TRY(const std::optional<slo::RuleSet> set, set_of(call));
  Node answers = Node::array();
  const std::vector<std::string> files = call.texts("csv");
  for (const std::string& file : files) {
    engine::PastQuestion question{.set = set ? set : slo::RuleSet::defaults};
    TOLLGATE_TRY(const engine::Past past, past_of_file(call, file, question));
    answers.push(render::alert_backtest_json(engine::backtest_alerts(past, question)));
  }
  if (files.empty()) {
    TOLLGATE_TRY(ask::AlertPastQuery query, query_of(call));
    query.rules = call.text("rules");
    TOLLGATE_TRY(Backend* const backend, call.backend());
    TOLLGATE_TRY(Node answer, ask::alert_backtest(*backend, query));
    answers.push(std::move(answer));
  }
  const Node& node = files.size() <= 1 ? answers.items().front() : answers;
  if (call.is_format("plain")) {
    call.out(render::plain_text(backtest_table(answers)));
    if (const std::string nothing = no_rules_words(answers.items().front()); !nothing.empty())
      call.remark(nothing);
  } else {
    call.print(node, [&] { return backtest_words(answers, call); });
  }
  return kExitDone;
}

std::string minutes_words(double value) {
  return duration_words(minutes(static_cast<int64_t>(std::llround(value))));
}

render::Plot plot_of(const Node& answer) {
  const bool is_injected = answer.text_or("detection_of") == "injected";
  render::Plot plot{.title = fmt::format("{}: noise against speed", answer.text_or("subject")),
                    .x_axis = is_injected ? fmt::format("median time to notice that {} fail",
                                                        render::percent_of(answer.find("injected")))
                                          : "median time to find an incident",
                    .y_axis = "false alerts a week",
                    .points = {},
                    .x_words = minutes_words};
  for (const Node& candidate : answer.find("candidates")->items()) {
    const Node* detection = candidate.find("detection_s");
    if (detection == nullptr || detection->is_null()) continue;
    const double noise = candidate.find("false_per_week")->as_number();
    const auto seconds_taken = static_cast<double>(detection->as_integer());
    plot.points.push_back({.x = seconds_taken / 60,
                           .y = noise,
                           .label = fmt::format("{}: {:.2f} a week, {}", candidate.text_or("name"),
                                                noise, words_or_dash(candidate, "detection_s")),
                           .is_strong = candidate.boolean_or("efficient", false)});
  }
  return plot;
}

render::Table tune_table(const Node& answer) {
  render::Table table{.header = {"", "RULES", "FALSE A WEEK", "A WEEK", "FOUND", "DETECTION"},
                      .rows = {}};
  for (const Node& row : answer.find("candidates")->items()) {
    table.rows.push_back({row.boolean_or("efficient", false) ? "*" : "", member_text(row, "name"),
                          rate_words(row, "false_per_week"), rate_words(row, "per_week"),
                          share_words(row, "found"), words_or_dash(row, "detection_s")});
  }
  return table;
}

Result<int> run_tune(Invocation& call) {
  Node answer;
  if (const std::vector<std::string> files = call.texts("csv"); !files.empty()) {
    engine::PastQuestion question;
    TOLLGATE_TRY(const engine::Past past, past_of_file(call, files.front(), question));
    TOLLGATE_TRY(const int64_t injected, parse_ppm(call.text("inject")));
    answer = render::alert_tuning_json(engine::tune_alerts(
        past, question, {.injected = {injected}, .severity = call.text("severity")}));
  } else {
    TOLLGATE_TRY(ask::AlertPastQuery query, query_of(call));
    query.severity = call.text("severity");
    TOLLGATE_TRY(const int64_t injected, parse_ppm(call.text("inject")));
    query.injected = {injected};
    TOLLGATE_TRY(Backend* const backend, call.backend());
    TOLLGATE_TRY(answer, ask::alert_tuning(*backend, query));
  }
  const render::Plot plot = plot_of(answer);
  if (const std::string file = call.text("svg"); !file.empty()) {
    TOLLGATE_CHECK(write_file(file, render::plot_svg(plot)));
    call.remark("plot written to " + file);
  }
  if (call.is_format("plain")) {
    call.out(render::plain_text(tune_table(answer)));
  } else {
    call.print(answer, [&] {
      return head_words(answer, call.has("csv")) + "\n" +
             render::table_text(tune_table(answer), call.palette()) +
             "\n* no other rule is both quieter and faster\n\n" + render::plot_text(plot);
    });
  }
  return kExitDone;
}

constexpr OptionDef kEnv = {.name = "env",
                            .value = "NAME",
                            .doc = "Environment that was measured; without it all are added up.",
                            .is_setting = true};
constexpr OptionDef kSince = {
    .name = "since", .value = "SPAN", .doc = "How far back.", .otherwise = "30d"};
constexpr OptionDef kFrom = {.name = "from", .value = "TIME", .doc = "Begin there instead."};
constexpr OptionDef kTo = {.name = "to", .value = "TIME", .doc = "End there instead of now."};
constexpr OptionDef kIncidents = {
    .name = "incidents",
    .value = "FILE",
    .doc = "What really was wrong: CSV of from,to or JSON [[from, to], ...]."};
constexpr OptionDef kCsv = {.name = "csv",
                            .value = "FILE",
                            .doc = "A file of timestamp,value[,label] instead of an SLO.",
                            .is_repeated = true};
constexpr OptionDef kColumn = {.name = "column", .value = "NAME", .doc = "Its column of values."};
constexpr OptionDef kBadAbove = {
    .name = "bad-above", .value = "NUMBER", .doc = "With --csv: a greater value is bad."};
constexpr OptionDef kBadBelow = {
    .name = "bad-below", .value = "NUMBER", .doc = "With --csv: a smaller value is bad."};
constexpr OptionDef kLearn = {.name = "learn",
                              .value = "SHARE",
                              .doc =
                                  "With --csv and without bounds: learn them from the first part, "
                                  "with a quarter of its range to spare.",
                              .otherwise = "15%"};
constexpr OptionDef kObjective = {
    .name = "objective", .value = "SHARE", .doc = "With --csv: target.", .otherwise = "99.9%"};
constexpr OptionDef kPeriod = {.name = "period",
                               .value = "SPAN",
                               .doc = "With --csv: window of the budget.",
                               .otherwise = "30d"};
constexpr ArgumentDef kSlo = {.name = "SERVICE/SLO", .doc = "The SLO.", .is_required = false};

}  // namespace

extern const CommandDef alert_backtest_command = {
    .name = "alert backtest",
    .group = Group::signals,
    .summary = "Run alert rules over the past: alerts a week, precision, time to detect.",
    .doc =
        "Without --rules, the SLO's own alert policies are tried. With --incidents, alerts are "
        "true if they were raised during one, or up to an hour after.",
    .examples =
        "tollgate alert backtest checkout/availability --env production --since 90d\n"
        "tollgate alert backtest checkout/availability --rules pyrra --incidents incidents.csv\n"
        "tollgate alert backtest --csv cpu.csv --bad-above 90 --objective 99% -o json",
    .arguments = {kSlo},
    .options = {kEnv,
                kSince,
                kFrom,
                kTo,
                {.name = "rules",
                 .value = "NAME",
                 .doc = "Rule set instead of the SLO's own.",
                 .choices = "own|default|pyrra|ratio-only|cusum"},
                kIncidents,
                kCsv,
                kColumn,
                kBadAbove,
                kBadBelow,
                kLearn,
                kObjective,
                kPeriod},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_backtest,
};

extern const CommandDef alert_tune_command = {
    .name = "alert tune",
    .group = Group::signals,
    .summary = "Try many alert rules on the past and show noise against speed.",
    .doc =
        "Noise is alerts about no incident. Speed is the time to find the incidents of "
        "--incidents, or without them, the time to notice failures that are mixed into the past "
        "traffic at several places. Rules that no other beats at both are marked.",
    .examples =
        "tollgate alert tune checkout/availability --env production --svg noise.svg\n"
        "tollgate alert tune checkout/availability --inject 20% -o json",
    .arguments = {kSlo},
    .options = {kEnv,
                kSince,
                kFrom,
                kTo,
                kIncidents,
                {.name = "inject",
                 .value = "SHARE",
                 .doc = "Share of failing events that must be noticed.",
                 .otherwise = "5%"},
                {.name = "severity",
                 .value = "NAME",
                 .doc = "Which windows: the paging ones or the slow ones.",
                 .otherwise = "page",
                 .choices = "page|ticket"},
                {.name = "svg", .value = "FILE", .doc = "Write the plot there too."},
                kCsv,
                kColumn,
                kBadAbove,
                kBadBelow,
                kLearn,
                kObjective,
                kPeriod},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_tune,
};

}  // namespace tollgate::cli
