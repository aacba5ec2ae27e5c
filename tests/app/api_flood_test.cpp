// A flood at any intake: what does not fit into the queue is shed at once, in the words by which
// its sender knows that it may come again, and counted; the gate answers meanwhile.
#include "../edge/http2_client.hpp"
#include "../edge/otlp_writer.hpp"
#include "../edge/remote_write_writer.hpp"
#include "api_fixture.hpp"

#include <condition_variable>
#include <mutex>

namespace tollgate::api::testing {
namespace {

namespace wire = tollgate::testing;

constexpr size_t kQueue = 4;

/// While it is closed, the intake's thread stands still in the middle of a request.
struct Dam {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_closed = false;
  bool is_reached = false;
  void close() {
    const std::lock_guard lock(mutex);
    is_closed = true;
    is_reached = false;
  }
  void open() {
    const std::lock_guard lock(mutex);
    is_closed = false;
    changed.notify_all();
  }
  void wait_until_reached() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return is_reached; });
  }
  void pass() {
    std::unique_lock lock(mutex);
    is_reached = true;
    changed.notify_all();
    changed.wait(lock, [this] { return !is_closed; });
  }
};
Dam dam;

Result<void> read_behind_dam(std::string_view bytes, intake::Batch& batch) {
  dam.pass();
  return wiring::decoders()[static_cast<size_t>(intake::Encoding::otlp_logs)](bytes, batch);
}

intake::Decoders dammed_decoders() {
  intake::Decoders decoders = wiring::decoders();
  decoders[static_cast<size_t>(intake::Encoding::otlp_logs)] = read_behind_dam;
  return decoders;
}

class ApiFloodTest : public ApiTest {
 protected:
  ApiFloodTest()
      : ApiTest({.queue_requests_max = kQueue, .group_requests_max = 1}, dammed_decoders()) {}
};

const std::string kLogs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

TEST_F(ApiFloodTest, is_shed_at_every_intake_and_the_gate_answers_meanwhile) {
  EXPECT_EQ(apply_starter().status, 200);
  dam.close();
  wire::Http2Client sender(server_->port());
  // One request stands in the dam, kQueue wait behind it.
  std::vector<int32_t> accepted = {sender.call(kLogs, "")};
  dam.wait_until_reached();
  for (size_t i = 0; i < kQueue; ++i) accepted.push_back(sender.call(kLogs, ""));
  while (intake_->status().queued_requests < kQueue) std::this_thread::yield();

  const struct {
    const char* path;
    std::string body;
    Headers headers;
  } floods[] = {
      {"/api/v1/write",
       intake::compress_snappy(wire::write_request_1({})),
       {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "snappy"}}},
      {"/api/v1/write",
       intake::compress_snappy(wire::write_request_2({})),
       {{"Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"},
        {"Content-Encoding", "snappy"}}},
      {"/v1/counters", R"({"counters":[]})", {{"Content-Type", "application/json"}}},
      {"/v1/metrics", "\n", {{"Content-Type", "application/x-protobuf"}}},
      {"/v1/metrics", "{}", {{"Content-Type", "application/json"}}},
      {"/v1/logs", "\n", {{"Content-Type", "application/x-protobuf"}}},
      {"/v1/logs", "{}", {{"Content-Type", "application/json"}}},
      {"/v1/traces", "\n", {{"Content-Type", "application/x-protobuf"}}},
      {"/v1/traces", "{}", {{"Content-Type", "application/json"}}},
  };
  int64_t shed = 0;
  for (int round = 0; round < 20; ++round) {
    for (const auto& flood : floods) {
      const auto answer = ask("POST", flood.path, flood.body, flood.headers);
      EXPECT_EQ(answer.status, 429) << flood.path << answer.body;
      EXPECT_NE(header(answer, "retry-after"), "") << flood.path;
      ++shed;
    }
    for (const char* service : {"logs.v1.Logs", "metrics.v1.Metrics", "trace.v1.Trace"}) {
      const std::string path =
          fmt::format("/opentelemetry.proto.collector.{}Service/Export", service);
      const auto& answer = sender.wait(sender.call(path, ""));
      EXPECT_EQ(answer.line("grpc-status"), "8");
      EXPECT_NE(answer.line("grpc-status-details-bin"), "") << "RetryInfo";
      ++shed;
    }
    EXPECT_EQ(gate(fmt::format("1.0.{}", round)).status, 200) << "while the intake stands still";
  }
  EXPECT_EQ(intake_->status().shed, shed);
  const std::string metrics = get("/metrics").body;
  EXPECT_NE(metrics.find(fmt::format("tollgate_intake_shed_total {}\n", shed)), std::string::npos);

  dam.open();
  for (const int32_t id : accepted)
    EXPECT_EQ(sender.wait(id).line("grpc-status"), "0") << "what was taken is answered";
  EXPECT_EQ(sender.wait(sender.call(kLogs, "")).line("grpc-status"), "0");
}

}  // namespace
}  // namespace tollgate::api::testing
