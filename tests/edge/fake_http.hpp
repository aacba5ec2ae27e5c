// An HTTP client that answers every request by a function and remembers what it was asked.
#pragma once

#include "engine/ports/http_client.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tollgate {

class FakeHttp : public engine::HttpClient {
 public:
  using Answer = std::function<Result<engine::HttpResponse>(const engine::HttpRequest&)>;
  explicit FakeHttp(Answer answer) : answer_(std::move(answer)) {}
  Result<engine::HttpResponse> send(const engine::HttpRequest& request) override {
    requests.push_back(request);
    return answer_(request);
  }
  std::vector<engine::HttpRequest> requests;

 private:
  Answer answer_;
};

inline engine::HttpResponse ok(std::string body) {
  return {.status = 200, .body = std::move(body)};
}

}  // namespace tollgate
