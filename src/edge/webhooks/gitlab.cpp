// GitLab: deployments, pipelines, jobs, merge requests, pushes, tags, releases, and external status
// checks that ask for an answer. A deployment, its job and the pipeline's entry for that job share
// one identifier, so that whichever of the three hooks is set up, they tell of one deployment.
// Source: GitLab's webhook documentation.
#include "edge/webhooks/fields.hpp"
#include "edge/webhooks/sender.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>

namespace tollgate::webhooks {
namespace {

using doc::Node;
using model::DeploymentStatus;
using model::RunStatus;

constexpr std::array<SchemeDef, 2> kSchemes = {
    {{.scheme = Scheme::standard_webhooks, .header = "webhook-signature"},
     {.scheme = Scheme::token, .header = "x-gitlab-token"}}};

constexpr std::array<EventDef, 7> kEvents = {
    {{"deployment", "deployment; a question if it is blocked"},
     {"job", "pipeline, and a deployment if the job has an environment"},
     {"merge_request",
      "change: opened, merged or abandoned; a question if it is an external status check"},
     {"pipeline", "pipeline, and a deployment for each job with an environment"},
     {"push", "change: pushed commits"},
     {"release", "change: released"},
     {"tag_push", "change: released"}}};

std::string kind_of(const Node& body) { return text_at(body, "object_kind"); }

std::string event_of(const Delivery& delivery, const Node& body) {
  const std::string kind = kind_of(body);
  if (kind == "build") return "job";
  if (!kind.empty()) return kind;
  const std::string name = text_at(body, "event_name");
  if (!name.empty()) return name;
  const std::string_view header = delivery.header("x-gitlab-event");
  return header.empty() ? delivery.event : std::string(header);
}

std::string delivery_of(const Delivery& delivery, const Node&) {
  for (const std::string_view name : {"webhook-id", "idempotency-key", "x-gitlab-event-uuid"}) {
    const std::string_view value = delivery.header(name);
    if (!value.empty()) return std::string(value);
  }
  return {};
}

/// "group/project"; older job hooks tell it only as part of the repository's page.
std::string project_of(const Node& body) {
  const std::string path = text_at(body, "project/path_with_namespace");
  if (!path.empty()) return path;
  const std::string page = text_at(body, "repository/homepage");
  const size_t host = page.find("://");
  const size_t slash = host == std::string::npos ? host : page.find('/', host + 3);
  if (slash != std::string::npos) return page.substr(slash + 1);
  return text_at(body, "project_id");
}

std::optional<DeploymentStatus> deployment_status(const std::string& status) {
  if (status == "created" || status == "blocked" || status == "pending" || status == "manual" ||
      status == "scheduled" || status == "waiting_for_resource" || status == "preparing" ||
      status == "waiting_for_callback") {
    return DeploymentStatus::pending;
  }
  if (status == "running") return DeploymentStatus::running;
  if (status == "success") return DeploymentStatus::succeeded;
  if (status == "failed") return DeploymentStatus::failed;
  if (status == "canceled" || status == "canceling") return DeploymentStatus::canceled;
  return std::nullopt;  // skipped, and what may come
}

std::optional<RunStatus> run_status(const std::string& status) {
  if (status == "skipped") return RunStatus::skipped;
  const auto known = deployment_status(status);
  if (!known) return std::nullopt;
  switch (*known) {
    case DeploymentStatus::pending:
      return RunStatus::pending;
    case DeploymentStatus::running:
      return RunStatus::running;
    case DeploymentStatus::succeeded:
      return RunStatus::succeeded;
    case DeploymentStatus::failed:
      return RunStatus::failed;
    case DeploymentStatus::canceled:
      return RunStatus::canceled;
  }
  return std::nullopt;
}

Result<Translation> translate_deployment(const Node& body) {
  TOLLGATE_TRY(const std::string status, required_text(body, "status"));
  const auto known = deployment_status(status);
  if (!known) return ignored(fmt::format("deployments that are \"{}\" did not happen", status));
  model::DeploymentObserved observed;
  observed.status = *known;
  TOLLGATE_TRY(const std::string id, required_text(body, "deployment_id"));
  const std::string job = text_at(body, "deployable_id");
  observed.id = job.empty() ? "deployment/" + id : "job/" + job;
  observed.project = project_of(body);
  TOLLGATE_TRY(observed.sender_environment, required_text(body, "environment"));
  TOLLGATE_TRY(observed.at, time_at(body, {"status_changed_at"}));
  // The whole SHA stands only in the address of the commit.
  observed.commit = last_part(text_at(body, "commit_url"));
  if (observed.commit.empty()) observed.commit = text_at(body, "short_sha");
  observed.ref = text_at(body, "ref");
  observed.version = version_of_ref(observed.ref);
  observed.by = text_at(body, "user/username");
  observed.url = text_at(body, "deployable_url");
  Translation translation;
  // A blocked deployment waits for an approval: the gate decides about it.
  if (status == "blocked") {
    model::QuestionReceived question;
    question.project = observed.project;
    question.sender_environment = observed.sender_environment;
    question.id = "deployment/" + id;
    question.request.commit = observed.commit;
    question.request.version = observed.version.empty() ? observed.commit : observed.version;
    question.answer = {{"form", "gitlab-deployment-approval"}, {"deployment", id}};
    const std::string project = text_at(body, "project/id");
    if (!project.empty()) question.answer["project"] = project;
    if (!job.empty()) question.answer["job"] = job;
    question.at = observed.at;
    if (!question.request.version.empty()) translation.records.emplace_back(std::move(question));
  }
  translation.records.insert(translation.records.begin(), std::move(observed));
  return translation;
}

/// True for jobs that bring something into an environment, and not for those that stop, prepare or
/// only look at one.
bool deploys(const Node* environment) {
  if (environment == nullptr || !environment->is_object()) return false;
  const std::string action = text_at(*environment, "action");
  return action.empty() || action == "start";
}

Result<Translation> translate_job(const Node& body) {
  TOLLGATE_TRY(const std::string id, required_text(body, "build_id"));
  TOLLGATE_TRY(const std::string status, required_text(body, "build_status"));
  const auto known = run_status(status);
  if (!known) return ignored(fmt::format("the status \"{}\" of a job is not known here", status));
  model::PipelineObserved observed;
  observed.id = "job/" + id;
  observed.attempt = body.integer_or("retries_count", 0) + 1;
  observed.project = project_of(body);
  observed.name = text_at(body, "build_name");
  observed.status = *known;
  observed.commit = text_at(body, "sha");
  observed.ref = text_at(body, "ref");
  TOLLGATE_TRY(observed.started, optional_time(body, {"build_started_at_iso", "build_started_at"}));
  TOLLGATE_TRY(observed.ended, optional_time(body, {"build_finished_at_iso", "build_finished_at"}));
  TOLLGATE_TRY(observed.at,
               time_at(body, {"build_finished_at_iso", "build_finished_at", "build_started_at_iso",
                              "build_started_at", "build_created_at_iso", "build_created_at"}));
  Translation translation;
  const Node* environment = value_at(body, "environment");
  const auto deployed = deployment_status(status);
  if (deploys(environment) && deployed) {
    const std::string pipeline = text_at(body, "pipeline_id");
    translation.records.emplace_back(
        model::DeploymentObserved{.project = observed.project,
                                  .sender_environment = text_at(*environment, "name"),
                                  .id = observed.id,
                                  .run = pipeline.empty() ? "" : "pipeline/" + pipeline,
                                  .status = *deployed,
                                  .at = observed.at,
                                  .started = observed.started,
                                  .version = version_of_ref(observed.ref),
                                  .commit = observed.commit,
                                  .ref = observed.ref,
                                  .by = text_at(body, "user/username")});
  }
  translation.records.emplace_back(std::move(observed));
  return translation;
}

/// The entry of a pipeline hook for one job that deploys.
Result<void> add_build(const Node& build, const model::PipelineObserved& pipeline,
                       Translation& translation) {
  const Node* environment = value_at(build, "environment");
  const auto status = deployment_status(text_at(build, "status"));
  if (!deploys(environment) || !status) return {};
  model::DeploymentObserved observed;
  TOLLGATE_TRY(const std::string id, required_text(build, "id"));
  observed.id = "job/" + id;
  observed.project = pipeline.project;
  observed.sender_environment = text_at(*environment, "name");
  observed.run = pipeline.id;
  observed.status = *status;
  TOLLGATE_TRY(observed.at, time_at(build, {"finished_at", "started_at", "created_at"}));
  TOLLGATE_TRY(observed.started, optional_time(build, {"started_at"}));
  observed.commit = pipeline.commit;
  observed.ref = pipeline.ref;
  observed.version = version_of_ref(pipeline.ref);
  observed.by = text_at(build, "user/username");
  translation.records.emplace_back(std::move(observed));
  return {};
}

Result<Translation> translate_pipeline(const Node& body) {
  TOLLGATE_TRY(const std::string id, required_text(body, "object_attributes/id"));
  TOLLGATE_TRY(const std::string status, required_text(body, "object_attributes/status"));
  const auto known = run_status(status);
  if (!known) {
    return ignored(fmt::format("the status \"{}\" of a pipeline is not known here", status));
  }
  model::PipelineObserved observed;
  observed.id = "pipeline/" + id;
  observed.project = project_of(body);
  observed.name = text_at(body, "object_attributes/name");
  if (observed.name.empty()) observed.name = text_at(body, "object_attributes/source");
  observed.status = *known;
  observed.commit = text_at(body, "object_attributes/sha");
  observed.ref = text_at(body, "object_attributes/ref");
  observed.url = text_at(body, "object_attributes/url");
  TOLLGATE_TRY(observed.started, optional_time(body, {"object_attributes/created_at"}));
  TOLLGATE_TRY(observed.ended, optional_time(body, {"object_attributes/finished_at"}));
  TOLLGATE_TRY(observed.at,
               time_at(body, {"object_attributes/finished_at", "object_attributes/created_at"}));
  Translation translation;
  const Node* builds = value_at(body, "builds");
  if (builds != nullptr && builds->is_array()) {
    for (const Node& build : builds->items()) {
      TOLLGATE_CHECK(add_build(build, observed, translation));
    }
  }
  translation.records.emplace_back(std::move(observed));
  return translation;
}

Result<Translation> translate_push(const Delivery& delivery, const Node& body, bool is_tag) {
  TOLLGATE_TRY(const std::string ref, required_text(body, "ref"));
  const std::string after = text_at(body, "after");
  if (after.empty() || after.find_first_not_of('0') == std::string::npos)
    return ignored("a branch or tag was deleted");
  model::ChangeObserved observed;
  observed.project = project_of(body);
  observed.kind = is_tag ? model::ChangeKind::released : model::ChangeKind::pushed;
  observed.commit = text_at(body, "checkout_sha");
  if (observed.commit.empty()) observed.commit = after;
  observed.ref = short_ref(ref);
  observed.id = is_tag ? observed.ref : observed.ref + "@" + observed.commit;
  if (is_tag) observed.version = observed.ref;
  std::optional<Time> newest;
  const Node* commits = value_at(body, "commits");
  if (commits != nullptr && commits->is_array()) {
    for (const Node& commit : commits->items()) {
      if (observed.commits.size() >= model::kChangeCommitsMax) break;
      TOLLGATE_TRY(const std::string id, required_text(commit, "id"));
      TOLLGATE_TRY(const std::optional<Time> at, optional_time(commit, {"timestamp"}));
      if (at) newest = std::max(newest.value_or(*at), *at);
      observed.commits.push_back({.commit = id, .at = at});
    }
  }
  observed.at = newest.value_or(delivery.received);
  if (is_tag) observed.commits.clear();
  return Translation{.records = {std::move(observed)}};
}

Result<Translation> translate_release(const Node& body) {
  const std::string action = text_at(body, "action");
  if (action == "delete") return ignored("a release was deleted");
  model::ChangeObserved observed;
  observed.kind = model::ChangeKind::released;
  observed.project = project_of(body);
  TOLLGATE_TRY(observed.version, required_text(body, "tag"));
  observed.id = observed.version;
  observed.commit = text_at(body, "commit/id");
  observed.url = text_at(body, "url");
  TOLLGATE_TRY(observed.at, time_at(body, {"released_at", "created_at"}));
  return Translation{.records = {std::move(observed)}};
}

/// An external status check: the merge request waits for a pass or fail about its head.
Result<Translation> translate_status_check(const Delivery& delivery, const Node& body) {
  model::QuestionReceived question;
  question.project = project_of(body);
  question.sender_environment = text_at(body, "external_approval_rule/name");
  TOLLGATE_TRY(const std::string project, required_text(body, "project/id"));
  TOLLGATE_TRY(const std::string iid, required_text(body, "object_attributes/iid"));
  TOLLGATE_TRY(const std::string check, required_text(body, "external_approval_rule/id"));
  TOLLGATE_TRY(const std::string commit, required_text(body, "object_attributes/last_commit/id"));
  question.id = fmt::format("merge-request/{}/{}@{}", iid, check, commit);
  question.request.commit = commit;
  question.request.version = commit;
  question.answer = {{"form", "gitlab-status-check"},
                     {"project", project},
                     {"merge_request", iid},
                     {"check", check},
                     {"sha", commit}};
  const auto at = time_at(body, {"object_attributes/updated_at"});
  question.at = at ? *at : delivery.received;
  return Translation{.records = {std::move(question)}};
}

Result<Translation> translate_merge_request(const Delivery& delivery, const Node& body) {
  if (value_at(body, "external_approval_rule") != nullptr)
    return translate_status_check(delivery, body);
  const std::string action = text_at(body, "object_attributes/action");
  model::ChangeObserved observed;
  observed.project = project_of(body);
  TOLLGATE_TRY(observed.id, required_text(body, "object_attributes/iid"));
  observed.id = "!" + observed.id;
  observed.ref = text_at(body, "object_attributes/target_branch");
  observed.url = text_at(body, "object_attributes/url");
  observed.commit = text_at(body, "object_attributes/last_commit/id");
  if (action == "open" || action == "reopen") {
    observed.kind = model::ChangeKind::opened;
  } else if (action == "merge") {
    observed.kind = model::ChangeKind::merged;
    const std::string commit = text_at(body, "object_attributes/merge_commit_sha");
    if (!commit.empty()) observed.commit = commit;
  } else if (action == "close") {
    observed.kind = model::ChangeKind::abandoned;
  } else {
    return ignored(fmt::format("\"{}\" does not change what may be released", action));
  }
  TOLLGATE_TRY(observed.at,
               time_at(body, {"object_attributes/updated_at", "object_attributes/created_at"}));
  return Translation{.records = {std::move(observed)}};
}

Result<Translation> translate(const Delivery& delivery, const Node& body) {
  if (!body.is_object()) return fail(codes::bad_webhook, "the body is no JSON object");
  const std::string kind = kind_of(body);
  if (kind == "deployment") return translate_deployment(body);
  if (kind == "build") return translate_job(body);
  if (kind == "pipeline") return translate_pipeline(body);
  if (kind == "push") return translate_push(delivery, body, false);
  if (kind == "tag_push") return translate_push(delivery, body, true);
  if (kind == "release") return translate_release(body);
  if (kind == "merge_request") return translate_merge_request(delivery, body);
  const std::string event = event_of(delivery, body);
  if (event.empty()) return fail(codes::bad_webhook, "the body has no object_kind");
  return ignored(fmt::format("events of type \"{}\" are not recorded", event));
}

}  // namespace

extern const SenderDef kGitlab = {
    .name = "gitlab",
    .title = "GitLab",
    .doc =
        "A project or group webhook with deployment, job or pipeline events, and a signing "
        "token (whsec_...) or, before GitLab has that, a secret token.",
    .schemes = kSchemes,
    .is_signed = true,
    .events = kEvents,
    .event_of = event_of,
    .delivery_of = delivery_of,
    .translate = translate};

}  // namespace tollgate::webhooks
