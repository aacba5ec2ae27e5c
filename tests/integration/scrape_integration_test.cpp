// Real exporters are visited and read whole: node exporter and blackbox exporter of Debian, each
// skipped where it is not installed; and one of ours that restarts, dies and lies.
#include "edge/net/http_client.hpp"
#include "edge/scrape/scraper.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace tollgate {
namespace {

class WallClock : public engine::Clock {
 public:
  Time now() override {
    using namespace std::chrono;
    const auto since = system_clock::now().time_since_epoch();
    return Time{duration_cast<std::chrono::milliseconds>(since).count()};
  }
};

int free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(probe, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(probe);
  return ntohs(address.sin_port);
}

/// A program that runs as long as this object lives.
class Program {
 public:
  explicit Program(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", 1, 0);
    EXPECT_EQ(posix_spawn(&pid_, arguments[0], &quiet, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&quiet);
  }
  ~Program() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

 private:
  pid_t pid_ = 0;
};

scrape::Target target(const std::string& url) {
  return {.source = "exporters",
          .url = url,
          .labels = {{"job", "exporters"}, {"instance", "one"}},
          .timeout = seconds(5)};
}

/// Visits until the program is up.
scrape::Found visit_when_up(const std::string& url) {
  const auto http = net::make_http_client();
  WallClock clock;
  scrape::Found found;
  for (int i = 0; i < 100; ++i) {
    found = scrape::visit(target(url), *http, clock.now());
    if (found.health.is_up) break;
    usleep(50'000);
  }
  EXPECT_TRUE(found.health.is_up) << found.health.error;
  return found;
}

double value_of(const scrape::Found& found, std::string_view name) {
  intake::Batch batch;
  EXPECT_TRUE(scrape::decode_visit(found.bytes, batch));
  for (const intake::Point& point : batch.points) {
    if (batch.labels[point.first_label].value == name) return point.value;
  }
  return -1;
}

TEST(RealExporters, the_node_exporter_is_read_whole) {
  const std::string program = "/usr/bin/prometheus-node-exporter";
  if (!std::filesystem::exists(program)) GTEST_SKIP() << "no " << program;
  const int port = free_port();
  const Program node({program, fmt::format("--web.listen-address=127.0.0.1:{}", port)});
  const scrape::Found found = visit_when_up(fmt::format("http://127.0.0.1:{}/metrics", port));
  EXPECT_GT(found.health.samples, 200);
  EXPECT_EQ(value_of(found, "up"), 1);
  EXPECT_GT(value_of(found, "node_time_seconds"), 1.7e9);
  EXPECT_GE(value_of(found, "node_cpu_seconds_total"), 0);
}

TEST(RealExporters, the_blackbox_exporter_tells_a_probe_that_fails) {
  const std::string program = "/usr/bin/prometheus-blackbox-exporter";
  if (!std::filesystem::exists(program)) GTEST_SKIP() << "no " << program;
  const int port = free_port();
  const std::string config = testing::TempDir() + fmt::format("blackbox_{}.yml", port);
  FILE* const file = fopen(config.c_str(), "w");
  ASSERT_NE(file, nullptr);
  fputs("modules: {tcp: {prober: tcp, timeout: 2s}}\n", file);
  fclose(file);
  const Program blackbox(
      {program, "--config.file=" + config, fmt::format("--web.listen-address=127.0.0.1:{}", port)});
  const std::string probe =
      fmt::format("http://127.0.0.1:{}/probe?module=tcp&target=127.0.0.1:", port);
  const scrape::Found open = visit_when_up(probe + std::to_string(port));
  EXPECT_EQ(value_of(open, "probe_success"), 1);
  EXPECT_EQ(value_of(visit_when_up(probe + std::to_string(free_port())), "probe_success"), 0);
}

/// An exporter of ours: counts its visits, restarts, lies and dies on command.
class OwnExporter : public engine::HttpClient {
 public:
  Result<engine::HttpResponse> send(const engine::HttpRequest& request) override {
    const int visit = ++visits;
    if (mode == "dead") return fail(codes::unreachable, "connection refused");
    if (mode == "lying")
      return engine::HttpResponse{.status = 200, .headers = {}, .body = "shop_total 12"};
    const bool asks_open_metrics =
        std::any_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
          return header.first == "Accept" && header.second.find("openmetrics") != std::string::npos;
        });
    EXPECT_TRUE(asks_open_metrics);
    return engine::HttpResponse{
        .status = 200,
        .headers = {{"content-type", "application/openmetrics-text; version=1.0.0"}},
        .body = fmt::format("# TYPE shop counter\nshop_total {}\n# EOF\n", visit)};
  }
  std::atomic<int> visits = 0;
  std::string mode = "well";
};

TEST(Scraper, a_target_that_dies_or_lies_is_down_and_nothing_of_it_is_counted) {
  OwnExporter exporter;
  for (const std::string mode : {"dead", "lying"}) {
    exporter.mode = mode;
    const scrape::Found found = scrape::visit(target("http://shop/metrics"), exporter, {1000});
    EXPECT_FALSE(found.health.is_up);
    EXPECT_NE(found.health.error, "");
    EXPECT_EQ(value_of(found, "up"), 0);
    EXPECT_EQ(value_of(found, "shop_total"), -1);
  }
}

TEST(Scraper, targets_are_visited_on_schedule_until_it_stops) {
  OwnExporter exporter;
  WallClock clock;
  std::mutex mutex;
  std::condition_variable enough;
  std::vector<double> seen;
  scrape::Scraper scraper(exporter, clock, [&](const std::string&, const std::string& bytes) {
    const std::lock_guard lock(mutex);
    seen.push_back(value_of({.bytes = bytes, .health = {}}, "shop_total"));
    enough.notify_all();
    return Result<void>();
  });
  scrape::Target shop = target("http://shop/metrics");
  shop.interval = seconds(1);
  ASSERT_TRUE(scraper.set_targets({shop}));
  scraper.start();
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(enough.wait_for(lock, std::chrono::seconds(30), [&] { return seen.size() >= 2; }));
  }
  scraper.stop();
  ASSERT_EQ(scraper.health().size(), 1u);
  EXPECT_TRUE(scraper.health()[0].is_up);
  EXPECT_EQ(scraper.health()[0].samples, 1);
  EXPECT_EQ(std::vector<double>(seen.begin(), seen.begin() + 2), (std::vector<double>{1, 2}));
  EXPECT_FALSE(scraper.set_targets(std::vector<scrape::Target>(scrape::kTargetsMax + 1, shop)));
}

}  // namespace
}  // namespace tollgate
