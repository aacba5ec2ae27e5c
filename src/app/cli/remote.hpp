// Server mode: every question is one HTTP request to the server that --server names.
#pragma once

#include "engine/ports/http_client.hpp"
#include "foundation/base/error.hpp"
#include "foundation/base/time.hpp"
#include "foundation/doc/node.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::cli {

class Invocation;

class Remote {
 public:
  explicit Remote(const Invocation& call);

  /// Answers are JSON; errors are what the server's problem document says.
  Result<doc::Node> get(const std::string& path);
  Result<doc::Node> post(const std::string& path, std::string body, const std::string& key,
                         std::string_view content_type = "application/json");
  Result<doc::Node> post_json(const std::string& path, const doc::Node& body,
                              const std::string& key);
  Result<doc::Node> remove(const std::string& path, const std::string& key);
  Result<doc::Node> json(const engine::HttpRequest& request);

  /// For what needs other headers, limits or answers than JSON.
  engine::HttpRequest request(std::string method, const std::string& path,
                              std::string_view content_type) const;
  Result<engine::HttpResponse> send(engine::HttpRequest request);
  /// Without the token; any status is an answer.
  Result<engine::HttpResponse> send_bare(const engine::HttpRequest& request);
  /// The error that an answer tells.
  Error error_of(const engine::HttpResponse& response) const;

  /// Address of the server, without a slash at its end.
  const std::string& server() const { return server_; }

 private:
  Result<std::string> token() const;

  const Invocation& call_;
  std::string server_;
  std::unique_ptr<engine::HttpClient> client_;
};

constexpr Duration kRemoteTimeout = seconds(60);

/// "?a=1&b=2" of the parameters that have a value.
std::string query_of(const std::vector<std::pair<std::string_view, std::string>>& parameters);
/// Empty if there is no time.
std::string time_parameter(std::optional<Time> time);
/// "SERVICE/SLO" as a part of a path.
Result<std::string> slo_address(const std::string& slo);

}  // namespace tollgate::cli
