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

}  // namespace
}  // namespace tollgate::cli
