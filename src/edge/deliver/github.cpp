// Answers to GitHub: deployment protection rules, deployment statuses, commit statuses.
// Source: GitHub's REST documentation (2022-11-28).
#include "edge/deliver/jwt.hpp"
#include "edge/deliver/vendor.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::deliver {
namespace {

using doc::Node;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr size_t kCommentMax = 1024;
constexpr size_t kDescriptionMax = 140;

Headers headers_with(const std::string& token) {
  return {{"authorization", "Bearer " + token},
          {"accept", "application/vnd.github+json"},
          {"x-github-api-version", "2022-11-28"}};
}

/// The App's installation for what is answered: as the question told, else as the API knows.
Result<std::string> installation_of(const engine::Notification& notification,
                                    const Outside& outside, const std::string& api,
                                    const std::string& jwt) {
  if (auto told = answer_part(notification, "installation")) return told;
  TOLLGATE_TRY(const std::string project, answer_part(notification, "project"));
  TOLLGATE_TRY(const engine::HttpResponse response,
               call_api(notification, outside,
                        {.method = "GET",
                         .url = fmt::format("{}/repos/{}/installation", api, project),
                         .headers = headers_with(jwt)}));
  const auto body = doc::parse_json(response.body);
  const int64_t id = body ? body->integer_or("id", -1) : -1;
  if (id < 0) return fail(codes::bad_response, "GitHub named no installation of the App");
  return std::to_string(id);
}

/// A token of the App's installation for `permission` only; or the token that the target names.
Result<std::string> token_for(const engine::Notification& notification, const Outside& outside,
                              std::string_view permission) {
  const std::string_view app = annotation(notification, kAppIdAnnotation);
  if (app.empty()) return secret(notification, kTokenAnnotation);
  TOLLGATE_TRY(const std::string key, secret(notification, kPrivateKeyAnnotation));
  TOLLGATE_TRY(const std::string jwt, make_app_jwt(app, key, outside.clock.now()));
  TOLLGATE_TRY(const std::string api, api_of(notification));
  TOLLGATE_TRY(const std::string installation, installation_of(notification, outside, api, jwt));
  Node wanted = Node::object({{"permissions", Node::object({{permission, "write"}})}});
  if (const auto repository = answer_part(notification, "repository_id")) {
    if (const auto number = parse_integer(*repository))
      wanted.set("repository_ids", Node(Node::Array{Node(*number)}));
  }
  TOLLGATE_TRY(
      const engine::HttpResponse response,
      call_api(notification, outside,
               {.method = "POST",
                .url = fmt::format("{}/app/installations/{}/access_tokens", api, installation),
                .headers = headers_with(jwt),
                .body = doc::compact_json(wanted)}));
  const auto body = doc::parse_json(response.body);
  const std::string_view token = body ? body->text_or("token") : "";
  if (token.empty()) return fail(codes::bad_response, "GitHub gave no installation token");
  return std::string(token);
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
                           .headers = headers_with(token),
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
                .headers = headers_with(token),
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
                .headers = headers_with(token),
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
