// Sends signed webhooks of GitHub to a server as fast as it answers, each about a step of a
// deployment that is news. Prints webhooks per second and the answers' times.
// Usage: webhook_load PORT INTEGRATION SECRET COUNT CONNECTIONS [FIRST]
// Deployments are numbered from FIRST, so that a second run is news, too. Requests are made and
// signed before the clock starts; bench/webhooks.sh runs it.
#include "edge/webhooks/authenticate.hpp"
#include "edge/webhooks/sender.hpp"
#include "foundation/base/time.hpp"
#include "http_loop.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <thread>
#include <vector>

namespace {

using namespace tollgate;
using Clock = std::chrono::steady_clock;

/// About as large as what GitHub sends: most of it is of no interest.
std::string body_of(int64_t number, int64_t now_ms) {
  constexpr std::array<std::string_view, 3> kStates = {"queued", "in_progress", "success"};
  const int64_t deployment = number / 3;
  const Time at{now_ms - 3'600'000 + number};
  std::string body = fmt::format(
      R"({{"action":"created","deployment":{{"id":{},"sha":"{:040x}","ref":"v1.{}.0",)"
      R"("task":"deploy","environment":"production","created_at":"{}","payload":{{}},"filler":")",
      deployment, deployment, deployment, time_text(at));
  constexpr size_t kUsualBytes = 8'000;
  body.append(kUsualBytes, 'x');
  return body + fmt::format(R"("}},"deployment_status":{{"state":"{}","created_at":"{}"}},)"
                            R"("repository":{{"full_name":"acme/service-{}"}}}})",
                            kStates[static_cast<size_t>(number % 3)], time_text(at),
                            deployment % 100);
}

std::string request_of(uint16_t port, const std::string& integration, const std::string& secret,
                       int64_t number, int64_t now_ms) {
  const std::string body = body_of(number, now_ms);
  std::string head = fmt::format(
      "POST /v1/hooks/{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n"
      "X-GitHub-Event: deployment_status\r\nX-GitHub-Delivery: d-{}\r\n",
      integration, port, number);
  const auto* sender = webhooks::sender_named("github").value();
  for (const auto& [name, value] : webhooks::sign(*sender, secret, "", body, Time{now_ms}))
    head += fmt::format("{}: {}\r\n", name, value);
  return head + fmt::format("Content-Length: {}\r\n\r\n", body.size()) + body;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    fmt::print(stderr, "usage: webhook_load PORT INTEGRATION SECRET COUNT CONNECTIONS [FIRST]\n");
    return 2;
  }
  const auto port = static_cast<uint16_t>(std::atoi(argv[1]));
  const int64_t count = std::atoll(argv[4]);
  const auto connections = static_cast<size_t>(std::atoll(argv[5]));
  const int64_t first = argc > 6 ? std::atoll(argv[6]) : 0;
  const int64_t now_ms = static_cast<int64_t>(std::time(nullptr)) * 1000;
  std::vector<std::string> requests;
  for (int64_t i = 0; i < count; ++i)
    requests.push_back(request_of(port, argv[2], argv[3], first + i, now_ms));
  std::vector<std::vector<double>> times(connections);
  std::atomic<int64_t> refused = 0;
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  for (size_t c = 0; c < connections; ++c) {
    threads.emplace_back([&, c] {
      const int connection = bench::open_connection(port);
      for (size_t i = c; i < requests.size(); i += connections) {
        const auto sent = Clock::now();
        refused += bench::send_and_read(connection, requests[i]) / 100 != 2;
        times[c].push_back(std::chrono::duration<double, std::milli>(Clock::now() - sent).count());
      }
      bench::close_connection(connection);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  std::vector<double> all;
  for (const auto& list : times) all.insert(all.end(), list.begin(), list.end());
  std::sort(all.begin(), all.end());
  const auto at = [&all](double share) {
    return all[static_cast<size_t>(share * static_cast<double>(all.size() - 1))];
  };
  fmt::print("{:.0f} {:.2f} {:.2f} {}\n", static_cast<double>(count) / took, at(0.5), at(0.99),
             refused.load());
  return refused == 0 ? 0 : 1;
}
