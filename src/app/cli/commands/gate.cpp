// tollgate gate: asks whether a release may go, says why, and ends with the verdict's exit code.
#include "app/cli/ask/gates.hpp"
#include "app/cli/ci.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/verdict.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::cli {
namespace {

constexpr std::string_view kChangeClasses = "normal|fix|reliability|emergency|standard";

Result<ask::GateQuestion> question_of(const Invocation& call) {
  ask::GateQuestion question;
  question.request.service = call.text("service");
  question.request.environment = call.text("env");
  question.request.version = call.text("version");
  question.request.commit = call.text("commit");
  question.request.artifact = call.text("artifact");
  const auto& names = reflect::EnumNames<model::ChangeClass>::names;
  const auto found = std::find(names.begin(), names.end(), call.text("change-class"));
  question.request.change_class = static_cast<model::ChangeClass>(found - names.begin());
  TOLLGATE_TRY(question.as_of, call.time("as-of"));
  question.idempotency_key = call.text("idempotency-key");
  return question;
}

bool is_waiting_verdict(const doc::Node& verdict) {
  const std::string_view word = verdict.text_or("verdict");
  return word == "hold" || word == "inconclusive";
}

/// Asks, and with --wait asks again until the answer is allow or deny or the time is up.
Result<doc::Node> ask(Invocation& call, Backend& backend, ask::GateQuestion question) {
  TOLLGATE_TRY(const Duration timeout, call.duration("timeout"));
  TOLLGATE_TRY(const Duration interval, call.duration("interval"));
  const Terminal& terminal = call.terminal();
  const Time deadline = terminal.now() + timeout;
  for (int round = 1;; ++round) {
    TOLLGATE_TRY(doc::Node verdict, ask::gate(backend, question));
    if (!call.has("wait") || !is_waiting_verdict(verdict)) return verdict;
    if (terminal.now() + interval > deadline) {
      call.remark(
          fmt::format("still {} after {}", verdict.text_or("verdict"), duration_words(timeout)));
      return verdict;
    }
    call.remark(fmt::format("{}; asking again in {}", verdict.text_or("verdict"),
                            duration_words(interval)));
    terminal.sleep(interval);
    // Each round is a question of its own; a fixed key would only repeat the first answer.
    const std::string key = call.text("idempotency-key");
    if (!key.empty()) question.idempotency_key = fmt::format("{}.{}", key, round + 1);
  }
}

bool means_no_verdict(const Error& error) {
  return code_info(error.code).exit_code == kExitUnreachable;
}

/// The server gave no verdict: --if-unreachable says what becomes of the pipeline.
Result<int> without_verdict(const Invocation& call, const Error& error) {
  if (!means_no_verdict(error) || call.text("if-unreachable") != "allow") return fail(error);
  call.terminal().err(fmt::format(
      "warning[{}]: {}\n  No verdict was made and nothing is recorded; going on because of "
      "--if-unreachable allow.\n",
      code_text(error.code), render::printable(error.message)));
  return kExitDone;
}

Result<void> show(const Invocation& call, const doc::Node& verdict, const std::string& link,
                  int64_t took_ms) {
  const std::string format = call.format();
  if (format == "junit") {
    call.out(render::verdict_junit(verdict));
  } else if (format == "codequality") {
    call.out(render::verdict_codequality(verdict));
  } else if (format == "md") {
    call.out(render::verdict_markdown(verdict, link));
  } else {
    call.print(verdict, [&] {
      return render::verdict_text(verdict, {.palette = call.palette(),
                                            .has_tree = call.has("tree"),
                                            .link = link,
                                            .took_ms = took_ms});
    });
  }
  return report_verdict(call, detect_ci(call), verdict, link);
}

Result<int> run_gate(Invocation& call) {
  TOLLGATE_TRY(const ask::GateQuestion question, question_of(call));
  const Time start = call.terminal().now();
  Result<Backend*> backend = call.backend();
  if (!backend) return without_verdict(call, backend.error());
  const Result<doc::Node> verdict = ask(call, **backend, question);
  if (!verdict) return without_verdict(call, verdict.error());
  const std::string link = ask::decision_link(**backend, std::string(verdict->text_or("decision")));
  TOLLGATE_CHECK(show(call, *verdict, link, (call.terminal().now() - start).ms));

  const int code = verdict_exit_code(verdict->text_or("verdict"));
  if (code == kExitDone) return code;
  if (call.has("advisory")) {
    call.remark(
        fmt::format("advisory: the verdict is {}, the exit code 0", verdict->text_or("verdict")));
    return kExitDone;
  }
  call.remark(fmt::format("{} (exit {})",
                          code == kExitDeny   ? "release not allowed"
                          : code == kExitHold ? "release on hold; ask again later"
                                              : "no clear answer; see the unknown checks above",
                          code));
  return code;
}

}  // namespace

