// GitHub's REST API: deployments with their statuses, runs and jobs of workflows. Answers hold the
// same objects as deliveries do, so the translator of deliveries reads them.
// Source: GitHub's REST documentation (2022-11-28).
#include "edge/deliver/github_app.hpp"
#include "edge/vendors/api.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::vendors {
namespace {

using doc::Node;

/// Deployments of one page; each costs a request for its statuses.
constexpr int64_t kPageSize = 20;
constexpr int64_t kStatusesMax = 100;

/// "acme/checkout" and nothing that would change an address.
Result<void> check_project(std::string_view project) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
  const bool is_plain = project.find_first_not_of(kPlain) == std::string_view::npos &&
                        std::count(project.begin(), project.end(), '/') == 1 &&
                        !project.starts_with('/') && !project.ends_with('/') &&
                        project.find("..") == std::string_view::npos;
  if (is_plain) return {};
  return fail(codes::bad_value, "\"{}\" is no repository of GitHub: OWNER/NAME", project);
}

Result<Headers> login(const model::Integration& integration, const Outside& outside,
                      const std::string& project, std::string_view permission) {
  TOLLGATE_TRY(const std::string address, api_address(integration));
  TOLLGATE_TRY(const std::string token,
               deliver::github_token({.api = address,
                                      .token = integration.api->token,
                                      .app_id = integration.api->app_id,
                                      .private_key = integration.api->private_key,
                                      .project = project},
                                     outside, permission, "read"));
  return deliver::github_headers(token);
}

Node repository(const std::string& project) { return Node::object({{"full_name", project}}); }

/// The deployment and each of its statuses, oldest first.
Result<std::vector<model::Observation>> read_deployment(const Node& deployment,
                                                        const Node& statuses,
                                                        const std::string& project) {
  const auto keep_deployments = [](std::vector<model::Observation>& all,
                                   std::vector<model::Observation> more) {
    for (model::Observation& one : more) {
      if (std::holds_alternative<model::DeploymentObserved>(one)) all.push_back(std::move(one));
    }
  };
  std::vector<model::Observation> all;
  Node body = Node::object(
      {{"action", "created"}, {"deployment", deployment}, {"repository", repository(project)}});
  TOLLGATE_TRY(auto created, as_delivery(model::Sender::github, "deployment", body));
  keep_deployments(all, std::move(created));
  if (!statuses.is_array()) return all;
  for (auto status = statuses.items().rbegin(); status != statuses.items().rend(); ++status) {
    body.set("deployment_status", *status);
    TOLLGATE_TRY(auto told, as_delivery(model::Sender::github, "deployment_status", body));
    keep_deployments(all, std::move(told));
  }
  return all;
}

Result<model::Observation> confirm_deployment(const model::Integration& integration,
                                              const model::DeploymentObserved& told,
                                              const Outside& outside) {
  TOLLGATE_CHECK(check_project(told.project));
  TOLLGATE_CHECK(parse_integer(told.id));
  TOLLGATE_TRY(const Headers headers, login(integration, outside, told.project, "deployments"));
  const std::string path = fmt::format("/repos/{}/deployments/{}", told.project, told.id);
  TOLLGATE_TRY(const ApiAnswer deployment, get_api(integration, outside, path, headers));
  TOLLGATE_TRY(const ApiAnswer statuses,
               get_api(integration, outside,
                       fmt::format("{}/statuses?per_page={}", path, kStatusesMax), headers));
  TOLLGATE_TRY(const auto found, read_deployment(deployment.body, statuses.body, told.project));
  Result<model::Observation> last = fail(codes::not_found, "GitHub tells nothing of {}", told.id);
  // One of the steps must be the one that was told.
  for (auto step = found.rbegin(); step != found.rend(); ++step) {
    last = agree(told, *step);
    const bool is_same_step =
        last && std::get<model::DeploymentObserved>(*step).status == told.status;
    if (is_same_step) return last;
  }
  return last;
}

