// Pushed signals over HTTP: what is taken, what is refused, and with which status, because senders
// retry by it.
#include "../edge/remote_write_writer.hpp"
#include "api_fixture.hpp"

namespace tollgate::api::testing {
namespace {

namespace wire = tollgate::testing;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr int64_t kStart = 1'772'445'600'000;
const Headers kVersion1 = {{"Content-Type", "application/x-protobuf"},
                           {"Content-Encoding", "snappy"},
                           {"X-Prometheus-Remote-Write-Version", "0.1.0"}};
const Headers kVersion2 = {
    {"Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"},
    {"Content-Encoding", "snappy"},
    {"X-Prometheus-Remote-Write-Version", "2.0.0"}};

class ApiIntakeTest : public ApiTest {
 protected:
  ApiIntakeTest() {
    auto plan = std::make_shared<intake::Plan>();
    intake::RouteSpec bad;
    bad.slo = "checkout/availability";
    bad.role = intake::Role::bad;
    bad.query = "requests{code=\"500\"}";
    intake::RouteSpec total = bad;
    total.role = intake::Role::total;
    total.is_beside_bad = true;
    total.query = "requests";
    plan->routes = {bad, total};
    plan->slos = {"checkout/availability"};
    plan->environments = {"production"};
    plan_ = plan;
  }
  engine::HttpResponse write(const std::string& message, const Headers& headers) {
    return ask("POST", "/api/v1/write", intake::compress_snappy(message), headers);
  }
  slo::Counts counts() {
    const slo::Objective objective{
        .slo = "checkout/availability", .target = {999'000}, .window = slo::rolling(days(30))};
    return cells_->aggregate(objective, "", {Time{kStart - 1'000'000}, Time{kStart + 1'000'000}})
        ->counts;
  }
};

wire::WrittenSeries requests(const char* code, double value, int64_t seconds) {
  return {{{"__name__", "requests"}, {"code", code}}, {{kStart + seconds * 1000, value}}};
}

TEST_F(ApiIntakeTest, takes_remote_write_of_both_versions) {
  const auto first =
      write(wire::write_request_1({requests("200", 10, 0), requests("500", 1, 0)}), kVersion1);
  EXPECT_EQ(first.status, 204) << first.body;
  const auto second =
      write(wire::write_request_2({requests("200", 15, 30), requests("500", 3, 30)}), kVersion2);
  EXPECT_EQ(second.status, 204) << second.body;
  EXPECT_EQ(header(second, "x-prometheus-remote-write-samples-written"), "2");
  EXPECT_EQ(header(second, "x-prometheus-remote-write-histograms-written"), "0");
  EXPECT_EQ(header(second, "x-prometheus-remote-write-exemplars-written"), "0");
  EXPECT_EQ(counts(), (slo::Counts{5, 2}));
  const std::string metrics = get("/metrics").body;
  EXPECT_NE(metrics.find("tollgate_intake_counted_total{source=\"anonymous\"} 4"),
            std::string::npos)
      << metrics;
}

TEST_F(ApiIntakeTest, refuses_what_can_never_be_taken_so_that_nobody_tries_again) {
  EXPECT_EQ(ask("POST", "/api/v1/write", "garbage", kVersion1).status, 400);
  EXPECT_EQ(write("garbage", kVersion1).status, 400);
  const auto plain = write("", {{"Content-Type", "application/x-protobuf"}});
  EXPECT_EQ(plain.status, 415);
  EXPECT_NE(json(plain).text_or("help").find("Content-Encoding: snappy"), std::string::npos)
      << plain.body;
  EXPECT_EQ(write("", {{"Content-Type", "text/plain"}, {"Content-Encoding", "snappy"}}).status,
            415);
  EXPECT_EQ(get("/api/v1/write").status, 405);
  EXPECT_EQ(counts(), (slo::Counts{}));
}

TEST_F(ApiIntakeTest, takes_counters_and_counts_a_key_once) {
  const std::string body =
      R"({"counters":[{"slo":"checkout/availability","good":7,"bad":2,"time":1772445600000}]})";
  const Headers with_key = {{"Content-Type", "application/json"}, {"Idempotency-Key", "once"}};
  const auto first = ask("POST", "/v1/counters", body, with_key);
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(json(first).integer_or("accepted", 0), 1);
  EXPECT_TRUE(json(ask("POST", "/v1/counters", body, with_key)).boolean_or("duplicate", false));
  EXPECT_EQ(counts(), (slo::Counts{7, 2}));
  const struct {
    const char* body;
    int status;
  } refused[] = {{R"({"slo":"checkout/availabilty","good":7})", 404},
                 {R"({"slo":"checkout/availability","god":7})", 422},
                 {R"({"slo":"checkout/availability","good":-7})", 422},
                 {R"({"slo":"checkout/availability"})", 422},
                 {R"(nonsense)", 400}};
  for (const auto& each : refused)
    EXPECT_EQ(ask("POST", "/v1/counters", each.body).status, each.status) << each.body;
  EXPECT_EQ(ask("POST", "/v1/counters", body, {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(counts(), (slo::Counts{7, 2}));
}

TEST_F(ApiIntakeTest, tells_how_long_the_events_of_an_slo_took) {
  ASSERT_EQ(apply_starter().status, 200);
  const std::string body =
      R"({"slo":"checkout/availability","good":10,"time":1772445600000,"durations":[)"
      R"({"seconds":0.1,"count":9},{"seconds":2,"count":1}]})";
  ASSERT_EQ(ask("POST", "/v1/counters", body).status, 200);
  const auto answer = get("/v1/slos/checkout/availability/latency?window=30m");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const Schemas schemas;
  const std::string_view path = "/v1/slos/{service}/{slo}/latency";
  EXPECT_EQ(schemas.misfit(*schemas.answer_schema(path, "GET", 200), json(answer)), "");
  EXPECT_EQ(json(answer).integer_or("events", 0), 10);
  const doc::Node told = json(answer);
  const auto bounds = [&](size_t i) {
    const doc::Node& row = told.find("quantiles")->items()[i];
    return std::pair(row.find("above_seconds")->as_number(),
                     row.find("at_most_seconds")->as_number());
  };
  EXPECT_LT(bounds(0).first, 0.1);
  EXPECT_GE(bounds(0).second, 0.1);
  EXPECT_LT(bounds(0).second / bounds(0).first, 1.023);
  EXPECT_LT(bounds(3).first, 2);
  EXPECT_GE(bounds(3).second, 2);
  EXPECT_EQ(json(get("/v1/slos/checkout/availability/latency?at=2020-01-01T00:00:00Z"))
                .integer_or("events", -1),
            0);
  EXPECT_EQ(get("/v1/slos/checkout/availabilty/latency").status, 404);
  EXPECT_EQ(get("/v1/slos/checkout/availability/latency?window=soon").status, 400);
}

TEST_F(ApiIntakeTest, wants_a_token_that_may_push_and_names_the_source_by_it) {
  const auto bearer = [&](const char* subject, identity::Role role) {
    const auto made =
        tokens_->create({.subject = subject, .roles = {role}, .now = clock_.now()}).value();
    return std::pair<std::string, std::string>("Authorization", "Bearer " + made.text);
  };
  const auto with = [&](std::pair<std::string, std::string> token) {
    Headers headers = kVersion1;
    headers.push_back(std::move(token));
    return write(wire::write_request_1({requests("200", 10, 0)}), headers);
  };
  const auto pusher = bearer("prometheus-eu", identity::Role::pusher);
  EXPECT_EQ(with(bearer("reader", identity::Role::reader)).status, 403);
  EXPECT_EQ(with(pusher).status, 204);
  EXPECT_EQ(get("/v1/status", {pusher}).status, 403);
  ASSERT_EQ(intake_->status().sources.size(), 1u);
  EXPECT_EQ(intake_->status().sources[0].source, "prometheus-eu");
  Headers named = kVersion1;
  named.push_back(pusher);
  const std::string body =
      intake::compress_snappy(wire::write_request_1({requests("200", 11, 30)}));
  EXPECT_EQ(ask("POST", "/api/v1/write?source=other", body, named).status, 204);
  EXPECT_EQ(intake_->status().sources[1].source, "prometheus-eu/other");
  EXPECT_EQ(write(wire::write_request_1({requests("200", 10, 0)}), kVersion1).status, 401);
}

}  // namespace
}  // namespace tollgate::api::testing
