#include "app/cli/remote.hpp"

#include "app/cli/files.hpp"
#include "app/cli/invocation.hpp"
#include "app/wiring/wiring.hpp"
#include "edge/net/http_types.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::cli {

using doc::Node;

Remote::Remote(const Invocation& call)
    : call_(call),
      server_(call.text("server")),
      client_(wiring::make_http_client(call.text("ca-file"))) {
  while (server_.ends_with("/")) server_.pop_back();
}

Result<Node> Remote::get(const std::string& path) { return json(request("GET", path, "")); }

Result<Node> Remote::post(const std::string& path, std::string body, const std::string& key,
                          std::string_view content_type) {
  engine::HttpRequest asked = request("POST", path, content_type);
  asked.body = std::move(body);
  if (!key.empty()) asked.headers.emplace_back("idempotency-key", key);
  return json(asked);
}

Result<Node> Remote::post_json(const std::string& path, const Node& body, const std::string& key) {
  return post(path, doc::compact_json(body), key);
}

Result<Node> Remote::remove(const std::string& path, const std::string& key) {
  engine::HttpRequest asked = request("DELETE", path, "");
  if (!key.empty()) asked.headers.emplace_back("idempotency-key", key);
  return json(asked);
}

Result<Node> Remote::json(const engine::HttpRequest& asked) {
  TOLLGATE_TRY(const engine::HttpResponse response, send(asked));
  Result<Node> node = doc::parse_json(response.body);
  if (!node) return fail(codes::bad_response, "{} answered something that is not JSON", server_);
  return node;
}

engine::HttpRequest Remote::request(std::string method, const std::string& path,
                                    std::string_view content_type) const {
  engine::HttpRequest asked;
  asked.method = std::move(method);
  asked.url = server_ + path;
  asked.timeout = kRemoteTimeout;
  asked.headers.emplace_back("accept", "application/json");
  if (!content_type.empty()) asked.headers.emplace_back("content-type", content_type);
  return asked;
}

Result<engine::HttpResponse> Remote::send(engine::HttpRequest asked) {
  TOLLGATE_TRY(const std::string secret, token());
  if (!secret.empty()) asked.headers.emplace_back("authorization", "Bearer " + secret);
  TOLLGATE_TRY(engine::HttpResponse response, client_->send(asked));
  if (response.status < 200 || response.status > 299) return fail(error_of(response));
  return response;
}

Result<engine::HttpResponse> Remote::send_bare(const engine::HttpRequest& asked) {
  return client_->send(asked);
}

/// The token stays out of argv, messages and logs.
Result<std::string> Remote::token() const {
  const std::string direct = call_.terminal().variable("TOLLGATE_TOKEN");
  if (!direct.empty()) return direct;
  const std::string file = call_.terminal().variable("TOLLGATE_TOKEN_FILE");
  if (file.empty()) return std::string();
  TOLLGATE_TRY(const std::string text, read_file(file));
  return std::string(trim(text));
}

Error Remote::error_of(const engine::HttpResponse& response) const {
  const Result<Node> problem = doc::parse_json(response.body);
  Error error{.code = response.status >= 500 ? codes::unreachable : codes::bad_response,
              .message = fmt::format("{} answered with status {}", server_, response.status)};
  if (!problem || !problem->is_object()) return error;
  const std::string_view number = problem->text_or("code");
  for (const CodeInfo& info : code_catalogue()) {
    if (code_text(info.code) == number) error.code = info.code;
  }
  const std::string_view detail = problem->text_or("detail", problem->text_or("title"));
  if (!detail.empty()) error.message = detail;
  error.help = problem->text_or("help");
  return error;
}

std::string query_of(const std::vector<std::pair<std::string_view, std::string>>& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    query += fmt::format("{}{}={}", query.empty() ? "?" : "&", name, percent_encode(value));
  }
  return query;
}

std::string time_parameter(std::optional<Time> time) {
  return time ? time_text(*time) : std::string();
}

Result<std::string> slo_address(const std::string& slo) {
  const size_t slash = slo.find('/');
  if (slash == std::string::npos)
    return fail(codes::bad_usage, "an SLO is named SERVICE/SLO, not \"{}\"", slo);
  return percent_encode(slo.substr(0, slash)) + "/" + percent_encode(slo.substr(slash + 1));
}

}  // namespace tollgate::cli
