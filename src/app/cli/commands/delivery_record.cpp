// tollgate record deployment, incident and change; deployment list; audit bypasses: deliveries for
// those without webhooks, and what nobody had allowed.
#include "app/cli/ask/deliveries.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/deployments.hpp"
#include "app/render/output.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;
using render::member_text;

/// Members of the fact and the options that fill them.
using Members = std::initializer_list<std::pair<std::string_view, std::string_view>>;

Result<Node> fact_of(const Invocation& call, std::string_view type, Members members) {
  Node fact = Node::object({{"type", type}});
  for (const auto& [member, option] : members) {
    if (call.has(option)) fact.set(member, call.text(option));
  }
  for (const auto& [member, option] : {std::pair{"at", "at"}, std::pair{"started", "started"}}) {
    if (!call.has(option)) continue;
    TOLLGATE_TRY(const std::optional<Time> time, call.time(option));
    if (time) fact.set(member, time_text(*time));
  }
  return fact;
}

Result<int> tell(Invocation& call, const Node& fact) {
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::observe(*backend, fact, call.text("idempotency-key")));
  call.print(answer, [&answer] {
    const int64_t position = answer.integer_or("position", -1);
    if (position < 0) return std::string("known already; nothing recorded\n");
    return fmt::format("recorded at ledger position {}\n", position);
  });
  return kExitDone;
}

Result<int> run_deployment(Invocation& call) {
  TOLLGATE_TRY(Node fact, fact_of(call, "deployment",
                                  {{"service", "service"},
                                   {"environment", "env"},
                                   {"version", "version"},
                                   {"commit", "commit"},
                                   {"artifact", "artifact"},
                                   {"id", "id"},
                                   {"region", "region"},
                                   {"kind", "kind"},
                                   {"incident", "incident"},
                                   {"status", "status"}}));
  fact.set("status", call.text("status"));
  if (call.has("traffic")) fact.set("took_traffic", call.text("traffic") == "yes");
  return tell(call, fact);
}

Result<int> run_incident(Invocation& call) {
  TOLLGATE_TRY(Node fact, fact_of(call, "incident",
                                  {{"service", "service"},
                                   {"environment", "env"},
                                   {"id", "id"},
                                   {"severity", "severity"},
                                   {"title", "title"},
                                   {"caused_by", "caused-by"}}));
  fact.set("status", call.text("status"));
  return tell(call, fact);
}

Result<int> run_change(Invocation& call) {
  TOLLGATE_TRY(Node fact, fact_of(call, "change",
                                  {{"service", "service"},
                                   {"id", "id"},
                                   {"version", "version"},
                                   {"commit", "commit"},
                                   {"ref", "ref"}}));
  fact.set("kind", call.text("kind"));
  Node commits = Node::array();
  for (const std::string& text : call.texts("contains")) {
    // COMMIT or COMMIT@TIME
    const size_t at = text.find('@');
    Node commit = Node::object({{"commit", text.substr(0, at)}});
    if (at != std::string::npos) {
      TOLLGATE_TRY(const Time time, parse_time(text.substr(at + 1)));
      commit.set("at", time_text(time));
    }
    commits.push(std::move(commit));
  }
  if (!commits.items().empty()) fact.set("commits", std::move(commits));
  return tell(call, fact);
}

Result<render::DeploymentQuery> query_of(const Invocation& call) {
  render::DeploymentQuery query{.service = call.text("service"), .environment = call.text("env")};
  TOLLGATE_TRY(query.since, call.time("since"));
  TOLLGATE_TRY(query.until, call.time("until"));
  TOLLGATE_TRY(query.limit, call.integer("limit"));
  return query;
}

std::string what_of(const Node& deployment) {
  const std::string_view version = deployment.text_or("version");
  if (!version.empty()) return std::string(version);
  return std::string(deployment.text_or("commit", "-").substr(0, 12));
}