extern const CommandDef gate_command = {
    .name = "gate",
    .group = Group::everyday,
    .summary = "Ask whether a release may go; shows the verdict with its reasons.",
    .doc =
        "The verdict is recorded in the ledger with everything it was derived from. Exit code: 0 "
        "allow, 10 deny, 11 "
        "hold, 12 inconclusive, 20 no verdict because the server cannot be reached. A what-if with "
        "--as-of is not "
        "recorded.",
    .examples =
        "tollgate gate --service checkout --env production --version 2.4.0 --commit 3f2c1a\n"
        "tollgate gate --service checkout --env production --version 2.4.1 --change-class fix\n"
        "tollgate gate --service checkout --env production --version 2.4.0 --artifact "
        "\"registry.example/checkout@$DIGEST\"\n"
        "tollgate gate --service checkout --env production --version 2.4.0 --as-of "
        "2026-03-02T10:00:00Z -o json\n"
        "tollgate gate --ci auto --server https://tollgate.example --service checkout --env "
        "production "
        "--version \"$TAG\"",
    .options =
        {{.name = "service",
          .value = "NAME",
          .doc = "Service to release.",
          .is_required = true,
          .is_setting = true},
         {.name = "env",
          .value = "NAME",
          .doc = "Environment it should go to.",
          .is_required = true,
          .is_setting = true},
         {.name = "version", .value = "VERSION", .doc = "Version to release.", .is_required = true},
         {.name = "commit", .value = "COMMIT", .doc = "Commit that was built; finds its evidence."},
         {.name = "artifact",
          .value = "NAME@DIGEST",
          .doc = "What is to go, by digest; the verdict is about it alone."},
         {.name = "change-class",
          .value = "CLASS",
          .doc = "Kind of change; policies may ask less of a fix.",
          .otherwise = "normal",
          .choices = kChangeClasses},
         {.name = "as-of", .value = "TIME", .doc = "A what-if at that time; not recorded."},
         {.name = "tree", .doc = "Show the rule tree instead of the list of checks."},
         {.name = "advisory", .doc = "Exit with 0 whatever the verdict; errors still fail."},
         {.name = "exit-code",
          .value = "STYLE",
          .doc = "simple: 1 instead of 10 to 13 and 20.",
          .otherwise = "verdict",
          .choices = "verdict|simple",
          .is_setting = true},
         {.name = "if-unreachable",
          .value = "ANSWER",
          .doc = "What to do if no verdict can be had.",
          .otherwise = "deny",
          .choices = "deny|allow",
          .is_setting = true},
         {.name = "wait", .doc = "While the verdict is hold or inconclusive, ask again."},
         {.name = "timeout", .value = "SPAN", .doc = "How long to --wait.", .otherwise = "10m"},
         {.name = "interval",
          .value = "SPAN",
          .doc = "Pause between two questions.",
          .otherwise = "15s"},
         {.name = "ci",
          .value = "CI",
          .doc = "Also write what this CI reads: outputs, summary, reports.",
          .otherwise = "none",
          .choices = "auto|github|gitlab|jenkins|none",
          .is_setting = true}},
    .formats = "table|plain|json|yaml|name|junit|codequality|md",
    .common = Common::backend,
    .run = run_gate,
};

}  // namespace tollgate::cli
