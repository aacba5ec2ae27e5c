// OTLP over gRPC against the same over HTTP: the same answers to the same messages, the same
// counts, and refusals in the words of each.
#include "../edge/http2_client.hpp"
#include "../edge/otlp_writer.hpp"
#include "api_fixture.hpp"
#include "edge/otlp/gzip.hpp"

namespace tollgate::api::testing {
namespace {

namespace wire = tollgate::testing;
using wire::Http2Client;

constexpr int64_t kNowMs = 1'772'445'600'000;
constexpr uint64_t kNowNs = static_cast<uint64_t>(kNowMs) * 1'000'000;
const std::string kMetrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
const std::string kLogs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const std::string kTraces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

class ApiGrpcTest : public ApiTest {
 protected:
  ApiGrpcTest() {
    auto plan = std::make_shared<intake::Plan>();
    intake::RouteSpec spans{.slo = "checkout/availability", .kind = intake::RouteKind::events};
    spans.role = intake::Role::total;
    spans.query = "{\"service.name\"=\"checkout\"}";
    spans.signal = "traces";
    intake::RouteSpec bad = spans;
    bad.role = intake::Role::bad;
    bad.bad = {"error"};
    spans.is_beside_bad = true;
    plan->routes = {bad, spans};
    plan->slos = {"checkout/availability"};
    plan_ = plan;
  }
  Http2Client& grpc() {
    if (!grpc_) grpc_ = std::make_unique<Http2Client>(server_->port());
    return *grpc_;
  }
  slo::Counts counts() {
    const slo::Objective objective{
        .slo = "checkout/availability", .target = {999'000}, .window = slo::rolling(days(30))};
    return cells_->aggregate(objective, "", {Time{kNowMs - 1'000'000}, Time{kNowMs + 1'000'000}})
        ->counts;
  }
  std::unique_ptr<Http2Client> grpc_;
};

std::string spans(int good, int bad) {
  std::vector<std::string> items;
  for (int i = 0; i < good + bad; ++i) {
    wire::WrittenSpan span;
    span.start_ns = kNowNs;
    span.end_ns = kNowNs + 1'000'000;
    span.status = i < bad ? 2 : 0;
    items.push_back(wire::otlp_span(span));
  }
  return wire::otlp_request({{"service.name", "checkout"}}, items);
}

std::string points(const std::vector<double>& values, uint32_t kind, uint64_t time_ns) {
  std::vector<std::string> list;
  for (const double value : values) {
    wire::WrittenNumber point{.labels = {{"code", std::to_string(list.size())}}, .value = value};
    point.time_ns = time_ns;
    point.start_ns = 0;
    list.push_back(wire::otlp_number(point));
  }
  return wire::otlp_request({{"service.name", "checkout"}},
                            {wire::otlp_metric("requests", "", kind, list, 2, true)});
}

TEST_F(ApiGrpcTest, answers_every_message_as_http_does) {
  std::string late = spans(1, 0);
  late.resize(late.size() - 3);
  const std::vector<std::pair<std::string, std::string>> messages = {
      {"metrics", points({1, 2, 3}, 7, kNowNs)},
      {"metrics", points({4, 5}, 7, 0)},  // without a time: left out
      {"metrics", points({1}, 5, kNowNs)},
      {"metrics", points({1}, 7, kNowNs + 3'600'000'000'000)},  // of the future
      {"metrics", ""},
      {"metrics", "garbage"},
      {"logs", ""},
      {"logs", wire::otlp_request({}, {wire::fixed(1, kNowNs)})},
      {"logs", std::string(100, '\xff')},
      {"traces", spans(3, 1)},
      {"traces", late},
      {"traces", std::string("\x0a\x05"
                             "abc",
                             5)},
  };
  for (const auto& [signal, message] : messages) {
    const auto http =
        ask("POST", "/v1/" + signal, message.empty() ? std::string("\x12\0", 2) : message,
            {{"Content-Type", "application/x-protobuf"}});
    const std::string path = signal == "metrics" ? kMetrics : signal == "logs" ? kLogs : kTraces;
    const auto& call = grpc().wait(grpc().call(path, message));
    EXPECT_EQ(call.line(":status"), "200");
    EXPECT_EQ(call.line("content-type"), "application/grpc");
    if (http.status == 200) {
      EXPECT_EQ(call.line("grpc-status"), "0") << call.line("grpc-message");
      EXPECT_TRUE(call.is_trailer("grpc-status"));
      ASSERT_GE(call.body.size(), 5u);
      EXPECT_EQ(call.body.substr(5), http.body) << signal << " of " << message.size() << " bytes";
    } else {
      EXPECT_EQ(http.status, 400);
      EXPECT_EQ(call.line("grpc-status"), "3");
      const std::string words = call.line("grpc-message");
      EXPECT_NE(http.body.find(words.substr(words.find(": ") + 2)), std::string::npos)
          << words << " but " << http.body;
      EXPECT_EQ(call.line("grpc-status-details-bin"), "") << "it can never be taken";
    }
  }
}

TEST_F(ApiGrpcTest, counts_what_http_counts_compressed_or_not) {
  EXPECT_EQ(
      ask("POST", "/v1/traces", spans(5, 2), {{"Content-Type", "application/x-protobuf"}}).status,
      200);
  EXPECT_EQ(counts(), (slo::Counts{5, 2}));
  EXPECT_EQ(grpc().wait(grpc().call(kTraces, spans(5, 2))).line("grpc-status"), "0");
  EXPECT_EQ(counts(), (slo::Counts{10, 4}));
  const std::string packed = otlp::compress_gzip(spans(5, 2));
  EXPECT_EQ(
      grpc().wait(grpc().call(kTraces, packed, {{"grpc-encoding", "gzip"}}, 1)).line("grpc-status"),
      "0");
  EXPECT_EQ(counts(), (slo::Counts{15, 6}));
  const auto& lies = grpc().wait(grpc().call(kTraces, spans(5, 2), {{"grpc-encoding", "gzip"}}, 1));
  EXPECT_EQ(lies.line("grpc-status"), "3");
  const auto& zstd = grpc().wait(grpc().call(kTraces, packed, {{"grpc-encoding", "zstd"}}, 1));
  EXPECT_EQ(zstd.line("grpc-status"), "12");
  EXPECT_EQ(zstd.line("grpc-accept-encoding"), "identity,gzip");
  EXPECT_EQ(counts(), (slo::Counts{15, 6}));
}

TEST_F(ApiGrpcTest, tells_strangers_and_wrong_names_in_the_words_of_grpc) {
  const auto& wrong = grpc().wait(grpc().call("/opentelemetry.proto.Nothing/Export", ""));
  EXPECT_EQ(wrong.line("grpc-status"), "12");
  const auto& get =
      grpc().wait(grpc().send("GET", kTraces, {{"content-type", "application/grpc"}}));
  EXPECT_EQ(get.line("grpc-status"), "12");
  const auto& json =
      grpc().wait(grpc().send("POST", kTraces, {{"content-type", "application/json"}}, "{}"));
  EXPECT_EQ(json.line(":status"), "415");
  EXPECT_EQ(ask("POST", kTraces, "x", {{"Content-Type", "application/grpc"}}).status, 400)
      << "HTTP/1.1 has no trailers";
  const auto token = [&](identity::Role role) {
    const auto made = tokens_->create({.subject = "sdk", .roles = {role}, .now = clock_.now()});
    return Http2Client::Lines{{"authorization", "Bearer " + made->text}};
  };
  const auto pusher = token(identity::Role::pusher);
  EXPECT_EQ(grpc().wait(grpc().call(kTraces, spans(1, 0))).line("grpc-status"), "16");
  EXPECT_EQ(grpc()
                .wait(grpc().call(kTraces, spans(1, 0), token(identity::Role::reader)))
                .line("grpc-status"),
            "7");
  EXPECT_EQ(grpc().wait(grpc().call(kTraces, spans(1, 0), pusher)).line("grpc-status"), "0");
  EXPECT_EQ(counts(), (slo::Counts{1, 0}));
}

TEST_F(ApiGrpcTest, the_rest_of_the_api_answers_over_http_2_as_well) {
  EXPECT_EQ(grpc().wait(grpc().send("GET", "/-/healthy")).line(":status"), "200");
  const auto& metrics = grpc().wait(grpc().send("GET", "/metrics"));
  EXPECT_NE(metrics.body.find("tollgate_"), std::string::npos);
  EXPECT_EQ(grpc().wait(grpc().send("HEAD", "/metrics")).body, "");
}

}  // namespace
}  // namespace tollgate::api::testing
