// tollgate record backfill: what happened while nobody listened, out of the sender's own API.
#include "app/cli/ask/hooks.hpp"
#include "app/cli/ask/policy.hpp"
#include "app/cli/exit_codes.hpp"
#include "app/cli/invocation.hpp"
#include "app/render/output.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::cli {
namespace {

using doc::Node;

/// Pages of one project; a past that is longer goes on with --cursor.
constexpr int kPagesMax = 10'000;

struct Totals {
  int64_t found = 0;
  int64_t recorded = 0;
  int64_t requests = 0;
  std::vector<std::string> remarks = {};  // what was dropped or skipped, each once
};

/// The projects that are named, or those that the integration's rules name without a star.
Result<std::vector<std::string>> projects_of(const Invocation& call, Backend& backend,
                                             const std::string& integration) {
  std::vector<std::string> projects = call.texts("project");
  if (!projects.empty()) return projects;
  TOLLGATE_TRY(const Node resource, ask::resources(backend, "Integration", integration));
  const Node* spec = resource.find("spec");
  const Node* rules = spec == nullptr ? nullptr : spec->find("rules");
  if (rules != nullptr && rules->is_array()) {
    for (const Node& rule : rules->items()) {
      const std::string project(rule.text_or("project"));
      const bool is_known = std::find(projects.begin(), projects.end(), project) != projects.end();
      if (!project.empty() && project.find('*') == std::string::npos && !is_known)
        projects.push_back(project);
    }
  }
  if (!projects.empty()) return projects;
  return fail(codes::bad_usage,
              "the rules of {} name no project without a star: say which with --project",
              integration);
}

void add_page(const Node& page, Totals& totals) {
  totals.found += page.integer_or("found", 0);
  totals.recorded += page.integer_or("recorded", 0);
  totals.requests += page.integer_or("requests", 0);
  for (const std::string_view list : {"dropped", "skipped"}) {
    for (const Node& remark : page.find(list)->items()) {
      const std::string text = remark.as_text();
      if (std::find(totals.remarks.begin(), totals.remarks.end(), text) == totals.remarks.end())
        totals.remarks.push_back(text);
    }
  }
}

/// Waits until the API lets itself be asked again. Errors: rate_limited with how to go on, if that
/// is longer than --max-wait.
Result<void> be_patient(Invocation& call, const api::BackfillRequest& request, Time until) {
  TOLLGATE_TRY(const Duration longest, call.duration("max-wait"));
  const Duration wait = until - call.terminal().now();
  if (wait > longest) {
    return fail(codes::rate_limited,
                "the API wants no question before {}; go on with --project {} --cursor {}",
                time_text(until), request.project,
                request.cursor.empty() ? "\"\"" : request.cursor);
  }
  if (wait.ms <= 0) return {};
  call.remark(fmt::format("the API asks for patience: {}", duration_words(wait)));
  call.terminal().sleep(wait);
  return {};
}

Result<void> fetch_project(Invocation& call, Backend& backend, const std::string& integration,
                           api::BackfillRequest request, Totals& totals) {
  for (int number = 0; number < kPagesMax; ++number) {
    Result<Node> page = ask::backfill(backend, integration, request);
    if (!page) {
      Error error = page.error();
      error.help = fmt::format("what was recorded stays; go on with --project {} --cursor {}",
                               request.project, request.cursor.empty() ? "\"\"" : request.cursor);
      return fail(std::move(error));
    }
    add_page(*page, totals);
    const std::string_view next = page->text_or("next");
    if (next.empty()) return {};
    request.cursor = next;
    const std::string_view wait_until = page->text_or("wait_until");
    if (!wait_until.empty()) {
      TOLLGATE_TRY(const Time until, parse_time(wait_until));
      TOLLGATE_CHECK(be_patient(call, request, until));
    } else {
      call.remark(fmt::format("{}: {} found, {} recorded so far", request.project, totals.found,
                              totals.recorded));
    }
  }
  return fail(codes::limit_exceeded, "more than {} pages; go on with --project {} --cursor {}",
              kPagesMax, request.project, request.cursor);
}

Result<int> run_backfill(Invocation& call) {
  const std::string integration = call.text("integration");
  TOLLGATE_TRY(Backend* const backend, call.backend());
  api::BackfillRequest request{.cursor = call.text("cursor"), .is_dry_run = call.has("dry-run")};
  TOLLGATE_TRY(request.since, call.time("since"));
  TOLLGATE_TRY(request.until, call.time("until"));
  if (!request.until) request.until = call.terminal().now();
  // In local mode the integration may stand in the folder and nowhere else so far.
  if (backend->remote() == nullptr) TOLLGATE_CHECK(backend->local().governed());
  TOLLGATE_TRY(const std::vector<std::string> projects, projects_of(call, *backend, integration));
  if (!request.cursor.empty() && projects.size() > 1)
    return fail(codes::bad_usage, "a --cursor belongs to one project: name it with --project");
  Totals totals;
  for (const std::string& project : projects) {
    request.project = project;
    TOLLGATE_CHECK(fetch_project(call, *backend, integration, request, totals));
  }
  Node remarks = Node::array();
  for (const std::string& remark : totals.remarks) remarks.push(remark);
  const Node answer = Node::object({{"integration", integration},
                                    {"projects", static_cast<int64_t>(projects.size())},
                                    {"found", totals.found},
                                    {"recorded", totals.recorded},
                                    {"known", totals.found - totals.recorded},
                                    {"requests", totals.requests},
                                    {"dry_run", request.is_dry_run},
                                    {"remarks", std::move(remarks)}});
  call.print(answer, [&] {
    std::string text;
    for (const std::string& remark : totals.remarks)
      text += fmt::format("not recorded: {}\n", render::printable(remark));
    return text + fmt::format("{}, {} {}, {} known already; {} to the API\n",
                              count_text(totals.found, "fact", "facts"),
                              number_text(totals.recorded),
                              request.is_dry_run ? "would be recorded" : "recorded",
                              number_text(totals.found - totals.recorded),
                              count_text(totals.requests, "request", "requests"));
  });
  return kExitDone;
}

}  // namespace

