// tollgate audit run and audit list: audits of pipelines and deployments that are recorded, so that
// it can be shown that they were made.
#include "app/cli/ask/audits.hpp"
#include "app/cli/ci.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/cli/policy_files.hpp"
#include "app/render/audit.hpp"
#include "app/render/findings.hpp"
#include "app/wiring/pipelines.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

/// Repository and commit as the CI tells them.
std::string first_variable(const Invocation& call, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string value = call.terminal().variable(name); !value.empty()) return value;
  }
  return {};
}

/// The audit of the pipelines below the paths, as the server takes it.
Result<Node> pipelines_body(const Invocation& call) {
  const std::string folder = call.text("policy");
  model::Bundle policy;
  if (folder_exists(folder)) {
    TOLLGATE_TRY(const std::vector<NamedText> files, read_policy_files({folder}));
    TOLLGATE_TRY(policy, build_bundle(files));
  }
  TOLLGATE_TRY(const pipelines::AuditReport report,
               wiring::audit_pipelines(call.values(), policy, call.terminal().now()));
  std::string source = call.text("source");
  if (source.empty())
    source = first_variable(call, {"GITHUB_REPOSITORY", "CI_PROJECT_PATH", "JOB_NAME"});
  if (source.empty()) source = join(call.values(), " ");
  std::string commit = call.text("commit");
  if (commit.empty()) commit = first_variable(call, {"GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"});
  return render::recordable_audit(report, source, commit);
}

Result<Node> deployments_body(const Invocation& call) {
  TOLLGATE_TRY(const std::optional<Time> since, call.time("since"));
  TOLLGATE_TRY(const std::optional<Time> until, call.time("until"));
  Node body = Node::object({{"scope", "deployments"}});
  if (since) body.set("since", time_text(*since));
  if (until) body.set("until", time_text(*until));
  return body;
}

std::string audit_words(const Node& audit) {
  const bool is_pipelines = audit.text_or("scope") == "pipelines";
  std::string text;
  for (const Node& finding : audit.find("found")->items()) {
    const std::string owner = member_text(finding, "owner");
    const std::string place =
        is_pipelines ? fmt::format("{}:{}", finding.text_or("file"), finding.integer_or("line", 0))
                     : member_text(*finding.find("deployment"), "id");
    text += fmt::format("{}: {} (owner: {})\n", render::printable(place),
                        render::printable(finding.text_or("message")),
                        owner.empty() || owner == "-" ? "nobody" : render::printable(owner));
  }
  const int64_t examined = audit.integer_or("examined", 0);
  return text + fmt::format("{}: {} examined, {}; recorded at ledger position {}\n",
                            audit.text_or("scope"),
                            is_pipelines ? count_text(examined, "deploy step", "deploy steps")
                                         : count_text(examined, "deployment", "deployments"),
                            count_text(audit.integer_or("findings", 0), "finding", "findings"),
                            audit.integer_or("position", -1));
}

/// The audits of the policy's schedules that are due.
Result<int> run_due(Invocation& call) {
  if (!call.values().empty() || call.has("since") || call.has("until") ||
      call.has("only-pipelines"))
    return fail(codes::bad_usage,
                "--due makes the audits that the policy's AuditSchedules ask for; "
                "paths, --since, --until and --only-pipelines do not go with it");
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::audits_due(*backend));
  const Node& failed = *answer.find("failed");
  std::string text;
  for (const Node& audit : answer.find("audits")->items()) text += audit_words(audit);
  for (const Node& one : failed.items()) {
    text += fmt::format("{}: {}\n  {}\n", render::printable(one.text_or("schedule")),
                        render::printable(one.text_or("error")), one.text_or("advice"));
  }
  if (text.empty()) text = "No audit is due; `tollgate audit list` shows when the next one is.\n";
  call.print(answer, [&text] { return text; });
  const bool is_clean = answer.integer_or("findings", 0) == 0 && failed.items().empty();
  return is_clean ? kExitDone : kExitProblems;
}

Result<int> run_audit(Invocation& call) {
  if (call.has("due")) return run_due(call);
  TOLLGATE_TRY(Backend* const backend, call.backend());
  Node audits = Node::array();
  if (!call.values().empty()) {
    TOLLGATE_TRY(const Node body, pipelines_body(call));
    TOLLGATE_TRY(Node made, ask::audit(*backend, body));
    report_findings(call, detect_ci(call), *made.find("found"));
    audits.push(std::move(made));
  }
  if (!call.has("only-pipelines")) {
    TOLLGATE_TRY(const Node body, deployments_body(call));
    TOLLGATE_TRY(Node made, ask::audit(*backend, body));
    audits.push(std::move(made));
  }
  if (audits.items().empty())
    return fail(codes::bad_usage, "--only-pipelines needs the paths of the pipelines");
  int64_t findings = 0;
  std::string text;
  for (const Node& audit : audits.items()) {
    findings += audit.integer_or("findings", 0);
    text += audit_words(audit);
  }
  const Node answer = Node::object({{"audits", std::move(audits)}, {"findings", findings}});
  call.print(answer, [&text] { return text; });
  return findings == 0 ? kExitDone : kExitProblems;
}

