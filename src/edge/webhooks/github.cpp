// GitHub: deployments and their statuses, reviews, workflow runs and jobs, protection rules that
// ask for an answer, pushes, pull requests and releases. Source: GitHub's webhook documentation.
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

constexpr std::array<SchemeDef, 1> kSchemes = {
    {{.scheme = Scheme::hmac_hex, .header = "x-hub-signature-256", .prefix = "sha256="}}};

constexpr std::array<EventDef, 9> kEvents = {
    {{"deployment", "deployment, pending; a question if its payload says tollgate: ask"},
     {"deployment_protection_rule", "question, answered through GitHub's API"},
     {"deployment_review", "approval: requested, approved or rejected"},
     {"deployment_status", "deployment, as its state says; inactive is ignored"},
     {"pull_request", "change: opened, merged or abandoned"},
     {"push", "change: pushed commits, or a released version for a tag"},
     {"release", "change: released, when published"},
     {"workflow_job", "pipeline"},
     {"workflow_run", "pipeline"}}};

std::string event_of(const Delivery& delivery, const Node&) {
  const std::string_view header = delivery.header("x-github-event");
  return header.empty() ? delivery.event : std::string(header);
}

std::string delivery_of(const Delivery& delivery, const Node&) {
  return std::string(delivery.header("x-github-delivery"));
}

std::string project_of(const Node& body) { return text_at(body, "repository/full_name"); }

/// A page for people about the deployment, if one is told.
std::string deployment_page(const Node& body) {
  for (const std::string_view path :
       {"deployment_status/log_url", "deployment_status/target_url", "deployment/url"}) {
    std::string url = text_at(body, path);
    if (!url.empty()) return url;
  }
  return {};
}

Result<model::DeploymentObserved> deployment_of(const Node& body) {
  model::DeploymentObserved observed;
  TOLLGATE_TRY(observed.id, required_text(body, "deployment/id"));
  TOLLGATE_TRY(observed.project, required_text(body, "repository/full_name"));
  TOLLGATE_TRY(observed.sender_environment, required_text(body, "deployment/environment"));
  TOLLGATE_TRY(observed.commit, required_text(body, "deployment/sha"));
  observed.ref = short_ref(text_at(body, "deployment/ref"));
  observed.version = text_at(body, "deployment/payload/version");
  if (observed.version.empty()) observed.version = version_of_ref(observed.ref);
  observed.artifact = text_at(body, "deployment/payload/artifact");
  observed.region = text_at(body, "deployment/payload/region");
  observed.incident = text_at(body, "deployment/payload/incident");
  const std::string run = text_at(body, "workflow_run/id");
  if (!run.empty()) observed.run = "run/" + run;
  observed.by = text_at(body, "deployment/creator/login");
  observed.url = deployment_page(body);
  if (lower_case(text_at(body, "deployment/task")).find("rollback") != std::string::npos)
    observed.kind = model::DeploymentKind::rollback;
  return observed;
}

Result<Translation> translate_deployment(const Node& body) {
  TOLLGATE_TRY(model::DeploymentObserved observed, deployment_of(body));
  TOLLGATE_TRY(observed.at, time_at(body, {"deployment/created_at"}));
  Translation translation;
  // Where there are no protection rules, a deployment may ask by its payload.
  if (text_at(body, "deployment/payload/tollgate") == "ask") {
    model::QuestionReceived question;
    question.project = observed.project;
    question.sender_environment = observed.sender_environment;
    question.id = "deployment/" + observed.id;
    question.request.commit = observed.commit;
    question.request.version = observed.version.empty() ? observed.commit : observed.version;
    question.answer = {{"form", "github-deployment-status"},
                       {"project", observed.project},
                       {"deployment", observed.id}};
    const std::string installation = text_at(body, "installation/id");
    if (!installation.empty()) question.answer["installation"] = installation;
    question.at = observed.at;
    translation.records.emplace_back(std::move(question));
  }
  translation.records.insert(translation.records.begin(), std::move(observed));
  return translation;
}

