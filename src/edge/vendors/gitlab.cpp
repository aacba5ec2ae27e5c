// GitLab's REST API: deployments, jobs and pipelines, brought into the form of its hooks so that
// the translator of hooks reads them. Source: GitLab's REST documentation.
#include "edge/vendors/api.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"

#include <array>
#include <utility>

namespace tollgate::vendors {
namespace {

using doc::Node;

constexpr int64_t kPageSize = 50;
/// Deployments that are looked through for the one of a job.
constexpr int64_t kLookThrough = 100;

Result<Headers> login(const model::Integration& integration) {
  TOLLGATE_TRY(const std::string token, api_secret(integration, integration.api->token));
  return Headers{{"private-token", token}};
}

std::string project_path(const std::string& project) {
  return "/projects/" + percent_encode(project);
}

Node copy_of(const Node& node, std::string_view key) {
  const Node* found = node.is_object() ? node.find(key) : nullptr;
  return found == nullptr ? Node() : *found;
}

/// A deployment of the API as the hook tells it.
Node deployment_hook(const Node& deployment, const std::string& project) {
  const Node deployable = copy_of(deployment, "deployable");
  Node at = copy_of(deployable, "finished_at");
  const std::string_view status = deployment.text_or("status");
  if (status == "running") at = copy_of(deployable, "started_at");
  if (at.is_null()) at = copy_of(deployment, "updated_at");
  if (at.is_null()) at = copy_of(deployment, "created_at");
  return Node::object({{"object_kind", "deployment"},
                       {"status", status},
                       {"status_changed_at", std::move(at)},
                       {"deployment_id", copy_of(deployment, "id")},
                       {"deployable_id", copy_of(deployable, "id")},
                       {"environment", copy_of(deployment, "environment").is_object()
                                           ? copy_of(copy_of(deployment, "environment"), "name")
                                           : Node()},
                       {"ref", copy_of(deployment, "ref")},
                       {"commit_url", fmt::format("commit/{}", deployment.text_or("sha"))},
                       {"user", copy_of(deployment, "user")},
                       {"project", Node::object({{"path_with_namespace", project}})}});
}

/// A job of the API as the hook tells it.
Node job_hook(const Node& job, const std::string& project) {
  return Node::object({{"object_kind", "build"},
                       {"build_id", copy_of(job, "id")},
                       {"build_name", copy_of(job, "name")},
                       {"build_status", copy_of(job, "status")},
                       {"build_created_at", copy_of(job, "created_at")},
                       {"build_started_at", copy_of(job, "started_at")},
                       {"build_finished_at", copy_of(job, "finished_at")},
                       {"pipeline_id", copy_of(copy_of(job, "pipeline"), "id")},
                       {"sha", copy_of(copy_of(job, "commit"), "id")},
                       {"ref", copy_of(job, "ref")},
                       {"project", Node::object({{"path_with_namespace", project}})}});
}

Node pipeline_hook(const Node& pipeline, const std::string& project) {
  return Node::object({{"object_kind", "pipeline"},
                       {"object_attributes", pipeline},
                       {"project", Node::object({{"path_with_namespace", project}})}});
}

Result<std::vector<model::Observation>> deployments_of(const Node& answer,
                                                       const std::string& project) {
  TOLLGATE_TRY(auto records,
               as_delivery(model::Sender::gitlab, "deployment", deployment_hook(answer, project)));
  std::erase_if(records, [](const model::Observation& record) {
    return !std::holds_alternative<model::DeploymentObserved>(record);
  });
  return records;
}

Result<model::Observation> confirm_deployment(const model::Integration& integration,
                                              const model::DeploymentObserved& told,
                                              const Outside& outside) {
  TOLLGATE_TRY(const Headers headers, login(integration));
  const std::string number = told.id.substr(told.id.find('/') + 1);
  TOLLGATE_CHECK(parse_integer(number));
  const std::string path = project_path(told.project) + "/deployments";
  std::vector<model::Observation> found;
  if (told.id.starts_with("deployment/")) {
    TOLLGATE_TRY(const ApiAnswer answer,
                 get_api(integration, outside, path + "/" + number, headers));
    TOLLGATE_TRY(found, deployments_of(answer.body, told.project));
    return agree_with_one(told, found);
  }
  TOLLGATE_TRY(const ApiAnswer answer,
               get_api(integration, outside,
                       fmt::format("{}?environment={}&order_by=id&sort=desc&per_page={}", path,
                                   percent_encode(told.sender_environment), kLookThrough),
                       headers));
  if (!answer.body.is_array())
    return fail(codes::bad_response, "the API of {} gave no list", integration.name);
  for (const Node& deployment : answer.body.items()) {
    if (copy_of(deployment, "deployable").integer_or("id", -1) != *parse_integer(number)) continue;
    TOLLGATE_TRY(found, deployments_of(deployment, told.project));
    return agree_with_one(told, found);
  }
  return fail(codes::not_found, "none of the newest {} deployments to {} is of {}", kLookThrough,
              told.sender_environment, told.id);
}

Result<model::Observation> confirm_run(const model::Integration& integration,
                                       const model::PipelineObserved& told,
                                       const Outside& outside) {
  TOLLGATE_TRY(const Headers headers, login(integration));
  const bool is_job = told.id.starts_with("job/");
  const std::string number = told.id.substr(told.id.find('/') + 1);
  TOLLGATE_CHECK(parse_integer(number));
  TOLLGATE_TRY(const ApiAnswer answer, get_api(integration, outside,
                                               fmt::format("{}/{}/{}", project_path(told.project),
                                                           is_job ? "jobs" : "pipelines", number),
                                               headers));
  TOLLGATE_TRY(const auto found, as_delivery(model::Sender::gitlab, is_job ? "job" : "pipeline",
                                             is_job ? job_hook(answer.body, told.project)
                                                    : pipeline_hook(answer.body, told.project)));
  return agree_with_one(told, found);
}

Result<model::Observation> confirm(const model::Integration& integration,
                                   const model::Observation& observation, const Outside& outside) {
  const auto* deployment = std::get_if<model::DeploymentObserved>(&observation);
  // A rule made a deployment of a pipeline or job that names no environment.
  if (deployment != nullptr && deployment->sender_environment.empty()) {
    TOLLGATE_CHECK(confirm_run(integration, as_run(*deployment), outside));
    return observation;
  }
  if (deployment != nullptr) return confirm_deployment(integration, *deployment, outside);
  if (const auto* run = std::get_if<model::PipelineObserved>(&observation))
    return confirm_run(integration, *run, outside);
  return fail(codes::bad_value, "GitLab is asked about deployments, jobs and pipelines only");
}

Result<BackfillPage> backfill(const model::Integration& integration,
                              const BackfillQuestion& question, const Outside& outside) {
  int64_t number = 1;
  if (!question.cursor.empty()) {
    TOLLGATE_TRY(number, parse_integer(question.cursor));
  }
  TOLLGATE_TRY(const Headers headers, login(integration));
  BackfillPage page{.next = std::to_string(number), .requests = 1};
  TOLLGATE_TRY(
      const ApiAnswer list,
      ask_api(integration, outside,
              fmt::format("{}/deployments?updated_after={}&updated_before={}&order_by=updated_at"
                          "&sort=asc&per_page={}&page={}",
                          project_path(question.project), percent_encode(time_text(question.since)),
                          percent_encode(time_text(question.until)), kPageSize, number),
              headers));
  page.wait_until = rate_limit(list, outside.clock.now());
  if (page.wait_until) return page;
  if (list.status != 200 || !list.body.is_array()) {
    return fail(deliver::is_final(list.status) ? codes::bad_value : codes::bad_response,
                "GitLab answered {} for the deployments of {}", list.status, question.project);
  }
  for (const Node& deployment : list.body.items()) {
    auto records = deployments_of(deployment, question.project);
    if (!records) {
      page.skipped.push_back(fmt::format("deployment {}: {}", deployment.integer_or("id", -1),
                                         records.error().message));
      continue;
    }
    for (model::Observation& record : *records) page.records.push_back(std::move(record));
  }
  page.next = std::string(list.header("x-next-page"));
  return page;
}

}  // namespace

extern const VendorDef kGitlab = {.sender = model::Sender::gitlab,
                                  .doc = "Deployments, jobs and pipelines.",
                                  .confirm = confirm,
                                  .backfill = backfill};

}  // namespace tollgate::vendors
