// What one verdict costs once its gate is compiled and its facts are at hand: judging alone, and
// judging with the record and the canonical bytes of the event that the ledger keeps.
#include "domain/gate/gate.hpp"
#include "domain/model/events.hpp"
#include "foundation/base/assert.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace tollgate;

constexpr std::string_view kPolicy = R"(
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout}
spec: {description: Takes the money.}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  service: checkout
  indicator:
    metadata: {name: availability}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: cells, spec: {count: good}}}
        total: {metricSource: {type: cells, spec: {count: total}}}
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
      - {check: error-budget@1, with: {left: 10%}}
      - {check: burn-rate@1}
      - {check: freshness@1}
      - {check: coverage@1, with: {minimum: 80%, maxDrop: 1%}}
      - {check: coverage@1, with: {minimum: 60%, branches: true}}
      - {check: tests@1}
      - {check: findings@1, with: {maxErrors: 0, maxNewWarnings: 0}}
      - {check: benchmark@1, with: {maxRegression: 5%}}
      - anyOf:
          - {check: tests@1, with: {minTotal: 1000}}
          - {check: coverage@1, with: {minimum: 70%}}
)";

model::Bundle make_bundle() {
  const model::SourceText source{.file = "policy.yaml", .text = std::string(kPolicy)};
  model::Loaded loaded = model::load(std::span(&source, 1));
  ASSERT(loaded.problems.empty());
  Problems problems;
  model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  ASSERT(problems.empty());
  return bundle;
}

/// A gate of ten checks with everything that they ask for.
struct Scene {
  model::Bundle bundle = make_bundle();
  gate::CompiledGate gate =
      *gate::compile_gate(bundle, "checkout", "production", model::ChangeClass::normal);
  Time now{1'780'000'000'000};
  gate::RecordedReport coverage{
      .position = 10, .time = now - minutes(5), .version = "1.0", .commit = {}, .report = {}};
  gate::RecordedReport tests = coverage;
  gate::RecordedReport findings = coverage;
  gate::RecordedReport benchmark = coverage;
  std::vector<model::Reading> readings;
  std::vector<gate::Fact> facts;

  Scene() {
    coverage.report.lines = model::Covered{841, 1000};
    coverage.report.branches = model::Covered{650, 1000};
    tests.report.total = 1200;
    tests.report.passed = 1200;
    findings.report.levels = model::FindingCounts{.warning = 1};
    findings.report.findings = {{"rule", "warning", "a.cpp", 1, "0011223344556677"}};
    benchmark.report.cases = {{"parse", "ns", model::Better::lower, 100, 4, 20},
                              {"write", "ns", model::Better::lower, 200, 9, 20}};
    readings.reserve(gate.needs.size());
    for (const gate::Need& need : gate.needs) facts.push_back(fact_for(need));
  }

  gate::Fact fact_for(const gate::Need& need) {
    if (need.kind == gate::Need::Kind::reading) {
      readings.push_back({.slo = "checkout/availability",
                          .environment = "production",
                          .window = gate::need_window(need),
                          .from = now - gate::need_window(need),
                          .to = now,
                          .good = 99'950,
                          .bad = 50,
                          .total = 100'000,
                          .slices = {},
                          .source = "cells",
                          .watermark = now - seconds(10),
                          .fetched_at = now,
                          .error = {}});
      return {.reading = &readings.back()};
    }
    const std::array<const gate::RecordedReport*, 4> reports = {&coverage, &tests, &benchmark,
                                                                &findings};
    return {.report = reports[static_cast<size_t>(need.report)]};
  }
};

void judge_ten_checks(benchmark::State& state) {
  const Scene scene;
  ASSERT(scene.gate.checks.size() == 10);
  gate::Judgement judgement;
  for (auto _ : state) {
    gate::judge(scene.gate, scene.facts, scene.now, judgement);
    benchmark::DoNotOptimize(judgement.outcome);
  }
  ASSERT(judgement.outcome == model::Outcome::allow);
}
BENCHMARK(judge_ten_checks);

void judge_record_and_encode(benchmark::State& state) {
  const Scene scene;
  const model::GateRequest request{
      .service = "checkout", .environment = "production", .version = "1.1"};
  gate::Judgement judgement;
  size_t bytes = 0;
  for (auto _ : state) {
    gate::judge(scene.gate, scene.facts, scene.now, judgement);
    model::Event event{
        .position = 42, .time = scene.now, .subject = "service/checkout", .data = {}};
    event.data = model::VerdictGiven{.decision = "01JD8Q7F000000000000000000",
                                     .verdict = gate::record(scene.gate, scene.facts, judgement,
                                                             request, scene.bundle.digest())};
    const std::string leaf = model::encode_event(event);
    bytes = leaf.size();
    benchmark::DoNotOptimize(leaf.data());
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(judge_record_and_encode);

}  // namespace

BENCHMARK_MAIN();