Result<int> run_list(Invocation& call) {
  TOLLGATE_TRY(const render::DeploymentQuery query, query_of(call));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::deployments(*backend, query));
  render::Table table{
      .header = {"BEGIN", "SERVICE", "ENVIRONMENT", "VERSION", "STATUS", "KIND", "PARTS"},
      .rows = {}};
  for (const Node& deployment : answer.find("deployments")->items()) {
    table.rows.push_back({member_text(deployment, "begin"), member_text(deployment, "service"),
                          member_text(deployment, "environment"), what_of(deployment),
                          member_text(deployment, "status"), member_text(deployment, "kind"),
                          std::to_string(deployment.find("parts")->items().size())});
  }
  call.print_table(answer, table);
  return kExitDone;
}

std::string bypass_words(const Node& answer) {
  const auto& found = answer.find("bypasses")->items();
  std::string text;
  for (const Node& bypass : found) {
    const Node& deployment = *bypass.find("deployment");
    const std::string owner = member_text(bypass, "owner");
    text += fmt::format("{}  {} in {}: {}\n    owner: {}; deployment {}\n",
                        member_text(deployment, "begin"),
                        render::printable(member_text(deployment, "service")),
                        render::printable(member_text(deployment, "environment")),
                        render::printable(member_text(bypass, "message")),
                        owner.empty() ? "nobody" : render::printable(owner),
                        render::printable(member_text(deployment, "id")));
  }
  text +=
      fmt::format("{} of {} bypassed the gate\n", number_text(static_cast<int64_t>(found.size())),
                  count_text(answer.integer_or("checked", 0), "deployment", "deployments"));
  return text;
}

Result<int> run_bypasses(Invocation& call) {
  TOLLGATE_TRY(const render::DeploymentQuery query, query_of(call));
  TOLLGATE_TRY(Backend* const backend, call.backend());
  TOLLGATE_TRY(const Node answer, ask::bypasses(*backend, query));
  call.print(answer, [&answer] { return bypass_words(answer); });
  return answer.find("bypasses")->items().empty() ? kExitDone : kExitProblems;
}

constexpr OptionDef kService = {
    .name = "service", .value = "NAME", .doc = "Service.", .is_required = true, .is_setting = true};
constexpr OptionDef kEnvironment = {
    .name = "env", .value = "NAME", .doc = "Environment.", .is_required = true, .is_setting = true};
constexpr OptionDef kAt = {.name = "at", .value = "TIME", .doc = "When it happened. Default: now."};

std::vector<OptionDef> list_options() {
  OptionDef service = kService;
  OptionDef environment = kEnvironment;
  service.is_required = environment.is_required = false;
  service.is_setting = environment.is_setting = false;
  service.doc = "Only this service.";
  environment.doc = "Only this environment.";
  return {
      service,
      environment,
      {.name = "since", .value = "TIME", .doc = "Deployments that began from here on."},
      {.name = "until", .value = "TIME", .doc = "Deployments that began before."},
      {.name = "limit", .value = "N", .doc = "At most so many, newest first.", .otherwise = "100"}};
}

}  // namespace

extern const CommandDef audit_bypasses_command = {
    .name = "audit bypasses",
    .group = Group::assurance,
    .summary = "Find deployments that no gate had allowed.",
    .doc =
        "Compares each deployment that was seen with the verdicts about it. One that ran needs an "
        "allow of the same version and commit, given before it began and not more than 24 h "
        "before. Rollbacks need none. Exit 3 if there are bypasses.",
    .examples =
        "tollgate audit bypasses --since 2026-03-01T00:00:00Z\n"
        "tollgate audit bypasses --env production -o json",
    .options = list_options(),
    .formats = "table|plain|json|yaml|ndjson",
    .common = Common::backend,
    .only_reads = true,
    .run = run_bypasses,
};

extern const CommandDef deployment_list_command = {
    .name = "deployment list",
    .group = Group::everyday,
    .summary = "List deployments that were seen, newest first.",
    .doc = "Regions, retries and the views of several senders are merged into one deployment.",
    .examples = "tollgate deployment list --service checkout --env production",
    .options = list_options(),
    .formats = "table|plain|json|yaml|ndjson",
    .common = Common::backend,
    .only_reads = true,
    .run = run_list,
};

