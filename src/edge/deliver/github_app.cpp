#include "edge/deliver/github_app.hpp"

#include "edge/deliver/jwt.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::deliver {
namespace {

using doc::Node;

constexpr Duration kTimeout = seconds(10);
constexpr size_t kAnswerBytesMax = 1024 * 1024;

Result<Node> ask(const Outside& outside, engine::HttpRequest request) {
  request.timeout = kTimeout;
  request.body_max = kAnswerBytesMax;
  if (!request.body.empty()) request.headers.emplace_back("content-type", "application/json");
  TOLLGATE_TRY(const engine::HttpResponse response, outside.http.send(request));
  if (response.status >= 200 && response.status < 300) return doc::parse_json(response.body);
  return fail(is_final(response.status) ? codes::bad_value : codes::bad_response,
              "GitHub answered {} when it was asked for a token", response.status);
}

/// The App's installation for the project: as told, else as GitHub knows.
Result<std::string> installation_of(const GithubLogin& login, const Outside& outside,
                                    const std::string& jwt) {
  if (!login.installation.empty()) return login.installation;
  if (login.project.empty())
    return fail(codes::bad_value, "no installation of the App is known, and no project to look in");
  TOLLGATE_TRY(
      const Node body,
      ask(outside, {.method = "GET",
                    .url = fmt::format("{}/repos/{}/installation", login.api, login.project),
                    .headers = github_headers(jwt)}));
  const int64_t id = body.integer_or("id", -1);
  if (id < 0) return fail(codes::bad_response, "GitHub named no installation of the App");
  return std::to_string(id);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> github_headers(const std::string& token) {
  return {{"authorization", "Bearer " + token},
          {"accept", "application/vnd.github+json"},
          {"x-github-api-version", "2022-11-28"}};
}

Result<std::string> github_token(const GithubLogin& login, const Outside& outside,
                                 std::string_view permission, std::string_view level) {
  if (login.app_id.empty()) return resolve_secret(login.token);
  TOLLGATE_TRY(const std::string key, resolve_secret(login.private_key));
  TOLLGATE_TRY(const std::string jwt, make_app_jwt(login.app_id, key, outside.clock.now()));
  TOLLGATE_TRY(const std::string installation, installation_of(login, outside, jwt));
  Node wanted = Node::object({{"permissions", Node::object({{permission, level}})}});
  if (const auto number = parse_integer(login.repository_id))
    wanted.set("repository_ids", Node(Node::Array{Node(*number)}));
  TOLLGATE_TRY(const Node body,
               ask(outside, {.method = "POST",
                             .url = fmt::format("{}/app/installations/{}/access_tokens", login.api,
                                                installation),
                             .headers = github_headers(jwt),
                             .body = doc::compact_json(wanted)}));
  const std::string_view token = body.text_or("token");
  if (token.empty()) return fail(codes::bad_response, "GitHub gave no installation token");
  return std::string(token);
}

}  // namespace tollgate::deliver
