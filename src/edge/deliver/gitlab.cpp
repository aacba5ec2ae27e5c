// Answers to GitLab: external status checks, and approvals of deployments with the job that waits.
// Source: GitLab's REST documentation (status checks, deployments, jobs).
#include "edge/deliver/vendor.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::deliver {
namespace {

using doc::Node;

constexpr size_t kCommentMax = 1024;

/// POST below /projects/PROJECT of the API, with the token of the target.
Result<void> post_to_project(const engine::Notification& notification, const Outside& outside,
                             const std::string& path, const Node& body) {
  TOLLGATE_TRY(const std::string api, api_of(notification));
  TOLLGATE_TRY(const std::string project, answer_part(notification, "project"));
  // A number: nothing else may become part of an address.
  TOLLGATE_CHECK(parse_integer(project));
  TOLLGATE_TRY(const std::string token, secret(notification, kTokenAnnotation));
  TOLLGATE_CHECK(call_api(notification, outside,
                          {.method = "POST",
                           .url = fmt::format("{}/projects/{}{}", api, project, path),
                           .headers = {{"private-token", token}},
                           .body = doc::compact_json(body)}));
  return {};
}

Result<void> answer_status_check(const engine::Notification& notification, const Outside& outside) {
  TOLLGATE_TRY(const Answer answer, answer_of(notification));
  TOLLGATE_TRY(const std::string merge_request, answer_part(notification, "merge_request"));
  TOLLGATE_CHECK(parse_integer(merge_request));
  TOLLGATE_TRY(const std::string check, answer_part(notification, "check"));
  TOLLGATE_TRY(const int64_t check_number, parse_integer(check));
  TOLLGATE_TRY(const std::string sha, answer_part(notification, "sha"));
  const std::string_view status = answer.outcome == model::Outcome::allow  ? "passed"
                                  : answer.outcome == model::Outcome::deny ? "failed"
                                                                           : "pending";
  return post_to_project(
      notification, outside,
      fmt::format("/merge_requests/{}/status_check_responses", merge_request),
      Node::object({{"sha", sha}, {"external_status_check_id", check_number}, {"status", status}}));
}

/// Approves or rejects; an approved deployment's job still waits to be played.
Result<void> answer_approval(const engine::Notification& notification, const Outside& outside) {
  TOLLGATE_TRY(const Answer answer, answer_of(notification));
  const bool is_allowed = answer.outcome == model::Outcome::allow;
  if (!is_allowed && answer.outcome != model::Outcome::deny) return {};  // it goes on waiting
  TOLLGATE_TRY(const std::string deployment, answer_part(notification, "deployment"));
  TOLLGATE_CHECK(parse_integer(deployment));
  TOLLGATE_CHECK(
      post_to_project(notification, outside, fmt::format("/deployments/{}/approval", deployment),
                      Node::object({{"status", is_allowed ? "approved" : "rejected"},
                                    {"comment", shortened(answer.words, kCommentMax)}})));
  const auto job = answer_part(notification, "job");
  if (!is_allowed || !job) return {};
  TOLLGATE_CHECK(parse_integer(*job));
  return post_to_project(notification, outside, fmt::format("/jobs/{}/play", *job), Node::object());
}

}  // namespace

extern const TargetDef gitlab_deployment_approval_target = {
    .name = "gitlab-deployment-approval",
    .doc = "Approves or rejects a blocked deployment that asked, and plays its job.",
    .deliver = answer_approval,
};

extern const TargetDef gitlab_status_check_target = {
    .name = "gitlab-status-check",
    .doc = "Answers an external status check of a merge request: passed, failed or pending.",
    .deliver = answer_status_check,
};

}  // namespace tollgate::deliver