Result<Translation> translate_status(const Node& body) {
  TOLLGATE_TRY(model::DeploymentObserved observed, deployment_of(body));
  TOLLGATE_TRY(observed.at,
               time_at(body, {"deployment_status/created_at", "deployment_status/updated_at"}));
  TOLLGATE_TRY(const std::string state, required_text(body, "deployment_status/state"));
  const std::string environment = text_at(body, "deployment_status/environment");
  if (!environment.empty()) observed.sender_environment = environment;
  if (state == "inactive") return ignored("inactive: a later deployment took this one's place");
  if (state == "success") {
    observed.status = DeploymentStatus::succeeded;
  } else if (state == "failure" || state == "error") {
    observed.status = DeploymentStatus::failed;
  } else if (state == "in_progress") {
    observed.status = DeploymentStatus::running;
  } else if (state == "queued" || state == "pending" || state == "waiting") {
    observed.status = DeploymentStatus::pending;
  } else {
    return ignored(fmt::format("the state \"{}\" of a deployment is not known here", state));
  }
  return Translation{.records = {std::move(observed)}};
}

Result<Translation> translate_review(const Node& body) {
  TOLLGATE_TRY(const std::string action, required_text(body, "action"));
  model::ApprovalObserved observed;
  if (action == "requested") {
    observed.decision = model::ApprovalDecision::requested;
  } else if (action == "approved") {
    observed.decision = model::ApprovalDecision::approved;
  } else if (action == "rejected") {
    observed.decision = model::ApprovalDecision::rejected;
  } else {
    return ignored(fmt::format("the action \"{}\" of a review is not known here", action));
  }
  TOLLGATE_TRY(observed.project, required_text(body, "repository/full_name"));
  TOLLGATE_TRY(const std::string run, required_text(body, "workflow_run/id"));
  observed.id = "run/" + run;
  observed.commit = text_at(body, "workflow_run/head_sha");
  observed.by = text_at(body, action == "requested" ? "requestor/login" : "approver/login");
  observed.url = text_at(body, "workflow_run/html_url");
  TOLLGATE_TRY(observed.at, time_at(body, {"workflow_run/updated_at", "since"}));
  observed.sender_environment = text_at(body, "environment");
  if (observed.sender_environment.empty())
    observed.sender_environment = text_at(body, "workflow_job_run/environment");
  Translation translation;
  // One review may decide about several jobs, each with an environment of its own.
  const Node* jobs = value_at(body, "workflow_job_runs");
  if (jobs != nullptr && jobs->is_array() && observed.sender_environment.empty()) {
    for (const Node& job : jobs->items()) {
      model::ApprovalObserved one = observed;
      one.sender_environment = text_at(job, "environment");
      translation.records.emplace_back(std::move(one));
    }
    if (!translation.records.empty()) return translation;
  }
  translation.records.emplace_back(std::move(observed));
  return translation;
}

std::optional<RunStatus> run_status(const std::string& status, const std::string& conclusion) {
  if (status == "in_progress") return RunStatus::running;
  if (status == "requested" || status == "queued" || status == "waiting" || status == "pending")
    return RunStatus::pending;
  if (status != "completed") return std::nullopt;
  if (conclusion == "success") return RunStatus::succeeded;
  if (conclusion == "failure" || conclusion == "timed_out" || conclusion == "startup_failure")
    return RunStatus::failed;
  if (conclusion == "cancelled" || conclusion == "stale") return RunStatus::canceled;
  if (conclusion == "skipped" || conclusion == "neutral") return RunStatus::skipped;
  if (conclusion == "action_required") return RunStatus::pending;
  return std::nullopt;
}

Result<Translation> translate_run(const Node& body, std::string_view member) {
  const Node* run = value_at(body, member);
  if (run == nullptr) return fail(codes::bad_webhook, "the body has no {}", member);
  const bool is_job = member == "workflow_job";
  model::PipelineObserved observed;
  TOLLGATE_TRY(observed.project, required_text(body, "repository/full_name"));
  TOLLGATE_TRY(const std::string id, required_text(*run, "id"));
  observed.id = (is_job ? "job/" : "run/") + id;
  observed.attempt = run->integer_or("run_attempt", 1);
  observed.name = text_at(*run, "name");
  if (observed.name.empty()) observed.name = text_at(body, "workflow/name");
  observed.commit = text_at(*run, "head_sha");
  observed.ref = text_at(*run, "head_branch");
  observed.url = text_at(*run, "html_url");
  // The same words in upper case come from GitHub's GraphQL API.
  std::string status = lower_case(text_at(*run, "status"));
  if (text_at(body, "action") == "completed") status = "completed";
  const std::string conclusion = lower_case(text_at(*run, "conclusion"));
  const auto known = run_status(status, conclusion);
  if (!known) {
    return ignored(fmt::format("status \"{}\" with conclusion \"{}\" says nothing about a run",
                               status, conclusion));
  }
  observed.status = *known;
  TOLLGATE_TRY(observed.started, optional_time(*run, {"run_started_at", "started_at"}));
  if (status == "completed") {
    TOLLGATE_TRY(observed.ended, optional_time(*run, {"completed_at", "updated_at"}));
  }
  if (observed.ended) {
    observed.at = *observed.ended;
  } else {
    TOLLGATE_TRY(observed.at, time_at(*run, {"updated_at", "started_at", "created_at"}));
  }
  return Translation{.records = {std::move(observed)}};
}

