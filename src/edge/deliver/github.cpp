// Answers to GitHub: deployment protection rules, deployment statuses, commit statuses.
// Source: GitHub's REST documentation (2022-11-28).
#include "edge/deliver/github_app.hpp"
#include "edge/deliver/vendor.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::deliver {
namespace {

using doc::Node;

constexpr size_t kCommentMax = 1024;
constexpr size_t kDescriptionMax = 140;

/// A token for `permission`, as the Integration's api says.
Result<std::string> token_for(const engine::Notification& notification, const Outside& outside,
                              std::string_view permission) {
  TOLLGATE_TRY(const std::string api, api_of(notification));
  return github_token({.api = api,
                       .token = std::string(annotation(notification, kTokenAnnotation)),
                       .app_id = std::string(annotation(notification, kAppIdAnnotation)),
                       .private_key = std::string(annotation(notification, kPrivateKeyAnnotation)),
                       .project = answer_part(notification, "project").value_or(""),
                       .installation = answer_part(notification, "installation").value_or(""),
                       .repository_id = answer_part(notification, "repository_id").value_or("")},
                      outside, permission, "write");
}

/// The callback stands in a signed delivery; all the same the answer goes only where the API is.
Result<void> check_callback(const std::string& callback, const std::string& api) {
  if (callback.starts_with(api + "/repos/") && callback.find("/../") == std::string::npos)
    return {};
  return fail(codes::bad_value, "the callback address is not below {}/repos/", api);
}

Result<void> answer_protection_rule(const engine::Notification& notification,
                                    const Outside& outside) {
  TOLLGATE_TRY(const Answer answer, answer_of(notification));
  TOLLGATE_TRY(const std::string api, api_of(notification));
  TOLLGATE_TRY(const std::string callback, answer_part(notification, "url"));
  TOLLGATE_CHECK(check_callback(callback, api));
  TOLLGATE_TRY(const std::string environment, answer_part(notification, "environment"));
  Node body = Node::object({{"environment_name", environment}});
  // Without a state this is a report on how things stand; the rule goes on waiting.
  if (answer.outcome == model::Outcome::allow) body.set("state", "approved");
  if (answer.outcome == model::Outcome::deny) body.set("state", "rejected");
  body.set("comment", shortened(answer.words, kCommentMax));
  TOLLGATE_TRY(const std::string token, token_for(notification, outside, "deployments"));
  TOLLGATE_CHECK(call_api(notification, outside,
                          {.method = "POST",
                           .url = callback,
                           .headers = github_headers(token),
                           .body = doc::compact_json(body)}));
  return {};
}

Result<void> set_deployment_status(const engine::Notification& notification,
                                   const Outside& outside) {
  TOLLGATE_TRY(const Answer answer, answer_of(notification));
  TOLLGATE_TRY(const std::string api, api_of(notification));
  TOLLGATE_TRY(const std::string project, answer_part(notification, "project"));
  TOLLGATE_TRY(const std::string deployment, answer_part(notification, "deployment"));
  const std::string_view state = answer.outcome == model::Outcome::allow  ? "queued"
                                 : answer.outcome == model::Outcome::deny ? "failure"
                                                                          : "pending";
  TOLLGATE_TRY(const std::string token, token_for(notification, outside, "deployments"));
  TOLLGATE_CHECK(
      call_api(notification, outside,
               {.method = "POST",
                .url = fmt::format("{}/repos/{}/deployments/{}/statuses", api, project, deployment),
                .headers = github_headers(token),
                .body = doc::compact_json(
                    Node::object({{"state", state},
                                  {"description", shortened(answer.words, kDescriptionMax)},
                                  {"auto_inactive", false}}))}));
  return {};
}

Result<void> set_commit_status(const engine::Notification& notification, const Outside& outside) {
  TOLLGATE_TRY(const Answer answer, answer_of(notification));
  TOLLGATE_TRY(const std::string api, api_of(notification));
  TOLLGATE_TRY(const std::string project, answer_part(notification, "project"));
  if (answer.request.commit.empty())
    return fail(codes::bad_value, "the gate was asked without a commit, so none can have a status");
  const std::string_view state = answer.outcome == model::Outcome::allow  ? "success"
                                 : answer.outcome == model::Outcome::deny ? "failure"
                                                                          : "pending";
  TOLLGATE_TRY(const std::string token, token_for(notification, outside, "statuses"));
  TOLLGATE_CHECK(
      call_api(notification, outside,
               {.method = "POST",
                .url = fmt::format("{}/repos/{}/statuses/{}", api, project, answer.request.commit),
                .headers = github_headers(token),
                .body = doc::compact_json(
                    Node::object({{"state", state},
                                  {"context", "tollgate/" + answer.request.environment},
                                  {"description", shortened(answer.words, kDescriptionMax)}}))}));
  return {};
}

}  // namespace

extern const TargetDef github_commit_status_target = {
    .name = "github-commit-status",
    .doc = "Sets the commit status tollgate/ENVIRONMENT. The Integration's api says where and how.",
    .deliver = set_commit_status,
};

extern const TargetDef github_deployment_status_target = {
    .name = "github-deployment-status",
    .doc = "Sets the status of a GitHub deployment that asked: queued, failure or pending.",
    .deliver = set_deployment_status,
};

extern const TargetDef github_protection_rule_target = {
    .name = "github-protection-rule",
    .doc = "Approves or rejects a deployment protection rule that asked, as a GitHub App.",
    .deliver = answer_protection_rule,
};

}  // namespace tollgate::deliver
