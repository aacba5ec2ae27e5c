// Sources on the command line, as a person reads them.
#include "cli_fixture.hpp"

namespace tollgate::cli {
namespace {

constexpr std::string_view kPolicy = R"(apiVersion: openslo/v1
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
apiVersion: openslo/v1
kind: DataSource
metadata: {name: metrics}
spec: {type: prometheus, connectionDetails: {url: "http://127.0.0.1:1"}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: answers}
spec:
  service: shop
  indicator:
    metadata: {name: shop-answers}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {metricSourceRef: metrics, spec: {query: good_total}}}
        total: {metricSource: {metricSourceRef: metrics, spec: {query: all_total}}}
  timeWindow: [{duration: 7d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Answers, target: 0.99}]
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
)";

class SourcesCli : public Cli {
 protected:
  void SetUp() override {
    write(".tollgate/policy.yaml", kPolicy);
    ASSERT_EQ(run("signal push --slo shop/orders --env production --good 10 --source till").code,
              0);
  }
};

TEST_F(SourcesCli, ShowsWhoBringsWhatAndWhatIsNotWell) {
  const std::string list = run("source list").out;
  EXPECT_NE(list.find("till\tpush\tfresh"), std::string::npos) << list;
  EXPECT_NE(list.find("shop/orders"), std::string::npos) << list;
  EXPECT_NE(list.find("metrics\tprometheus\tnever seen"), std::string::npos) << list;
  EXPECT_NE(list.find("tollgate source test metrics"), std::string::npos) << list;
  const std::string lag = run("source lag").out;
  EXPECT_NE(lag.find("till"), std::string::npos) << lag;
  const Outcome one = run({"source", "list", "till", "-o", "table"});
  EXPECT_NE(one.out.find("1 samples in 1 requests"), std::string::npos) << one.out;
  EXPECT_NE(one.out.find("0 counter resets"), std::string::npos) << one.out;
}

TEST_F(SourcesCli, AsksAServerThatIsNotThereAndSaysWhatToDo) {
  const Outcome test = run({"source", "test", "metrics", "-o", "table"});
  EXPECT_EQ(test.code, kExitProblems);
  EXPECT_NE(test.out.find("not ok"), std::string::npos) << test.out;
  EXPECT_NE(test.out.find("shop/answers"), std::string::npos) << test.out;
  EXPECT_NE(test.out.find("connectionDetails.url"), std::string::npos) << test.out;
  const Outcome pusher = run({"source", "test", "till", "-o", "table"});
  EXPECT_EQ(pusher.code, kExitDone) << pusher.out;
  EXPECT_NE(pusher.out.find("brings by itself"), std::string::npos) << pusher.out;
}

TEST_F(SourcesCli, ListsTheLatencyOfOperationsAndOfAnSlo) {
  const std::string now = std::to_string(process_terminal().now().ms);
  const auto span = [&](const char* id, const char* parent, const char* name, int milliseconds) {
    return fmt::format(
        R"({{"traceId":"0123456789abcdef0123456789abcdef","spanId":"{}","parentSpanId":"{}",)"
        R"("name":"{}","kind":2,"startTimeUnixNano":"{}000000","endTimeUnixNano":"{}000000"}})",
        id, parent, name, now, process_terminal().now().ms + milliseconds);
  };
  write("spans.json",
        R"({"resourceSpans":[{"resource":{"attributes":[)"
        R"({"key":"service.name","value":{"stringValue":"shop"}},)"
        R"({"key":"service.version","value":{"stringValue":"1.0"}}]},"scopeSpans":[{"spans":[)" +
            span("00000000000000a1", "", "POST /orders", 200) + "," +
            span("00000000000000a2", "00000000000000a1", "SELECT", 50) + "]}]}]}");
  ASSERT_EQ(run("signal otlp traces spans.json").code, 0);
  const Outcome operations = run({"slo", "latency", "shop", "--operations", "-o", "table"});
  EXPECT_EQ(operations.code, kExitDone) << operations.err;
  EXPECT_NE(operations.out.find("SELECT"), std::string::npos) << operations.out;
  EXPECT_NE(operations.out.find("P99 MS"), std::string::npos) << operations.out;
  EXPECT_EQ(run("slo latency shop --operations -o json").json().find("operations")->items().size(),
            2U);
  const Outcome unknown = run("slo latency shob --operations");
  EXPECT_EQ(unknown.code, kExitNotFound);
  EXPECT_NE(unknown.err.find("shop"), std::string::npos) << unknown.err;
  EXPECT_EQ(run("slo latency shop --operations --before 1").code, kExitUsage);
  EXPECT_EQ(run("slo latency shop --window 1h").code, kExitUsage);

  const Outcome quantiles =
      run({"slo", "latency", "shop/orders", "--env", "production", "-o", "table"});
  EXPECT_EQ(quantiles.code, kExitDone) << quantiles.err;
  EXPECT_NE(quantiles.out.find("0 events with a duration"), std::string::npos) << quantiles.out;
  EXPECT_EQ(run("slo latency shop/orders --window 6h -o json").json().text_or("slo"),
            "shop/orders");
  EXPECT_EQ(run("slo latency shop/order").code, kExitNotFound);
}

