// agreement over two readings of one SLO: who is trusted, and when nobody is.
#include "domain/gate/gate.hpp"
#include "domain/model/load.hpp"

#include <gtest/gtest.h>

namespace tollgate::gate {
namespace {

using model::CheckState;

constexpr std::string_view kPolicy = R"(
apiVersion: openslo/v1
kind: DataSource
metadata: {name: eu}
spec: {type: prometheus, connectionDetails: {url: "http://prometheus:9090"}}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: from-the-edge}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {metricSourceRef: eu, spec: {query: "edge_ok_total"}}}
    total: {metricSource: {metricSourceRef: eu, spec: {query: "edge_total"}}}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: own}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {type: cells, spec: {query: good}}}
    total: {metricSource: {type: cells, spec: {query: total}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: up}
spec:
  service: shop
  indicatorRef: own
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Requests, target: 0.999}]
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: production}
spec:
  rule:
    allOf:
      - check: agreement@1
        with: {with: SLI_NAME, tolerance: 0.5%, volumeTolerance: 20%, maxAge: 10m}
)";

model::Bundle bundle_against(std::string_view sli, std::string_view check = "agreement@1",
                             std::string_view slo_annotations = "", std::string_view more = "") {
  std::string text = fmt::format("{}{}", kPolicy, more);
  text.replace(text.find("agreement@1"), 11, check);
  text.replace(text.find("{name: up}"), 10, fmt::format("{{name: up{}}}", slo_annotations));
  text.replace(text.find("SLI_NAME"), 8, sli);
  const model::SourceText source{.file = "policy.yaml", .text = text};
  model::Loaded loaded = model::load(std::span(&source, 1));
  Problems problems = std::move(loaded.problems);
  model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  for (const Error& problem : problems) ADD_FAILURE() << problem.text();
  return bundle;
}

const Time kNow = parse_time("2026-03-02T12:00:00Z").value();

model::Reading reading(int64_t bad, int64_t total, Duration age = seconds(10)) {
  model::Reading one;
  one.slo = "shop/up";
  one.window = hours(1);
  one.good = total - bad;
  one.bad = bad;
  one.total = total;
  one.watermark = kNow - age;
  return one;
}

struct Row {
  model::Reading one;
  model::Reading other;
  CheckState state;
  std::string_view reason;
};

TEST(Agreement, two_sources_agree_or_nobody_is_believed) {
  const CompiledGate gate = compile_gate(bundle_against("from-the-edge"), "shop", "production",
                                         model::ChangeClass::normal)
                                .value();
  ASSERT_EQ(gate.needs.size(), 2U);
  EXPECT_EQ(gate.needs[0].indicator.source, "");
  EXPECT_EQ(gate.needs[1].indicator.source, "eu");
  model::Reading failed = reading(0, 0);
  failed.error = "connection refused";
  const Row rows[] = {
      {reading(1, 1000), reading(1, 1000), CheckState::pass, "agree"},
      {reading(1, 1000), reading(6, 1000), CheckState::pass, "agree"},
      {reading(1, 1000), reading(7, 1000), CheckState::unknown, "shares_differ"},
      {reading(70, 1000), reading(0, 1000), CheckState::unknown, "shares_differ"},
      {reading(1, 1000), reading(1, 800), CheckState::pass, "agree"},
      {reading(1, 1000), reading(1, 799), CheckState::unknown, "volumes_differ"},
      {reading(0, 10), reading(1, 1000), CheckState::unknown, "volumes_differ"},
      {reading(1, 1000), reading(0, 0), CheckState::unknown, "no_data"},
      {reading(1, 1000, minutes(11)), reading(1, 1000), CheckState::unknown, "stale"},
      {reading(1, 1000), reading(1, 1000, minutes(11)), CheckState::unknown, "stale"},
      {reading(1, 1000), failed, CheckState::unknown, "source_failed"},
  };
  for (const Row& row : rows) {
    const Fact facts[] = {{.reading = &row.one}, {.reading = &row.other}};
    Judgement judgement;
    judge(gate, facts, kNow, judgement);
    ASSERT_EQ(judgement.findings.size(), 1U);
    EXPECT_EQ(judgement.findings[0].reason, row.reason);
    EXPECT_EQ(judgement.findings[0].state, row.state) << row.reason;
    const model::Verdict verdict = record(gate, facts, judgement, {}, {});
    const std::string words = gate.checks[0].def->words(verdict.checks[0]);
    EXPECT_FALSE(words.empty()) << row.reason;
    if (row.reason == "shares_differ" && row.one.bad == 70) {
      EXPECT_EQ(words,
                "the sources contradict each other by 7 %, at most 0.5 % is trusted: 70 bad of "
                "1,000 against 0 bad of 1,000 in 1 h");
    }
  }
}

model::Reading sampled(int64_t bad, int64_t total, int64_t weight) {
  model::Reading one = reading(bad, total);
  one.squares = model::WeightSquares{.good = one.good * weight, .bad = one.bad * weight};
  return one;
}

