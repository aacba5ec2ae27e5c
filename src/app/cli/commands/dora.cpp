// tollgate dora: delivery figures from the ledger, a git repository, an export of one, or a CSV
// file.
#include "app/cli/ask/deliveries.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/cli/local.hpp"
#include "app/render/delivery.hpp"
#include "app/render/dora_survey.hpp"
#include "app/render/service_delivery.hpp"
#include "app/wiring/project.hpp"
#include "app/wiring/wiring.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::cli {
namespace {

using doc::Node;

Result<delivery::FigureRules> figure_rules(const Invocation& call) {
  delivery::FigureRules rules;
  TOLLGATE_TRY(rules.since, call.time("since"));
  TOLLGATE_TRY(rules.until, call.time("until"));
  if (rules.since && rules.until && *rules.since >= *rules.until)
    return fail(codes::bad_usage, "--since {} is not before --until {}", call.text("since"),
                call.text("until"));
  TOLLGATE_TRY(const std::optional<Time> as_of, call.time("as-of"));
  rules.now = as_of.value_or(call.terminal().now());
  TOLLGATE_TRY(rules.bake, call.duration("bake"));
  if (call.text("definition") == "lead-time@2")
    rules.lead_time = delivery::LeadTimeVersion::changes;
  if (call.text("basis") == "author") rules.basis = delivery::LeadTimeBasis::authored;
  return rules;
}

/// The index goes where the data is, if there is such a place: looking at a repository leaves
/// nothing behind in it.
std::string index_folder(const Invocation& call) {
  const std::string folder = data_dir_of(call);
  return call.has("data-dir") || folder_exists(folder) ? folder + "/git" : std::string();
}

/// From the records of the ledger or of a CSV file.
Result<int> run_records(Invocation& call) {
  render::DoraQuery query{
      .service = call.text("service"), .team = call.text("team"), .environment = call.text("env")};
  TOLLGATE_TRY(query.since, call.time("since"));
  TOLLGATE_TRY(query.until, call.time("until"));
  TOLLGATE_TRY(query.bake, call.duration("bake"));
  TOLLGATE_TRY(query.year, call.integer("year"));
  query.by = delivery::parse_period_length(call.text("by"));
  query.zone = call.text("zone");
  if (call.has("at-position")) {
    TOLLGATE_TRY(query.at_position, call.integer("at-position"));
  }
  Node answer;
  if (call.has("csv")) {
    TOLLGATE_TRY(const std::optional<Time> as_of, call.time("as-of"));
    TOLLGATE_TRY(const delivery::DeliveryRecords records,
                 wiring::read_deliveries(call.text("csv")));
    const model::Bundle no_policy;
    TOLLGATE_TRY(
        answer,
        render::dora_json(
            records,
            {.policy = no_policy,
             .find_zone = [](const std::string& name) { return wiring::system_zones().zone(name); },
             .now = as_of.value_or(call.terminal().now())},
            query));
  } else {
    TOLLGATE_TRY(Backend* const backend, call.backend());
    TOLLGATE_TRY(answer, ask::dora(*backend, query));
  }
  if (call.has("survey")) {
    TOLLGATE_TRY(const std::string text, read_file(call.text("survey")));
    TOLLGATE_TRY(Node survey, render::survey_json(*answer.find("all"), text, call.text("survey"),
                                                  call.text("group")));
    answer.set("survey", std::move(survey));
  }
  call.print(answer, [&] {
    if (!call.is_format("plain")) {
      const Node* survey = answer.find("survey");
      return render::dora_text(answer, call.palette()) +
             (survey == nullptr ? std::string() : render::survey_text(*survey));
    }
    return render::plain_text(query.by ? render::dora_trend_table(answer)
                                       : render::dora_table(answer));
  });
  return kExitDone;
}

Result<int> run_project(Invocation& call) {
  wiring::ProjectQuestion question;
  question.repository = call.text("git");
  question.commits_file = call.text("commits");
  question.tags_file = call.text("tags");
  const bool has_export = !question.commits_file.empty() && !question.tags_file.empty();
  if (question.repository.empty() == !has_export)
    return fail(codes::bad_usage,
                "name a repository with --git DIR, or an export with both "
                "--commits FILE and --tags FILE");
  question.paths = call.texts("path");
  question.counts_branches = call.has("branches");
  question.releases.prefix = call.text("prefix");
  question.releases.takes_pre_releases = call.has("pre-releases");
  question.by = delivery::parse_period_length(call.text("by"));
  question.index_folder = index_folder(call);
  TOLLGATE_TRY(question.figures, figure_rules(call));
  TOLLGATE_TRY(const delivery::ProjectReport report, wiring::report_on_project(question));
  const Node answer = render::project_json(report);
  call.print(answer, [&] {
    return call.is_format("plain") && question.by ? render::plain_text(render::trend_table(answer))
                                                  : render::project_text(answer, call.palette());
  });
  return kExitDone;
}

Result<int> run_dora(Invocation& call) {
  const bool is_project = call.has("git") || call.has("commits") || call.has("tags");
  return is_project ? run_project(call) : run_records(call);
}

}  // namespace

