// How the engine's sources and effects speak HTTP to others. One implementation in edge/net; fakes
// in tests.
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/base/time.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tollgate::engine {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  Duration timeout = seconds(10);      // for the whole exchange
  size_t body_max = 16 * 1024 * 1024;  // a longer answer is an error
  std::string ca_file = {};            // PEM; trusted instead of the client's own store
  std::string cert_file = {};          // PEM; shown to a server that asks who we are
  std::string key_file = {};           // PEM; of cert_file
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case
  std::string body = {};
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// The answer, whatever its status. Safe from any thread.
  /// Errors: unreachable, tls_failed, timed_out, body_too_large, bad_response.
  virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
};

}  // namespace tollgate::engine
