// Sends Prometheus remote write requests to a server as fast as it answers, or at a rate: every
// series once, one sample in each request, counters that grow. Prints samples per second and the
// answers' times. Usage: remote_write_load PORT PATH SERIES BATCH CONNECTIONS ROUNDS [AGO [RATE]]
// The first sample is AGO seconds old (ROUNDS without it), the next of its series a second younger.
// At RATE samples a second a time counts from the moment at which the request was due, so that one
// slow answer does not hide that others wait. The bodies are made before the clock starts. Works
// for every receiver, so that servers can be compared; see bench/remote_write.sh.
#include "../tests/edge/remote_write_writer.hpp"
#include "edge/intake/snappy_block.hpp"
#include "http_loop.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <sys/prctl.h>
#include <thread>

namespace {

using namespace tollgate;

struct Plan {
  uint16_t port = 0;
  std::string path;
  int64_t series = 0;
  int64_t batch = 0;
  int64_t connections = 0;
  int64_t rounds = 0;
  int64_t seconds_ago = 0;
  int64_t rate = 0;  // samples a second of all connections; 0: as fast as answers come
};

/// Ten series for each SLO: five instances, two codes. Six labels.
testing::Labels labels_of(int64_t number) {
  const int64_t slo = number / 10;
  const int64_t instance = number % 10 / 2;
  return {{"__name__", "http_requests_total"},
          {"code", number % 2 == 0 ? "200" : "500"},
          {"environment", "production"},
          {"instance", fmt::format("10.0.{}.{}:9090", slo % 250, instance)},
          {"job", "backend-service"},
          {"slo", fmt::format("slo-{:05}", slo)}};
}

std::string request_of(const Plan& plan, int64_t round, int64_t begin, int64_t now_ms) {
  std::vector<testing::WrittenSeries> list;
  for (int64_t i = begin; i < std::min(begin + plan.batch, plan.series); ++i) {
    const bool is_bad = i % 2 == 1;
    const double value = static_cast<double>(is_bad ? round / 5 : round * 40 + i % 7);
    list.push_back({labels_of(i), {{now_ms - (plan.seconds_ago - round) * 1000, value}}});
  }
  const std::string body = intake::compress_snappy(testing::write_request_1(list));
  return fmt::format(
             "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: "
             "application/x-protobuf\r\n"
             "Content-Encoding: "
             "snappy\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n"
             "Content-Length: {}\r\n\r\n",
             plan.path, plan.port, body.size()) +
         body;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) {
    fmt::print(stderr,
               "usage: remote_write_load PORT PATH SERIES BATCH "
               "CONNECTIONS ROUNDS [AGO [RATE]]\n");
    return 2;
  }
  Plan plan{static_cast<uint16_t>(std::atoi(argv[1])),
            argv[2],
            std::atoll(argv[3]),
            std::atoll(argv[4]),
            std::atoll(argv[5]),
            std::atoll(argv[6]),
            std::atoll(argv[argc > 7 ? 7 : 6]),
            argc > 8 ? std::atoll(argv[8]) : 0};
  const int64_t now_ms = static_cast<int64_t>(std::time(nullptr)) * 1000;
  std::vector<std::string> requests;
  for (int64_t round = 0; round < plan.rounds; ++round) {
    for (int64_t begin = 0; begin < plan.series; begin += plan.batch)
      requests.push_back(request_of(plan, round, begin, now_ms));
  }
  fmt::print("{} requests made\n", requests.size());
  std::fflush(stdout);
  // Each connection owns every n-th batch of series, so that a series' samples
  // stay in order.
  const auto per_round = static_cast<size_t>((plan.series + plan.batch - 1) / plan.batch);
  std::vector<std::vector<double>> times(static_cast<size_t>(plan.connections));
  std::atomic<int64_t> refused = 0;
  std::vector<std::thread> threads;
  const auto begin = std::chrono::steady_clock::now();
  const auto due = [&](size_t request) {
    const double seconds = static_cast<double>(request) * static_cast<double>(plan.batch) /
                           static_cast<double>(plan.rate);
    return begin + std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::duration<double>(seconds));
  };
  for (size_t c = 0; c < times.size(); ++c) {
    threads.emplace_back([&, c] {
      ::prctl(PR_SET_TIMERSLACK, 1000);  // ns: a thread that waits is awake in time
      const int connection = bench::open_connection(plan.port);
      for (size_t i = 0; i < requests.size(); ++i) {
        if (i % per_round % times.size() != c) continue;
        auto sent = std::chrono::steady_clock::now();
        if (plan.rate > 0) {
          std::this_thread::sleep_until(due(i));
          sent = due(i);
        }
        const int status = bench::send_and_read(connection, requests[i]);
        refused += status / 100 != 2;
        times[c].push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - sent)
                .count());
      }
      bench::close_connection(connection);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::vector<double> all;
  for (const auto& each : times) all.insert(all.end(), each.begin(), each.end());
  std::sort(all.begin(), all.end());
  const auto samples = static_cast<double>(plan.series * plan.rounds);
  fmt::print(
      "{:.0f} samples/s, {} refused, p50 {:.3f} ms, p99 {:.3f} ms, max "
      "{:.3f} ms\n",
      samples / seconds, refused.load(), all[all.size() / 2], all[all.size() * 99 / 100],
      all.back());
  return 0;
}