/// What agreement@2 says of two readings, and its words.
std::pair<Finding, std::string> second_version(const model::Reading& one,
                                               const model::Reading& other,
                                               std::string_view slo_annotations = "") {
  const CompiledGate gate =
      compile_gate(bundle_against("from-the-edge", "agreement@2", slo_annotations), "shop",
                   "production", model::ChangeClass::normal)
          .value();
  const Fact facts[] = {{.reading = &one}, {.reading = &other}};
  Judgement judgement;
  judge(gate, facts, kNow, judgement);
  EXPECT_EQ(judgement.findings.size(), 1U);
  const model::Verdict verdict = record(gate, facts, judgement, {}, {});
  return {judgement.findings[0], gate.checks[0].def->words(verdict.checks[0])};
}

TEST(Agreement, sources_contradict_each_other_only_as_far_as_is_sure) {
  const Row rows[] = {
      // The intervals overlap: with so few events, 0.7 % says no other than 0.1 %.
      {reading(1, 1000), reading(7, 1000), CheckState::pass, "agree"},
      {reading(100, 100'000), reading(650, 100'000), CheckState::pass, "agree"},
      {reading(1'000, 1'000'000), reading(7'000, 1'000'000), CheckState::unknown, "shares_differ"},
      {reading(70, 1000), reading(0, 1000), CheckState::unknown, "shares_differ"},
      // The same shares out of one in a hundred are worth ten events.
      {sampled(70, 1000, 100), reading(0, 1000), CheckState::pass, "agree"},
      {reading(1, 1000), reading(1, 799), CheckState::unknown, "volumes_differ"},
      {reading(1, 1000), sampled(1, 799, 100), CheckState::pass, "agree"},
      {reading(1, 100'000), sampled(1, 70'000, 100), CheckState::unknown, "volumes_differ"},
      {reading(1, 1000), reading(0, 0), CheckState::unknown, "no_data"},
  };
  for (const Row& row : rows) {
    const auto [finding, words] = second_version(row.one, row.other);
    EXPECT_EQ(finding.reason, row.reason) << words;
    EXPECT_EQ(finding.state, row.state) << words;
    EXPECT_FALSE(words.empty());
  }
}

TEST(Agreement, says_between_which_shares_either_source_lies) {
  EXPECT_EQ(second_version(reading(70, 1000), reading(0, 1000)).second,
            "the sources contradict each other by 5.13 % for sure, at most 0.5 % is trusted: 70 "
            "bad of 1,000 (5.5 % to 8.76 %) against 0 bad of 1,000 (0 % to 0.37 %) in 1 h");
  EXPECT_EQ(second_version(reading(710, 10'000), sampled(700, 10'000, 10)).second,
            "the sources agree: 710 bad of 10,000 (6.61 % to 7.62 %) against 700 bad of 10,000 "
            "(5.5 % to 8.76 %, a sample worth 1,000 events) in 1 h");
}

TEST(Agreement, asks_for_the_evidence_that_the_slo_asks_for) {
  constexpr std::string_view kRule = R"(, annotations: {tollgate.dev/min-events: "2000"})";
  const auto [finding, words] = second_version(reading(1, 5000), reading(1, 1500), kRule);
  EXPECT_EQ(finding.reason, "thin");
  EXPECT_EQ(finding.state, CheckState::unknown);
  EXPECT_EQ(words,
            "not enough evidence by the SLO's own rule to compare the sources: 1 bad of 5,000 "
            "(0.0005 % to 0.11 %) against 1 bad of 1,500 (0.0017 % to 0.37 %) in 1 h");
  EXPECT_EQ(second_version(reading(1, 5000), reading(1, 4500), kRule).first.reason, "agree");
}

TEST(Agreement, a_source_cannot_vouch_for_itself) {
  const auto gate =
      compile_gate(bundle_against("own"), "shop", "production", model::ChangeClass::normal);
  ASSERT_FALSE(gate);
  EXPECT_NE(gate.error().message.find("asks the same source the same"), std::string::npos)
      << gate.error().text();
}

/// A second SLO of the service, over the SLI `name`.
std::string counted_slo(std::string_view name) {
  return fmt::format(R"(
---
apiVersion: openslo/v1
kind: SLI
metadata: {{name: {0}}}
spec:
  ratioMetric:
    counter: true
    good: {{metricSource: {{type: cells, spec: {{query: good}}}}}}
    total: {{metricSource: {{type: cells, spec: {{query: total}}}}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {0}}}
spec:
  service: shop
  indicatorRef: {0}
  timeWindow: [{{duration: 7d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{displayName: Requests, target: 0.99}}]
)",
                     name);
}

TEST(Agreement, two_sources_counted_here_are_compared_by_their_slos) {
  const model::Bundle bundle =
      bundle_against("probes, slo: up", "agreement@2", "", counted_slo("probes"));
  const auto gate = compile_gate(bundle, "shop", "production", model::ChangeClass::normal);
  ASSERT_TRUE(gate) << gate.error().text();
  ASSERT_EQ(gate->needs.size(), 2U);
  EXPECT_EQ(gate->needs[0].objective.slo, "shop/up");
  EXPECT_EQ(gate->needs[1].objective.slo, "shop/probes");
  EXPECT_EQ(gate->needs[1].indicator.source, "");
}

}  // namespace
}  // namespace tollgate::gate