TEST_F(SourcesCli, QuarantinesWithAReasonAndReleases) {
  EXPECT_EQ(run("source quarantine till").code, kExitUsage);
  const Outcome held =
      run({"source", "quarantine", "till", "--reason", "counts twice", "-o", "table"});
  EXPECT_EQ(held.code, kExitDone) << held.err;
  EXPECT_NE(held.out.find("tollgate source release till"), std::string::npos) << held.out;
  EXPECT_NE(run("source list").out.find("quarantined"), std::string::npos);
  const Outcome budget =
      run({"slo", "budget", "shop/orders", "--env", "production", "-o", "table"});
  EXPECT_NE(budget.out.find("not trusted"), std::string::npos) << budget.out;
  EXPECT_EQ(run("source release till").code, kExitDone);
  const Outcome again = run("source release till");
  EXPECT_EQ(again.code, kExitNotFound);
  EXPECT_NE(again.err.find("in no quarantine"), std::string::npos) << again.err;
  const Outcome unknown = run({"source", "quarantine", "tyll", "--reason", "x"});
  EXPECT_EQ(unknown.code, kExitNotFound);
  EXPECT_NE(unknown.err.find("till"), std::string::npos) << unknown.err;
}

/// One finding a line: "TG0211 4:29 unknown setting ...".
std::string findings_of(const Outcome& checked) {
  std::string text;
  const doc::Node answer = checked.json();
  for (const doc::Node& finding : answer.find("findings")->items()) {
    text += fmt::format("{} {} {}:{} {}\n", finding.text_or("severity"), finding.text_or("code"),
                        finding.integer_or("line", 0), finding.integer_or("column", 0),
                        finding.text_or("message"));
  }
  return text;
}

TEST_F(SourcesCli, ACheckFindsADataSourceThatNobodyCouldReach) {
  const auto findings = [this](std::string_view spec) {
    write("bad/source.yaml", fmt::format("apiVersion: openslo/v1\nkind: DataSource\n"
                                         "metadata: {{name: m}}\nspec:\n{}\n",
                                         spec));
    return findings_of(run("check bad -o json"));
  };
  EXPECT_EQ(findings("  type: prometeus\n  connectionDetails: {url: http://a}"),
            "error TG0102 5:9 DataSource m has the unknown type \"prometeus\"; did you mean "
            "\"prometheus\"?; known are accesslog, cells, csv, datadog, delivery, events, mimir, "
            "prometheus, scrape, series, thanos, victoriametrics\n");
  EXPECT_EQ(findings("  type: prometheus\n  connectionDetails: {ulr: http://a, tokn: x}"),
            "error TG0211 6:28 DataSource m has the unknown setting \"ulr\"; did you mean "
            "\"url\"?\n"
            "error TG0211 6:44 DataSource m has the unknown setting \"tokn\"; did you mean "
            "\"token\"?\n");
  EXPECT_EQ(findings("  type: prometheus\n  connectionDetails: {token: x}"),
            "error TG0212 6:22 DataSource m has no connectionDetails.url\n");
  EXPECT_EQ(findings("  type: accesslog\n  connectionDetails: {path: /a, format: '$status'}")
                .substr(0, 18),
            "error TG0213 6:41 ");
  EXPECT_EQ(findings("  type: accesslog\n  connectionDetails: {path: /a, fromStart: 'yes'}"),
            "error TG0210 6:44 fromStart of DataSource m is true or false\n");
  EXPECT_EQ(findings("  type: scrape\n  connectionDetails: {targets: [localhost:9100]}"),
            "error TG0213 6:33 a target of DataSource m is no URL: \"localhost:9100\"\n");
  EXPECT_EQ(findings("  type: csv\n  connectionDetails: {bad: 5xx}").substr(0, 18),
            "error TG0212 6:22 ");
  // Whose program knows it, may share the file.
  const std::string foreign = findings("  type: cloudwatch\n  connectionDetails: {region: eu-1}");
  EXPECT_EQ(foreign.substr(0, 19), "warning TG0102 5:9 ") << foreign;
  EXPECT_NE(foreign.find("stay inconclusive"), std::string::npos) << foreign;
}

TEST_F(SourcesCli, SecretsNeedNotBeWhereAPolicyIsChecked) {
  write("good/source.yaml", R"(apiVersion: openslo/v1
kind: DataSource
metadata: {name: m}
spec:
  type: Prometheus
  connectionDetails: {url: "env:TOLLGATE_NOT_SET_URL", token: "env:TOLLGATE_NOT_SET"}
)");
  EXPECT_EQ(findings_of(run("check good -o json")), "");
}

TEST_F(SourcesCli, ApplyRefusesABadDataSource) {
  const std::string bad = std::string(kPolicy) + R"(---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: edge}
spec: {type: accesslog, connectionDetails: {path: /var/log/a.log, format: "$status"}}
)";
  write(".tollgate/policy.yaml", bad);
  const Outcome applied = run("apply");
  EXPECT_EQ(applied.code, kExitProblems) << applied.out;
  EXPECT_NE(applied.err.find("time_local"), std::string::npos) << applied.err;
}

}  // namespace
}  // namespace tollgate::cli