Result<model::Observation> confirm_run(const model::Integration& integration,
                                       const model::PipelineObserved& told,
                                       const Outside& outside) {
  TOLLGATE_CHECK(check_project(told.project));
  const bool is_job = told.id.starts_with("job/");
  const std::string number = told.id.substr(told.id.find('/') + 1);
  TOLLGATE_CHECK(parse_integer(number));
  TOLLGATE_TRY(const Headers headers, login(integration, outside, told.project, "actions"));
  TOLLGATE_TRY(const ApiAnswer run, get_api(integration, outside,
                                            fmt::format("/repos/{}/actions/{}/{}", told.project,
                                                        is_job ? "jobs" : "runs", number),
                                            headers));
  const std::string member = is_job ? "workflow_job" : "workflow_run";
  const Node body = Node::object({{member, run.body}, {"repository", repository(told.project)}});
  TOLLGATE_TRY(const auto found, as_delivery(model::Sender::github, member, body));
  return agree_with_one(told, found);
}

Result<model::Observation> confirm(const model::Integration& integration,
                                   const model::Observation& observation, const Outside& outside) {
  const auto* deployment = std::get_if<model::DeploymentObserved>(&observation);
  if (deployment != nullptr && deployment->id.find('/') != std::string::npos) {
    TOLLGATE_CHECK(confirm_run(integration, as_run(*deployment), outside));
    return observation;
  }
  if (deployment != nullptr) return confirm_deployment(integration, *deployment, outside);
  if (const auto* run = std::get_if<model::PipelineObserved>(&observation))
    return confirm_run(integration, *run, outside);
  return fail(codes::bad_value, "GitHub is asked about deployments and runs only");
}

/// Adds a deployment with its statuses. True if the API asks for patience.
Result<bool> add_deployment(const model::Integration& integration, const Outside& outside,
                            const Headers& headers, const std::string& project,
                            const Node& deployment, BackfillPage& page) {
  const int64_t id = deployment.integer_or("id", -1);
  ++page.requests;
  TOLLGATE_TRY(const ApiAnswer statuses,
               ask_api(integration, outside,
                       fmt::format("/repos/{}/deployments/{}/statuses?per_page={}", project, id,
                                   kStatusesMax),
                       headers));
  page.wait_until = rate_limit(statuses, outside.clock.now());
  if (page.wait_until) return true;
  if (statuses.status != 200) {
    page.skipped.push_back(
        fmt::format("deployment {}: its statuses were answered with {}", id, statuses.status));
    return false;
  }
  auto records = read_deployment(deployment, statuses.body, project);
  if (!records) {
    page.skipped.push_back(fmt::format("deployment {}: {}", id, records.error().message));
    return false;
  }
  for (model::Observation& record : *records) page.records.push_back(std::move(record));
  return false;
}

Result<BackfillPage> backfill(const model::Integration& integration,
                              const BackfillQuestion& question, const Outside& outside) {
  TOLLGATE_CHECK(check_project(question.project));
  int64_t number = 1;
  if (!question.cursor.empty()) {
    TOLLGATE_TRY(number, parse_integer(question.cursor));
  }
  BackfillPage page{.next = std::to_string(number)};
  TOLLGATE_TRY(const Headers headers, login(integration, outside, question.project, "deployments"));
  ++page.requests;
  TOLLGATE_TRY(const ApiAnswer list,
               ask_api(integration, outside,
                       fmt::format("/repos/{}/deployments?per_page={}&page={}", question.project,
                                   kPageSize, number),
                       headers));
  page.wait_until = rate_limit(list, outside.clock.now());
  if (page.wait_until) return page;
  if (list.status != 200 || !list.body.is_array()) {
    return fail(deliver::is_final(list.status) ? codes::bad_value : codes::bad_response,
                "GitHub answered {} for the deployments of {}", list.status, question.project);
  }
  bool is_last = static_cast<int64_t>(list.body.items().size()) < kPageSize;
  // Newest first, by the time they were made.
  for (const Node& deployment : list.body.items()) {
    const auto made = parse_time(deployment.text_or("created_at"));
    if (made && *made >= question.until) continue;
    if (made && *made < question.since) {
      is_last = true;
      break;
    }
    TOLLGATE_TRY(const bool must_wait,
                 add_deployment(integration, outside, headers, question.project, deployment, page));
    if (must_wait) return page;  // the same page again, later
  }
  page.next = is_last ? "" : std::to_string(number + 1);
  return page;
}

}  // namespace

extern const VendorDef kGithub = {
    .sender = model::Sender::github,
    .doc = "Deployments with their statuses, runs and jobs of workflows.",
    .confirm = confirm,
    .backfill = backfill};

}  // namespace tollgate::vendors
