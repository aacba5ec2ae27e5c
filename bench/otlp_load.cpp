// Sends OTLP spans to a server as fast as it answers, over HTTP or gRPC, one request at a time on
// each connection. Traces of ten spans, eight attributes each, every trace new; a hundredth of the
// spans failed. Usage: otlp_load PORT http|grpc SPANS CONNECTIONS REQUESTS: SPANS in a request,
// REQUESTS on each connection. The bodies are made before the clock starts. Prints spans per second
// and the answers' times; see bench/otlp.sh.
#include "../tests/edge/http2_client.hpp"
#include "../tests/edge/otlp_writer.hpp"
#include "http_loop.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <thread>

namespace {

using namespace tollgate;

constexpr int64_t kSpansOfTrace = 10;
constexpr int64_t kServices = 10;
constexpr std::string_view kGrpcPath =
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

struct Plan {
  uint16_t port = 0;
  bool is_grpc = false;
  int64_t spans = 0;
  int64_t connections = 0;
  int64_t requests = 0;
};

/// Eight bytes that no other number gives.
std::string id_of(int64_t number) {
  std::string id(sizeof(number), '\0');
  for (size_t i = 0; i < sizeof(number); ++i) id[i] = static_cast<char>(number >> (8 * i));
  return id;
}

std::string span_of(int64_t number, uint64_t now_ns) {
  const int64_t place = number % kSpansOfTrace;  // in its trace; the first is the root
  const bool is_failed = number % 100 == 7;
  testing::WrittenSpan span{
      .trace_id = "benchmrk" + id_of(number / kSpansOfTrace + 1),
      .span_id = id_of(number + 1),
      .parent_id = place == 0 ? std::string() : id_of(number - place + 1),
      .name = fmt::format("GET /operation/{}", place),
      .kind = place == 0 ? 2U : 1U,
      .start_ns = now_ns - 250'000'000 + static_cast<uint64_t>(place) * 1'000'000,
      .end_ns = now_ns - static_cast<uint64_t>(place) * 1'000'000,
      .status = is_failed ? 2U : 0U};
  span.attributes = {testing::int_attribute("http.response.status_code", is_failed ? 500 : 200),
                     testing::text_attribute("http.request.method", "GET"),
                     testing::text_attribute("url.path", "/operation"),
                     testing::text_attribute("server.address", "shop.example"),
                     testing::text_attribute("network.protocol.version", "1.1"),
                     testing::text_attribute("user_agent.original", "load/1.0"),
                     testing::text_attribute("customer.tier", "gold"),
                     testing::int_attribute("customer.number", number)};
  return testing::otlp_span(span);
}

std::string body_of(const Plan& plan, int64_t request, uint64_t now_ns) {
  std::vector<std::string> spans;
  for (int64_t i = 0; i < plan.spans; ++i)
    spans.push_back(span_of(request * plan.spans + i, now_ns));
  return testing::otlp_request({{"service.name", fmt::format("service-{}", request % kServices)},
                                {"service.version", "2.4.0"},
                                {"deployment.environment.name", "production"}},
                               spans);
}

/// A connection in a closed loop. True: everything was taken.
class Sender {
 public:
  explicit Sender(const Plan& plan) : port_(plan.port) {
    if (plan.is_grpc) {
      grpc_ = std::make_unique<testing::Http2Client>(port_);
    } else {
      http_ = bench::open_connection(port_);
    }
  }
  ~Sender() {
    if (!grpc_) bench::close_connection(http_);
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  bool send(const std::string& body) {
    if (grpc_)
      return grpc_->wait(grpc_->call(std::string(kGrpcPath), body)).line("grpc-status") == "0";
    const std::string request =
        fmt::format(
            "POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: "
            "application/x-protobuf\r\nContent-Length: {}\r\n\r\n",
            port_, body.size()) +
        body;
    return bench::send_and_read(http_, request) == 200;
  }

 private:
  const uint16_t port_;
  int http_ = -1;
  std::unique_ptr<testing::Http2Client> grpc_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string transport = argc == 6 ? argv[2] : "";
  if (transport != "http" && transport != "grpc") {
    fmt::print(stderr, "usage: otlp_load PORT http|grpc SPANS CONNECTIONS REQUESTS\n");
    return 2;
  }
  const Plan plan{.port = static_cast<uint16_t>(std::atoi(argv[1])),
                  .is_grpc = transport == "grpc",
                  .spans = std::atoll(argv[3]),
                  .connections = std::atoll(argv[4]),
                  .requests = std::atoll(argv[5])};
  const uint64_t now_ns = static_cast<uint64_t>(std::time(nullptr)) * 1'000'000'000;
  std::vector<std::vector<std::string>> bodies(static_cast<size_t>(plan.connections));
  // Traces of an earlier run are not met again.
  const int64_t first = static_cast<int64_t>(now_ns / 1'000'000'000) % 1'000'000 * 1'000'000;
  for (int64_t c = 0; c < plan.connections; ++c) {
    for (int64_t r = 0; r < plan.requests; ++r)
      bodies[static_cast<size_t>(c)].push_back(
          body_of(plan, first + c * plan.requests + r, now_ns));
  }
  std::vector<std::vector<double>> times(bodies.size());
  std::atomic<int64_t> refused = 0;
  std::vector<std::thread> threads;
  const auto begin = std::chrono::steady_clock::now();
  for (size_t c = 0; c < bodies.size(); ++c) {
    threads.emplace_back([&, c] {
      Sender sender(plan);
      for (const std::string& body : bodies[c]) {
        const auto sent = std::chrono::steady_clock::now();
        refused += sender.send(body) ? 0 : 1;
        times[c].push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - sent)
                .count());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::vector<double> all;
  for (const auto& each : times) all.insert(all.end(), each.begin(), each.end());
  std::sort(all.begin(), all.end());
  if (all.empty()) return 2;
  const auto spans = static_cast<double>(plan.spans) * static_cast<double>(all.size());
  fmt::print(
      "{:.0f} spans/s, {} refused, {} bytes a span, p50 {:.3f} ms, p99 {:.3f} ms, max {:.3f} ms\n",
      spans / seconds, refused.load(), bodies[0][0].size() / static_cast<size_t>(plan.spans),
      all[all.size() / 2], all[all.size() * 99 / 100], all.back());
  return refused == 0 ? 0 : 1;
}