/// The run that a callback address names: https://HOST/repos/OWNER/REPO/actions/runs/N/
/// deployment_protection_rule, on the host and for the repository that the delivery is about.
/// Anything else is refused: the answer goes there with our credentials.
Result<std::string> run_of_callback(const std::string& callback, const Node& body) {
  const auto refuse = [&callback](std::string_view why) {
    return fail(codes::bad_webhook, "the callback address \"{}\" {}", callback.substr(0, 200), why);
  };
  const std::string repository = text_at(body, "repository/url");
  if (!repository.starts_with("https://")) return refuse("cannot be compared: no repository/url");
  if (!repository.ends_with("/repos/" + project_of(body)))
    return refuse("cannot be compared: repository/url is of another repository");
  const std::string prefix = repository + "/actions/runs/";
  constexpr std::string_view kSuffix = "/deployment_protection_rule";
  if (!callback.starts_with(prefix) || !callback.ends_with(kSuffix) ||
      callback.size() <= prefix.size() + kSuffix.size()) {
    return refuse("is not a run of the repository that asks");
  }
  const std::string run =
      callback.substr(prefix.size(), callback.size() - prefix.size() - kSuffix.size());
  if (!std::all_of(run.begin(), run.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return refuse("does not name a run");
  return run;
}

Result<Translation> translate_question(const Delivery& delivery, const Node& body) {
  model::QuestionReceived question;
  TOLLGATE_TRY(question.project, required_text(body, "repository/full_name"));
  TOLLGATE_TRY(question.sender_environment, required_text(body, "environment"));
  TOLLGATE_TRY(const std::string callback, required_text(body, "deployment_callback_url"));
  TOLLGATE_TRY(const std::string run, run_of_callback(callback, body));
  question.id = "run/" + run + "/" + question.sender_environment;
  std::string commit = text_at(body, "sha");
  if (commit.empty()) commit = text_at(body, "deployment/sha");
  std::string ref = text_at(body, "ref");
  if (ref.empty()) ref = text_at(body, "deployment/ref");
  if (commit.empty()) return fail(codes::bad_webhook, "the body has no sha and no deployment/sha");
  question.request.commit = commit;
  question.request.version = text_at(body, "deployment/payload/version");
  if (question.request.version.empty()) question.request.version = version_of_ref(ref);
  if (question.request.version.empty()) question.request.version = commit;
  question.answer = {{"form", "github-protection-rule"},
                     {"url", callback},
                     {"environment", question.sender_environment}};
  const std::string installation = text_at(body, "installation/id");
  if (!installation.empty()) question.answer["installation"] = installation;
  const std::string repository = text_at(body, "repository/id");
  if (!repository.empty()) question.answer["repository_id"] = repository;
  const auto at = time_at(body, {"deployment/updated_at", "deployment/created_at"});
  question.at = at ? *at : delivery.received;
  return Translation{.records = {std::move(question)}};
}

Result<Translation> translate_push(const Delivery& delivery, const Node& body) {
  if (body.boolean_or("deleted", false)) return ignored("a branch or tag was deleted");
  model::ChangeObserved observed;
  TOLLGATE_TRY(observed.project, required_text(body, "repository/full_name"));
  TOLLGATE_TRY(const std::string ref, required_text(body, "ref"));
  TOLLGATE_TRY(observed.commit, required_text(body, "after"));
  observed.ref = short_ref(ref);
  observed.url = text_at(body, "compare");
  const bool is_tag = ref.starts_with("refs/tags/");
  observed.kind = is_tag ? model::ChangeKind::released : model::ChangeKind::pushed;
  observed.id = is_tag ? observed.ref : observed.ref + "@" + observed.commit;
  if (is_tag) observed.version = version_of_ref(ref);
  if (is_tag && observed.version.empty()) observed.version = observed.ref;
  const Node* commits = value_at(body, "commits");
  if (!is_tag && commits != nullptr && commits->is_array()) {
    for (const Node& commit : commits->items()) {
      if (observed.commits.size() >= model::kChangeCommitsMax) break;
      TOLLGATE_TRY(const std::string id, required_text(commit, "id"));
      TOLLGATE_TRY(const std::optional<Time> at, optional_time(commit, {"timestamp"}));
      observed.commits.push_back({.commit = id, .at = at});
    }
  }
  TOLLGATE_TRY(const std::optional<Time> at,
               optional_time(body, {"repository/pushed_at", "head_commit/timestamp"}));
  observed.at = at.value_or(delivery.received);
  return Translation{.records = {std::move(observed)}};
}

Result<Translation> translate_pull_request(const Node& body) {
  TOLLGATE_TRY(const std::string action, required_text(body, "action"));
  model::ChangeObserved observed;
  TOLLGATE_TRY(observed.project, required_text(body, "repository/full_name"));
  TOLLGATE_TRY(observed.id, required_text(body, "pull_request/number"));
  observed.ref = text_at(body, "pull_request/base/ref");
  observed.url = text_at(body, "pull_request/html_url");
  observed.commit = text_at(body, "pull_request/head/sha");
  const Node* merged = value_at(body, "pull_request/merged");
  if (action == "opened" || action == "reopened") {
    observed.kind = model::ChangeKind::opened;
    TOLLGATE_TRY(observed.at,
                 time_at(body, {"pull_request/updated_at", "pull_request/created_at"}));
  } else if (action == "closed" && merged != nullptr && merged->is_boolean() &&
             merged->as_boolean()) {
    observed.kind = model::ChangeKind::merged;
    const std::string commit = text_at(body, "pull_request/merge_commit_sha");
    if (!commit.empty()) observed.commit = commit;
    TOLLGATE_TRY(observed.at, time_at(body, {"pull_request/merged_at", "pull_request/closed_at"}));
  } else if (action == "closed") {
    observed.kind = model::ChangeKind::abandoned;
    TOLLGATE_TRY(observed.at, time_at(body, {"pull_request/closed_at", "pull_request/updated_at"}));
  } else {
    return ignored(fmt::format("\"{}\" does not change what may be released", action));
  }
  return Translation{.records = {std::move(observed)}};
}

Result<Translation> translate_release(const Node& body) {
  TOLLGATE_TRY(const std::string action, required_text(body, "action"));
  if (action != "published") {
    return ignored(fmt::format("\"{}\": a release counts when it is published", action));
  }
  model::ChangeObserved observed;
  observed.kind = model::ChangeKind::released;
  TOLLGATE_TRY(observed.project, required_text(body, "repository/full_name"));
  TOLLGATE_TRY(observed.version, required_text(body, "release/tag_name"));
  observed.id = observed.version;
  observed.ref = text_at(body, "release/target_commitish");
  observed.url = text_at(body, "release/html_url");
  TOLLGATE_TRY(observed.at, time_at(body, {"release/published_at", "release/created_at"}));
  return Translation{.records = {std::move(observed)}};
}

Result<Translation> translate(const Delivery& delivery, const Node& body) {
  const std::string event = event_of(delivery, body);
  if (event.empty()) return fail(codes::bad_webhook, "there is no X-GitHub-Event header");
  if (!body.is_object()) return fail(codes::bad_webhook, "the body is no JSON object");
  if (event == "ping") return ignored("a ping: the webhook is set up");
  if (event == "deployment") return translate_deployment(body);
  if (event == "deployment_status") return translate_status(body);
  if (event == "deployment_review") return translate_review(body);
  if (event == "deployment_protection_rule") return translate_question(delivery, body);
  if (event == "workflow_run" || event == "workflow_job") return translate_run(body, event);
  if (event == "push") return translate_push(delivery, body);
  if (event == "pull_request") return translate_pull_request(body);
  if (event == "release") return translate_release(body);
  return ignored(fmt::format("events of type \"{}\" are not recorded", event));
}

}  // namespace

extern const SenderDef kGithub = {
    .name = "github",
    .title = "GitHub",
    .doc =
        "A repository, organisation or App webhook with content type application/json and a "
        "secret. For deployment_protection_rule: a GitHub App with the permissions actions read "
        "and deployments write.",
    .schemes = kSchemes,
    .is_signed = true,
    .events = kEvents,
    .event_of = event_of,
    .delivery_of = delivery_of,
    .translate = translate};

}  // namespace tollgate::webhooks
