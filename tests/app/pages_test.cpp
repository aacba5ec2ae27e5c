// The pages of deliveries, calendar and queues, and their families in /metrics: what a person or a
// dashboard finds there.
#include "api_fixture.hpp"

namespace tollgate::api {
namespace {

using testing::ApiTest;

constexpr const char* kPolicy = R"(apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells things.}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
---
apiVersion: tollgate/v1
kind: Queue
metadata: {name: turns}
spec: {capacity: 1, mode: newest_first}
---
apiVersion: tollgate/v1
kind: Calendar
metadata: {name: company}
spec:
  timeZone: Europe/Berlin
  entries:
    - name: "stock <taking>"
      type: freeze
      start: 2026-02-27T08:00
      end: 2026-03-05T18:00
      reason: "<b>count</b> & count"
    - {name: power, type: blackout, start: 2026-03-20T01:00, duration: 6h}
)";

class Pages : public ApiTest {
 protected:
  void SetUp() override { apply(kPolicy); }
  void apply(std::string_view policy) {
    doc::Node files = doc::Node::array();
    files.push(doc::Node::object({{"file", "p.yaml"}, {"text", policy}}));
    const auto applied =
        ask("POST", "/v1/policy/apply", doc::compact_json(doc::Node::object({{"files", files}})),
            {{"Content-Type", "application/json"}, {"If-Match", "*"}});
    ASSERT_EQ(applied.status, 200) << applied.body;
  }
  void tell(const std::string& fact) {
    const auto answer = ask("POST", "/v1/observations", fact);
    ASSERT_LT(answer.status, 300) << answer.body;
  }
  void deploy(const std::string& version, const std::string& at, const std::string& more = "") {
    tell(R"({"type":"deployment","service":"shop","environment":"production","id":")" + version +
         R"(","version":")" + version + R"(","status":"succeeded","at":")" + at + "\"" + more +
         "}");
  }
  std::string page(const std::string& path) {
    const auto answer = get(path, {{"Accept", "text/html"}});
    EXPECT_EQ(answer.status, 200) << path << answer.body;
    EXPECT_NE(header(answer, "content-security-policy").find("script-src 'self'"),
              std::string::npos);
    return answer.body;
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Pages, EachPageIsInTheNavigationAndRenewsItself) {
  for (const std::string path : {"/", "/deliveries", "/calendar", "/queues"}) {
    const std::string body = page(path);
    for (const std::string other : {"/", "/deliveries", "/calendar", "/queues"})
      EXPECT_TRUE(has(body, "<a href=\"" + other + "\"")) << path;
    EXPECT_TRUE(has(body, "<a href=\"" + path + "\" aria-current=\"page\">")) << path;
    EXPECT_TRUE(has(body, "<script src=\"/live.js\" defer>")) << path;
    EXPECT_TRUE(has(body, "<noscript><meta http-equiv=\"refresh\"")) << path;
  }
  const auto script = get("/live.js");
  EXPECT_TRUE(header(script, "content-type").starts_with("text/javascript"));
  EXPECT_TRUE(has(script.body, "/v1/stream"));
}

TEST_F(Pages, DeliveriesShowFiguresFailuresAndBypasses) {
  EXPECT_TRUE(has(page("/deliveries"), "No deployment is known"));
  deploy("1.0", "2026-02-10T10:00:00Z");
  deploy("1.1", "2026-02-12T10:00:00Z");
  tell(R"({"type":"incident","service":"shop","id":"I<7>","at":"2026-02-12T10:30:00Z",
          "caused_by":"1.1"})");
  deploy("1.0b", "2026-02-12T11:00:00Z", R"(,"kind":"rollback")");
  const std::string body = page("/deliveries");
  EXPECT_TRUE(has(body, "Deployment frequency"));
  EXPECT_TRUE(has(body, "cluster of 2024: unsure, fewer than 10 values"));
  EXPECT_TRUE(has(body, "1 of 2, 95 %"));
  EXPECT_TRUE(has(body, "rolled_back"));
  EXPECT_TRUE(has(body, "detect 30 min"));
  EXPECT_TRUE(has(body, "Past the gate"));
  EXPECT_TRUE(has(body, "class=\"spark\""));
  EXPECT_FALSE(has(body, "I<7>"));
  EXPECT_TRUE(has(page("/deliveries?service=shop&days=30"), "all services"));
  EXPECT_EQ(get("/deliveries?service=nobody").status, 404);
  EXPECT_EQ(get("/deliveries?days=0").status, 400);
}

