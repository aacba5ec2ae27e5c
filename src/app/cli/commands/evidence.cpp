// tollgate record and tollgate release: what a pipeline tells Tollgate about builds and releases.
#include "app/cli/ask/evidence.hpp"

#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/answers.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/read_report.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::cli {
namespace {

using doc::Node;

std::string share_words(const Node* covered) {
  if (covered == nullptr) return "not measured";
  const int64_t hit = covered->integer_or("covered", 0);
  const int64_t all = covered->integer_or("valid", 0);
  const Node share = all > 0 ? Node(static_cast<double>(hit) / static_cast<double>(all)) : Node();
  return fmt::format("{} ({} of {})", render::percent_of(&share), number_text(hit),
                     number_text(all));
}

/// "checkout@sha256:9f86..., built by BUILDER from 3f2c1a, signed with a known key".
std::string provenance_words(const Node& report) {
  const Node* list = report.find("provenance");
  std::string text;
  for (const Node& one : list == nullptr ? Node::Array() : list->items()) {
    const Node* subjects = one.find("subjects");
    const auto count = subjects == nullptr ? 0 : static_cast<int64_t>(subjects->items().size());
    if (!text.empty()) text += "; ";
    if (count > 0) {
      const Node& first = subjects->items().front();
      text += fmt::format("{}@{}", first.text_or("name"), first.text_or("digest"));
    }
    if (count > 1) text += fmt::format(" and {} more", number_text(count - 1));
    text += fmt::format(", built by {} from {}", one.text_or("builder", "an unknown builder"),
                        one.text_or("commit", "an unknown commit"));
    const Node* keys = one.find("keys");
    const int64_t signatures = one.integer_or("signatures", 0);
    text += keys != nullptr && !keys->items().empty() ? ", signed with a known key"
            : signatures > 0                          ? ", signed with no known key"
                                                      : ", not signed";
  }
  return text;
}

/// "coverage (lcov): lines 84.1 % (841 of 1,000)".
std::string report_words(const Node& report) {
  std::string text = fmt::format("{} ({}): ", report.text_or("kind"), report.text_or("format"));
  const std::string_view kind = report.text_or("kind");
  if (kind == "coverage") {
    text += "lines " + share_words(report.find("lines"));
    if (report.find("branches") != nullptr)
      text += ", branches " + share_words(report.find("branches"));
  } else if (kind == "tests") {
    text += fmt::format("{}: {} passed, {} failed, {} skipped",
                        count_text(report.integer_or("total", 0), "test", "tests"),
                        number_text(report.integer_or("passed", 0)),
                        number_text(report.integer_or("failed", 0)),
                        number_text(report.integer_or("skipped", 0)));
  } else if (kind == "benchmark") {
    const Node* cases = report.find("cases");
    text += count_text(cases == nullptr ? 0 : static_cast<int64_t>(cases->items().size()),
                       "benchmark", "benchmarks");
  } else if (kind == "provenance") {
    text += provenance_words(report);
  } else {
    const Node* levels = report.find("levels");
    const Node none = Node::object();
    const Node& counts = levels == nullptr ? none : *levels;
    text += fmt::format("{}, {}, {}", count_text(counts.integer_or("error", 0), "error", "errors"),
                        count_text(counts.integer_or("warning", 0), "warning", "warnings"),
                        count_text(counts.integer_or("note", 0), "note", "notes"));
  }
  return text;
}

std::string base_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

Result<Node> record_one(Invocation& call, const std::string& file) {
  std::string bytes;
  if (file == "-") {
    TOLLGATE_TRY(bytes, call.terminal().read_input());
  } else {
    TOLLGATE_TRY(bytes, read_file(file));
  }
  if (call.has("dry-run")) {
    Result<model::Report> report =
        evidence::read_report(bytes, call.text("format"), base_name(file));
    if (!report) {
      if (report.error().file.empty() || report.error().file == base_name(file))
        report.error().file = file;
      return fail(std::move(report).error());
    }
    return render::report_json(*report);
  }
  TOLLGATE_TRY(Backend* const backend, call.backend());
  Result<Node> answer = ask::record(*backend, {.service = call.text("service"),
                                               .version = call.text("version"),
                                               .commit = call.text("commit"),
                                               .format = call.text("format"),
                                               .file = base_name(file),
                                               .bytes = std::move(bytes),
                                               .idempotency_key = call.text("idempotency-key")});
  if (!answer && answer.error().file == base_name(file)) answer.error().file = file;
  return answer;
}

Result<int> run_record(Invocation& call) {
  const bool is_dry = call.has("dry-run");
  if (!is_dry && !call.has("service")) {
    return fail(codes::bad_usage,
                "record needs --service NAME (or --dry-run to only read the file)");
  }
  if (!is_dry && !call.has("commit") && !call.has("version")) {
    return fail(codes::bad_usage,
                "record needs --commit COMMIT or --version VERSION: evidence belongs to a build");
  }
  if (call.values().size() > 1 && call.has("idempotency-key")) {
    return fail(codes::bad_usage, "one --idempotency-key is for one file");
  }
  Node all = Node::array();
  std::string text;
  for (const std::string& file : call.values()) {
    TOLLGATE_TRY(Node report, record_one(call, file));
    text += fmt::format("{}: {}", render::printable(file), report_words(report));
    const int64_t position = report.integer_or("position", -1);
    text += position < 0 ? "; not recorded (dry run)\n"
            : report.boolean_or("repeat", false)
                ? fmt::format("; was recorded already at ledger position {}\n", position)
                : fmt::format("; recorded at ledger position {}\n", position);
    all.push(std::move(report));
  }
  const Node& answer = all.items().size() == 1 ? all.items().front() : all;
  call.print(answer, [&text] { return text; });
  return kExitDone;
}

Result<int> run_release(Invocation& call) {
  const auto& names = reflect::EnumNames<model::ReleaseResult>::names;
  const auto found = std::find(names.begin(), names.end(), call.text("result"));
  const model::ReleaseEnded ended{
      .service = call.text("service"),
      .environment = call.text("env"),
      .version = call.text("version"),
      .commit = call.text("commit"),
      .result = static_cast<model::ReleaseResult>(found - names.begin())};
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::release(*backend, ended, call.text("idempotency-key")));
  call.print(answer, [&] {
    return fmt::format("{} {} in {}: {}; recorded at ledger position {}\n", ended.service,
                       ended.version, ended.environment, call.text("result"),
                       answer.integer_or("position", -1));
  });
  return kExitDone;
}