extern const CommandDef record_backfill_command = {
    .name = "record backfill",
    .group = Group::everyday,
    .summary = "Fetch deployments that were missed from a sender's own API.",
    .doc =
        "GitHub (deployments with their statuses), GitLab (deployments) and Jenkins (builds), page "
        "by page with the Integration's api. What webhooks have told already changes nothing, so "
        "that it may be run again, and goes on after a crash. When the API asks for patience it is "
        "waited for up to --max-wait; then the command ends and says how to go on.",
    .examples =
        "tollgate record backfill --integration github --since 2026-01-01T00:00:00Z\n"
        "tollgate record backfill --integration gitlab --project acme/shop --since "
        "2026-03-01T00:00:00Z --until 2026-04-01T00:00:00Z --dry-run",
    .options = {{.name = "integration",
                 .value = "NAME",
                 .doc = "Integration whose API is asked.",
                 .is_required = true},
                {.name = "since",
                 .value = "TIME",
                 .doc = "What happened from then on.",
                 .is_required = true},
                {.name = "until", .value = "TIME", .doc = "What happened before. Default: now."},
                {.name = "project",
                 .value = "PROJECT",
                 .doc = "Project as the sender names it; else those of the integration's rules.",
                 .is_repeated = true},
                {.name = "cursor", .value = "CURSOR", .doc = "Where an earlier run ended."},
                {.name = "max-wait",
                 .value = "SPAN",
                 .doc = "How long to wait when the API asks for patience.",
                 .otherwise = "15m"},
                {.name = "dry-run", .doc = "Record nothing; say what would be."}},
    .formats = "table|plain|json|yaml",
    .common = Common::backend,
    .run = run_backfill,
};

}  // namespace tollgate::cli