/// Who made an audit: the name of its schedule, if it has one.
std::string scheduled_by(const Node& audit) {
  const std::string schedule(audit.text_or("schedule"));
  return schedule.empty() ? member_text(audit, "by") : "schedule " + schedule;
}

Result<int> run_list(Invocation& call) {
  TOLLGATE_TRY(const int64_t limit, call.integer("limit"));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::audits(*backend, limit));
  render::Table table{.header = {"POSITION", "AT", "SCOPE", "SOURCE", "EXAMINED", "FINDINGS", "NEW",
                                 "ENDED", "BY", "DIGEST"},
                      .rows = {}};
  for (const Node& audit : answer.find("audits")->items()) {
    table.rows.push_back({member_text(audit, "position"), member_text(audit, "at"),
                          member_text(audit, "scope"), member_text(audit, "source"),
                          member_text(audit, "examined"), member_text(audit, "findings"),
                          member_text(audit, "opened"), member_text(audit, "closed"),
                          scheduled_by(audit), member_text(audit, "digest").substr(0, 19)});
  }
  for (const Node& schedule : answer.find("schedules")->items()) {
    call.remark(fmt::format("{}: every {}, {} {}", render::printable(schedule.text_or("name")),
                            schedule.text_or("every"),
                            schedule.boolean_or("overdue", false) ? "overdue since" : "next at",
                            schedule.text_or("next")));
  }
  call.print_table(answer, table);
  return kExitDone;
}

}  // namespace

extern const CommandDef audit_run_command = {
    .name = "audit run",
    .group = Group::assurance,
    .summary = "Make an audit and record it: deployments against verdicts, and pipelines.",
    .doc =
        "Compares the deployments since the last recorded audit (or --since) with the verdicts, "
        "and "
        "with PATHs audits the pipelines below them. Each becomes a record in the ledger: what was "
        "looked at, findings by rule and owner, and the digest of the findings, which are kept. "
        "Meant to run on a schedule; ends with 3 if anything is found.",
    .examples =
        "tollgate audit run\n"
        "tollgate audit run --due --checkout acme/checkout=.\n"
        "tollgate audit run . --source acme/checkout --server https://tollgate.example\n"
        "tollgate audit run --since 2026-03-01T00:00:00Z -o json",
    .arguments = {{.name = "PATH",
                   .doc = "Folders and files with pipelines.",
                   .is_required = false,
                   .is_repeated = true}},
    .options = {{.name = "since", .value = "TIME", .doc = "Deployments that began from then on."},
                {.name = "until", .value = "TIME", .doc = "Deployments that began before."},
                {.name = "source",
                 .value = "NAME",
                 .doc = "Whose pipelines these are; else as the CI says."},
                {.name = "commit", .value = "COMMIT", .doc = "Their commit; else as the CI says."},
                {.name = "due",
                 .doc = "Make the audits that the policy's AuditSchedules ask for and that are "
                        "due; a server does so by itself."},
                {.name = "checkout",
                 .value = "SOURCE=DIR",
                 .doc = "With --due: folder of a checked-out repository.",
                 .is_repeated = true},
                {.name = "only-pipelines", .doc = "Leave the deployments to another run."},
                {.name = "ci",
                 .value = "CI",
                 .doc = "Also write what this CI reads.",
                 .otherwise = "none",
                 .choices = "auto|github|gitlab|jenkins|none",
                 .is_setting = true}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_audit,
};

extern const CommandDef audit_list_command = {
    .name = "audit list",
    .group = Group::assurance,
    .summary = "List the audits that were recorded, newest first.",
    .doc =
        "NEW and ENDED are findings that the audit before of the same AuditSchedule did not have, "
        "and those of it that are gone. Schedules with their next time follow. GET "
        "/v1/audits/POSITION gives the findings of one of them.",
    .examples = "tollgate audit list\ntollgate audit list --limit 5 -o json",
    .options = {{.name = "limit", .value = "N", .doc = "How many.", .otherwise = "50"}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .only_reads = true,
    .run = run_list,
};

}  // namespace tollgate::cli