extern const CommandDef dora_command = {
    .name = "dora",
    .group = Group::assurance,
    .summary = "Show delivery figures: how often, how fast, and how many releases failed.",
    .doc =
        "From the deployments, incidents and changes that the ledger knows, or from a CSV file of "
        "them. With --git, from tags and commits of a repository: a release is a tag that is a "
        "version behind the prefix, a lead time runs from a commit to the first release that "
        "contains it. docs/DORA.md has the definitions.",
    .examples =
        "tollgate dora --service checkout --since 2026-01-01T00:00Z\n"
        "tollgate dora --service checkout --by week --zone Europe/Berlin\n"
        "tollgate dora --csv deployments.csv\n"
        "tollgate dora --git .\n"
        "tollgate dora --git . --since 2026-01-01T00:00Z --by month\n"
        "tollgate dora --git . --prefix checkout- --path services/checkout -o json\n"
        "tollgate dora --commits flask.allcommits.tsv.gz --tags flask.tags.tsv",
    .options = {{.name = "service", .value = "NAME", .doc = "Only this service."},
                {.name = "team", .value = "NAME", .doc = "Only services of this team."},
                {.name = "env",
                 .value = "NAME",
                 .doc = "Only this environment; else those of production.",
                 .is_setting = true},
                {.name = "at-position",
                 .value = "N",
                 .doc = "As known when the ledger ended with this position."},
                {.name = "csv", .value = "FILE", .doc = "Deployments, one a row."},
                {.name = "year",
                 .value = "YEAR",
                 .doc = "Survey whose clusters are named.",
                 .otherwise = "2024"},
                {.name = "survey",
                 .value = "FILE",
                 .doc = "Averages of an industry or size, as dora.dev publishes them (JSON)."},
                {.name = "group",
                 .value = "NAME",
                 .doc = "Which industry or size of them.",
                 .otherwise = "all"},
                {.name = "git", .value = "DIR", .doc = "Repository, or a folder in it."},
                {.name = "commits",
                 .value = "FILE",
                 .doc = "Export: hash, parents, author date, commit date, subject; tabs, maybe "
                        "gzip."},
                {.name = "tags",
                 .value = "FILE",
                 .doc = "Export: name, date, peeled commit or nothing, object; tabs."},
                {.name = "prefix", .value = "TEXT", .doc = "What stands before the version."},
                {.name = "path",
                 .value = "PATH",
                 .doc = "Count only commits that change something below it.",
                 .is_repeated = true},
                {.name = "branches", .doc = "Release branches are the releases, not tags."},
                {.name = "pre-releases", .doc = "1.0.0-rc.1 is a release, too."},
                {.name = "since", .value = "TIME", .doc = "Releases from then on."},
                {.name = "until", .value = "TIME", .doc = "Releases before then."},
                {.name = "by",
                 .value = "PERIOD",
                 .doc = "Also each period on its own.",
                 .choices = "day|week|month|quarter|year"},
                {.name = "zone",
                 .value = "ZONE",
                 .doc =
                     "Zone of days and weeks; else that of the services' label timeZone, or UTC. "
                     "With --git it is UTC."},
                {.name = "definition",
                 .value = "NAME",
                 .doc = "lead-time@2 counts a cherry-pick with its original, and nothing that was "
                        "taken back before.",
                 .otherwise = "lead-time@1",
                 .choices = "lead-time@1|lead-time@2"},
                {.name = "basis",
                 .value = "DATE",
                 .doc = "Date of a commit that its lead time begins with.",
                 .otherwise = "commit",
                 .choices = "commit|author"},
                {.name = "bake",
                 .value = "SPAN",
                 .doc = "Younger releases may still fail: undetermined.",
                 .otherwise = "7d"},
                {.name = "as-of", .value = "TIME", .doc = "Judge ages as at that time."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .only_reads = true,
    .run = run_dora,
};

}  // namespace tollgate::cli