std::string format_list() {
  std::string text =
      "The format is recognised from the content; --format settles it. The raw file goes to the "
      "blob store, its "
      "summary to the ledger. Formats:";
  for (const evidence::FormatDef* format : evidence::all_formats()) {
    text += fmt::format("\n  {:<18} {}", format->name, format->title);
  }
  return text;
}

const std::string& record_doc() {
  static const std::string doc = format_list();
  return doc;
}

}  // namespace

extern const CommandDef record_command = {
    .name = "record",
    .group = Group::everyday,
    .summary = "Record evidence about a build: coverage, tests, benchmarks, findings.",
    .doc = record_doc(),
    .examples =
        "tollgate record coverage/lcov.info junit.xml --service checkout --commit 3f2c1a\n"
        "tollgate record report.json --format k6 --service checkout --version 2.4.0\n"
        "tollgate record lcov.info --dry-run -o json",
    .arguments = {{.name = "FILE",
                   .doc = "Report file; - for standard input.",
                   .is_repeated = true}},
    .options =
        {{.name = "service", .value = "NAME", .doc = "Service that was built.", .is_setting = true},
         {.name = "commit", .value = "COMMIT", .doc = "Commit that was built."},
         {.name = "version", .value = "VERSION", .doc = "Version that was built."},
         {.name = "format", .value = "NAME", .doc = "Format of the file; recognised if absent."},
         {.name = "dry-run", .doc = "Only read the file and show what it says."}},
    .formats = "table|plain|json|yaml|ndjson",
    .common = Common::backend,
    .run = run_record,
};

extern const CommandDef release_command = {
    .name = "release",
    .group = Group::everyday,
    .summary = "Record how a release ended: the version runs, failed or was rolled back.",
    .doc =
        "The version that last succeeded in an environment is the baseline for ratchets and "
        "comparisons. Without "
        "this record, an allowed release counts as released.",
    .examples =
        "tollgate release --service checkout --env production --version 2.4.0\n"
        "tollgate release --service checkout --env production --version 2.4.0 --result rolled_back",
    .options = {{.name = "service",
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
                {.name = "commit", .value = "COMMIT", .doc = "Commit."},
                {.name = "result",
                 .value = "RESULT",
                 .doc = "How it ended.",
                 .otherwise = "succeeded",
                 .choices = "succeeded|failed|rolled_back"}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_release,
};

}  // namespace tollgate::cli