TEST_F(Pages, FiguresWithMaintenanceStandBesideThoseWithout) {
  apply(R"(apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells things.}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: orders}
spec:
  service: shop
  indicator:
    metadata: {name: shop-orders}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: cells, spec: {query: good}}}
        total: {metricSource: {type: cells, spec: {query: total}}}
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Orders, target: 0.99}]
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
---
apiVersion: tollgate/v1
kind: Calendar
metadata: {name: operations}
spec:
  timeZone: UTC
  entries:
    - name: database move
      type: maintenance
      start: 2026-03-02T08:00
      duration: 1h
      excludeFromBudgets: true
)");
  signals_.bad = 150'000;
  signals_.is_bad_in_maintenance_only = true;
  const std::string body = page("/");
  for (const char* words : {"within budget", "overspent with maintenance", "85 % with maintenance",
                            "-1400 % with maintenance"})
    EXPECT_NE(body.find(words), std::string::npos) << words << "\n" << body;
  const std::string metrics = get("/metrics").body;
  const std::string labels = R"({slo="shop/orders",environment="production"} )";
  for (const std::string& line :
       {"tollgate_slo_sli_ratio" + labels + "1\n", "tollgate_slo_raw_sli_ratio" + labels + "0.85\n",
        "tollgate_slo_raw_budget_remaining_ratio" + labels + "-14\n",
        "tollgate_slo_excluded_seconds" + labels + "3600\n"})
    EXPECT_NE(metrics.find(line), std::string::npos) << line << "\n" << metrics;
}

TEST_F(Pages, TheCalendarShowsWhatHoldsAndEveryDay) {
  const std::string body = page("/calendar");
  EXPECT_TRUE(has(body, "blocked"));
  EXPECT_TRUE(has(body, "stock &lt;taking&gt;"));
  EXPECT_TRUE(has(body, "&lt;b&gt;count&lt;/b&gt; &amp; count"));
  EXPECT_FALSE(has(body, "<b>count"));
  EXPECT_TRUE(has(body, "class=\"day closed\""));
  EXPECT_TRUE(has(body, "class=\"day part\"")) << "the blackout of a night";
  EXPECT_TRUE(has(body, "company/power"));
  EXPECT_EQ(get("/calendar?environment=nowhere").status, 404);
}

TEST_F(Pages, QueuesShowTokensPlacesAndRings) {
  const auto join = [this](const std::string& version, const std::string& parent = "") {
    return json(ask("POST", "/v1/queues/turns/tickets",
                    R"({"service":"shop","environment":"production","version":")" + version +
                        R"(","parent":")" + parent + "\"}"));
  };
  EXPECT_TRUE(has(page("/queues"), "Nobody holds a lease."));
  const doc::Node first = join("1");
  join("2");
  std::string body = page("/queues");
  EXPECT_TRUE(has(body, fmt::format(">{}</td>", first.integer_or("token", 0))));
  EXPECT_TRUE(has(body, "newest first"));
  EXPECT_TRUE(has(body, "it is next; shop 1 holds a lease until"));
  EXPECT_FALSE(has(body, "Deadlock"));
  join("3", std::string(first.text_or("ticket")));
  body = page("/queues");
  EXPECT_TRUE(has(body, "role=\"alert\""));
  EXPECT_TRUE(has(body, "wait for each other for ever"));
  const std::string metrics = get("/metrics").body;
  EXPECT_TRUE(has(metrics, "tollgate_release_queue_waiting{queue=\"turns\"} 2"));
  EXPECT_TRUE(has(metrics, "tollgate_release_queue_leases{queue=\"turns\"} 1"));
}

TEST_F(Pages, MetricsHaveTheFiguresAndNoSampleWithoutData) {
  deploy("1.0", "2026-02-10T10:00:00Z");
  deploy("1.1", "2026-02-12T10:00:00Z");
  const std::string before = get("/metrics").body;
  const std::string place = "{service=\"shop\",environment=\"production\"} ";
  EXPECT_TRUE(has(before, "tollgate_deployments" + place + "2\n"));
  EXPECT_TRUE(has(before, "tollgate_deployment_gap_seconds" + place + "172800\n"));
  EXPECT_TRUE(has(before, "tollgate_deployments_bypassed" + place + "2\n"));
  EXPECT_FALSE(has(before, "tollgate_change_failure_ratio{"))
      << "nobody tells of incidents: no data is not 0";
  EXPECT_FALSE(has(before, "tollgate_lead_time_seconds{")) << "no change is known";
  EXPECT_TRUE(has(before, "tollgate_calendar_open{environment=\"production\"} 0\n"));
  tell(R"({"type":"incident","service":"shop","id":"I","at":"2026-02-12T11:00:00Z",
          "caused_by":"1.1"})");
  deploy("1.0c", "2026-02-12T12:00:00Z", R"(,"kind":"rollback")");
  const std::string after = get("/metrics").body;
  EXPECT_TRUE(has(after, "tollgate_change_failure_ratio" + place + "0.5\n")) << after;
  EXPECT_TRUE(has(after, "tollgate_failed_deployment_recovery_seconds" + place + "7200\n"));
  EXPECT_TRUE(has(after, "tollgate_rollback_detect_seconds" + place + "3600\n"));
  EXPECT_TRUE(has(after, "tollgate_rollback_success_ratio" + place + "1\n"));
}

}  // namespace
}  // namespace tollgate::api