extern const CommandDef record_change_command = {
    .name = "record change",
    .group = Group::everyday,
    .summary = "Tell of a change: commits that were merged, or a version that was cut.",
    .doc = "For repositories without webhooks. --contains names the commits of the change.",
    .examples =
        "tollgate record change --service checkout --version 2.4.0 --commit 3f2c1a\n"
        "tollgate record change --service checkout --id 17 --kind merged --commit 3f2c1a "
        "--contains 1a2b3c@2026-03-01T10:00:00Z",
    .options = {kService,
                {.name = "kind",
                 .value = "KIND",
                 .doc = "What happened.",
                 .otherwise = "released",
                 .choices = "pushed|opened|merged|abandoned|released"},
                {.name = "id", .value = "ID", .doc = "Number of the change. Default: its version."},
                {.name = "version", .value = "VERSION", .doc = "Version that was cut."},
                {.name = "commit", .value = "COMMIT", .doc = "Its newest commit."},
                {.name = "ref", .value = "REF", .doc = "Branch or tag."},
                {.name = "contains",
                 .value = "COMMIT[@TIME]",
                 .doc = "A commit in it, with the time it was made.",
                 .is_repeated = true},
                kAt},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_change,
};

extern const CommandDef record_deployment_command = {
    .name = "record deployment",
    .group = Group::everyday,
    .summary = "Tell of a step of a deployment: it runs, succeeded, failed.",
    .doc =
        "For pipelines without webhooks. Steps of one deployment share --id; told late or twice "
        "they change nothing that they should not.",
    .examples =
        "tollgate record deployment --service checkout --env production --version 2.4.0 --status "
        "running\n"
        "tollgate record deployment --service checkout --env production --version 2.4.0",
    .options =
        {kService,
         kEnvironment,
         {.name = "version", .value = "VERSION", .doc = "Version."},
         {.name = "commit", .value = "COMMIT", .doc = "Commit."},
         {.name = "artifact", .value = "DIGEST", .doc = "Artifact, by digest."},
         {.name = "status",
          .value = "STATUS",
          .doc = "What became of it.",
          .otherwise = "succeeded",
          .choices = "pending|running|succeeded|failed|canceled"},
         {.name = "id",
          .value = "ID",
          .doc = "Name of this deployment. Default: its version, else its commit."},
         {.name = "region", .value = "NAME", .doc = "Region that this is a part in."},
         {.name = "kind",
          .value = "KIND",
          .doc = "Why it was made. Default: inferred.",
          .choices = "planned|emergency|hotfix|rollback|rollforward|config|redeploy"},
         {.name = "incident", .value = "ID", .doc = "Incident that it belongs to."},
         {.name = "traffic", .value = "YES", .doc = "Whether users met it.", .choices = "yes|no"},
         kAt,
         {.name = "started", .value = "TIME", .doc = "When it started."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_deployment,
};

extern const CommandDef record_incident_command = {
    .name = "record incident",
    .group = Group::everyday,
    .summary = "Tell of an incident: it was opened, acknowledged, resolved.",
    .doc = "For incident trackers without webhooks.",
    .examples =
        "tollgate record incident --id INC-17 --service checkout --severity 1 --caused-by "
        "2.4.0\ntollgate record incident --id INC-17 --service checkout --status resolved",
    .options = {kService,
                {.name = "id", .value = "ID", .doc = "Its name.", .is_required = true},
                {.name = "env", .value = "NAME", .doc = "Environment."},
                {.name = "status",
                 .value = "STATUS",
                 .doc = "Where it stands.",
                 .otherwise = "opened",
                 .choices = "opened|acknowledged|resolved"},
                {.name = "severity", .value = "TEXT", .doc = "How bad it is."},
                {.name = "title", .value = "TEXT", .doc = "What it is about."},
                {.name = "caused-by", .value = "NAME", .doc = "Version or deployment that did it."},
                kAt},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_incident,
};

}  // namespace tollgate::cli
