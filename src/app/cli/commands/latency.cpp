// tollgate slo latency and signal otlp: traces in, and how releases changed in latency out.
#include "app/render/latency.hpp"

#include "app/cli/ask/signals.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "foundation/base/codes.hpp"

#include <initializer_list>

namespace tollgate::cli {
namespace {

using doc::Node;

/// Options that mean something for one of the three questions only.
Result<void> check_options(const Invocation& call, std::initializer_list<std::string_view> foreign,
                           std::string_view question) {
  for (const std::string_view option : foreign) {
    if (call.has(option))
      return fail(codes::bad_usage, "--{} says nothing about {}", option, question);
  }
  return {};
}

Result<int> run_operations(Invocation& call) {
  TOLLGATE_CHECK(check_options(
      call, {"before", "after", "track-before", "track-after", "operation", "window", "as-of"},
      "the operations of a service"));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::operations(*backend, {.service = call.value(0),
                                                             .version = call.text("version"),
                                                             .environment = call.text("env")}));
  call.print(answer, [&] { return render::operations_words(answer, call.palette()); });
  return kExitDone;
}

Result<int> run_slo_latency(Invocation& call) {
  TOLLGATE_CHECK(check_options(
      call, {"before", "after", "track-before", "track-after", "operation", "operations"},
      "the events of an SLO"));
  ask::SloLatencyQuery query{.slo = call.value(0),
                             .environment = call.text("env"),
                             .track = call.text("track"),
                             .version = call.text("version"),
                             .group = call.text("group")};
  if (call.has("window")) {
    TOLLGATE_TRY(query.window, call.duration("window"));
  }
  TOLLGATE_TRY(query.at, call.time("as-of"));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::slo_latency(*backend, query));
  call.print(answer, [&] { return render::slo_latency_words(answer, call.palette()); });
  return kExitDone;
}

Result<int> run_latency(Invocation& call) {
  if (call.value(0).find('/') != std::string::npos) return run_slo_latency(call);
  if (call.has("operations")) return run_operations(call);
  TOLLGATE_CHECK(check_options(call, {"window", "as-of", "version", "track", "group"},
                               "two releases; name them by --before and --after"));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::latency(*backend, {.service = call.value(0),
                                                          .before = call.text("before"),
                                                          .after = call.text("after"),
                                                          .environment = call.text("env"),
                                                          .track_before = call.text("track-before"),
                                                          .track_after = call.text("track-after"),
                                                          .operation = call.text("operation")}));
  call.print(answer, [&] { return render::latency_words(answer, call.palette()); });
  return kExitDone;
}

std::string otlp_words(const Node& answer) {
  const Node* partial = answer.find("partialSuccess");
  if (partial == nullptr) return "taken\n";
  std::string text = "taken in part";
  for (const doc::Member& member : partial->members()) {
    text += fmt::format("{} {}", member.key == "errorMessage" ? ":" : ", rejected",
                        render::scalar_text(member.value));
  }
  return text + "\n";
}

Result<int> run_otlp(Invocation& call) {
  const std::string file = call.value(1);
  std::string bytes;
  if (file == "-") {
    TOLLGATE_TRY(bytes, call.terminal().read_input());
  } else {
    TOLLGATE_TRY(bytes, read_file(file));
  }
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::push_otlp(*backend, {.signal = call.value(0),
                                                            .body = std::move(bytes),
                                                            .source = call.text("source")}));
  call.print(answer, [&] { return otlp_words(answer); });
  return kExitDone;
}

}  // namespace

extern const CommandDef signal_otlp_command = {
    .name = "signal otlp",
    .group = Group::signals,
    .summary = "Take one OpenTelemetry export request from a file: metrics, logs or traces.",
    .doc =
        "Protobuf or JSON, plain or compressed with gzip, whatever the file's name is. Servers "
        "take "
        "the same at POST /v1/metrics, /v1/logs and /v1/traces, where an OpenTelemetry Collector "
        "or "
        "SDK sends it by itself.",
    .examples =
        "tollgate signal otlp traces spans.json\n"
        "tollgate signal otlp metrics - < export.pb",
    .arguments = {{.name = "SIGNAL", .doc = "What it is: metrics, logs or traces."},
                  {.name = "FILE", .doc = "The file; - for standard input."}},
    .options = {{.name = "source",
                 .value = "NAME",
                 .doc = "Who brings it; each source has its own watermark."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_otlp,
};

extern const CommandDef slo_latency_command = {
    .name = "slo latency",
    .group = Group::signals,
    .summary = "Compare the latency of two releases; list that of operations and SLOs.",
    .doc =
        "Quantiles with exact bounds, the change with an interval, and the operations that explain "
        "it, largest first. A release that is faster because it does less or fails is called "
        "inconclusive. Without versions, the last two that were seen are compared. --operations "
        "lists every operation of the service instead; SERVICE/SLO the quantiles of the events of "
        "an SLO that have a duration.",
    .examples =
        "tollgate slo latency checkout --before 2.3.0 --after 2.4.0\n"
        "tollgate slo latency checkout --after 2.4.0 --before 2.4.0 --track-before stable "
        "--track-after canary --env production\n"
        "tollgate slo latency checkout --operations --version 2.4.0\n"
        "tollgate slo latency checkout/availability --window 6h",
    .arguments = {{.name = "SERVICE[/SLO]", .doc = "service.name of the spans, or an SLO."}},
    .options = {{.name = "before", .value = "VERSION", .doc = "The release to compare with."},
                {.name = "after", .value = "VERSION", .doc = "The release that is judged."},
                {.name = "env", .value = "NAME", .doc = "Environment.", .is_setting = true},
                {.name = "track-before", .value = "TRACK", .doc = "Only this track of --before."},
                {.name = "track-after", .value = "TRACK", .doc = "Only this track of --after."},
                {.name = "operation",
                 .value = "NAME",
                 .doc = "Only visits that entered by this operation."},
                {.name = "operations", .doc = "List the operations of the service."},
                {.name = "version",
                 .value = "VERSION",
                 .doc = "With --operations or an SLO: only of this release."},
                {.name = "track", .value = "TRACK", .doc = "With an SLO: only this track."},
                {.name = "group", .value = "GROUP", .doc = "With an SLO: only this group."},
                {.name = "window", .value = "SPAN", .doc = "With an SLO: how far back; else 1h."},
                {.name = "as-of", .value = "TIME", .doc = "With an SLO: as it was at that time."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_latency,
};

}  // namespace tollgate::cli
