// Missing evidence never lets a release go, unless a recorded rule of the environment says so: over
// random policies of the real checks, compiled by the real compiler, and over facts that are
// present, absent, old, broken or thin.
#include "domain/gate/gate.hpp"
#include "domain/model/events.hpp"
#include "foundation/reflect/reflect.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tollgate::gate {
namespace {

using model::CheckState;
using model::Outcome;

constexpr Time kNow{1'772'445'600'000};
constexpr int kPolicies = 150;
constexpr int kFactsPerPolicy = 12;

class Chance {
 public:
  explicit Chance(uint32_t seed) : random_(seed) {}
  uint32_t pick(uint32_t count) { return static_cast<uint32_t>(random_() % count); }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[pick(static_cast<uint32_t>(choices.size()))];
  }

 private:
  std::mt19937 random_;
};

std::string random_check(Chance& chance) {
  switch (chance.pick(7)) {
    case 0:
      return fmt::format("{{check: benchmark@1, with: {{maxRegression: {}%, needsProof: {}}}}}",
                         chance.pick(30), chance.one_of({"true", "false"}));
    case 1:
      return fmt::format(
          "{{check: burn-rate@{}, with: {{minEvents: {}, maxAge: {}m, windows: [{{long: 1h, short: "
          "5m, factor: {}}}]}}}}",
          1 + chance.pick(2), chance.pick(200), 1 + chance.pick(600), 1 + chance.pick(20));
    case 2:
      return fmt::format("{{check: coverage@1, with: {{minimum: {}%, maxDrop: {}%}}}}",
                         chance.pick(100), chance.pick(10));
    case 3:
      return fmt::format(
          "{{check: error-budget@{}, with: {{left: {}%, minEvents: {}, maxAge: {}m}}}}",
          1 + chance.pick(2), chance.pick(100), 1 + chance.pick(200), 1 + chance.pick(600));
    case 4:
      return fmt::format("{{check: findings@1, with: {{maxErrors: {}, maxNewErrors: {}}}}}",
                         chance.pick(4), chance.pick(3));
    case 5:
      return fmt::format("{{check: freshness@1, with: {{maxAge: {}m, minCompleteness: {}%}}}}",
                         1 + chance.pick(600), chance.pick(101));
    default:
      return fmt::format("{{check: tests@1, with: {{maxFailed: {}, minTotal: {}}}}}",
                         chance.pick(3), chance.pick(200));
  }
}

std::string random_rule(Chance& chance, int depth) {
  if (depth == 0 || chance.pick(2) == 0) return random_check(chance);
  const uint32_t count = 1 + chance.pick(3);
  std::string parts;
  for (uint32_t i = 0; i < count; ++i)
    parts += (i > 0 ? ", " : "") + random_rule(chance, depth - 1);
  switch (chance.pick(3)) {
    case 0:
      return fmt::format("{{allOf: [{}]}}", parts);
    case 1:
      return fmt::format("{{anyOf: [{}]}}", parts);
    default:
      return fmt::format("{{atLeast: {}, of: [{}]}}", 1 + chance.pick(count), parts);
  }
}

constexpr std::string_view kFrame = R"(apiVersion: openslo/v1
kind: Service
metadata: {{name: shop}}
spec: {{description: Sells.}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: availability}}
spec:
  service: shop
  indicator:
    metadata: {{name: shop-availability}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: tollgate, spec: {{count: good}}}}}}
        total: {{metricSource: {{type: tollgate, spec: {{count: total}}}}}}
  timeWindow: [{{duration: 7d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{displayName: Requests, target: 0.99}}]
---
apiVersion: tollgate/v1
kind: Environment
metadata: {{name: production}}
spec: {{onInconclusive: {}, onError: {}, enforcement: {}}}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {{name: rule}}
spec:
  rule: {}
)";

model::Bundle random_bundle(Chance& chance) {
  const auto outcome = [&] { return chance.one_of({"allow", "deny", "hold", "inconclusive"}); };
  const char* on_inconclusive = outcome();
  const char* on_error = outcome();
  const model::SourceText source{
      .file = "policy.yaml",
      .text = fmt::format(kFrame, on_inconclusive, on_error,
                          chance.one_of({"enforce", "enforce", "enforce", "warn", "observe"}),
                          random_rule(chance, 3))};
  model::Loaded loaded = model::load(std::span(&source, 1));
  Problems problems = std::move(loaded.problems);
  model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  for (Error& problem : validate_gates(bundle)) problems.push_back(std::move(problem));
  for (const Error& problem : problems) ADD_FAILURE() << problem.text() << "\n" << source.text;
  return bundle;
}

enum class Presence { absent, broken, old, empty, thin, whole };

/// Facts for the needs of one gate, and where they live.
struct Evidence {
  std::vector<model::Reading> readings;
  std::vector<RecordedReport> reports;
  std::vector<Fact> facts;
};

model::Reading random_reading(Chance& chance, const Need& need, Presence presence) {
  model::Reading reading{.slo = need.objective.slo,
                         .environment = "production",
                         .window = need_window(need),
                         .from = kNow - need_window(need),
                         .to = kNow,
                         .slices = {},
                         .source = "cells",
                         .watermark = kNow - seconds(20),
                         .fetched_at = kNow,
                         .error = {}};
  if (presence == Presence::broken) reading.error = "no answer";
  if (presence == Presence::old) reading.watermark = kNow - hours(11);
  if (presence == Presence::empty || presence == Presence::broken) return reading;
  reading.total = presence == Presence::thin ? 1 + chance.pick(5) : 1000 + chance.pick(100'000);
  reading.bad = reading.total / chance.one_of({2, 50, 1000, 1'000'000});
  reading.good = reading.total - reading.bad;
  return reading;
}

RecordedReport random_report(Chance& chance, model::ReportKind kind) {
  RecordedReport recorded{
      .position = 7, .time = kNow - minutes(5), .version = "1", .commit = "", .report = {}};
  model::Report& report = recorded.report;
  report.kind = kind;
  if (kind == model::ReportKind::coverage)
    report.lines = {.covered = chance.pick(101), .valid = 100};
  if (kind == model::ReportKind::tests) {
    report.total = chance.pick(300);
    report.failed = *report.total == 0 ? 0 : chance.pick(3) % *report.total;
    report.passed = *report.total - *report.failed;
  }
  if (kind == model::ReportKind::benchmark)
    report.cases.push_back({.name = "parse",
                            .unit = "ns",
                            .mean = 1000.0 + chance.pick(300),
                            .deviation = 10,
                            .count = 1 + chance.pick(10)});
  if (kind == model::ReportKind::findings) report.levels = {.error = chance.pick(4)};
  return recorded;
}

/// `worst` bounds how good the candidate's facts may be; baselines come and go.
Evidence random_evidence(Chance& chance, const CompiledGate& gate, Presence best) {
  Evidence evidence;
  evidence.readings.reserve(gate.needs.size());
  evidence.reports.reserve(gate.needs.size());
  for (const Need& need : gate.needs) {
    const auto presence = static_cast<Presence>(chance.pick(static_cast<uint32_t>(best) + 1));
    Fact fact;
    if (need.kind == Need::Kind::reading && presence != Presence::absent) {
      evidence.readings.push_back(random_reading(chance, need, presence));
      fact.reading = &evidence.readings.back();
    } else if (need.kind == Need::Kind::baseline_report ? chance.pick(2) == 0
                                                        : presence == Presence::whole) {
      evidence.reports.push_back(random_report(chance, need.report));
      fact.report = &evidence.reports.back();
    }
    evidence.facts.push_back(fact);
  }
  return evidence;
}

bool is_excused(const CompiledGate& gate, const Judgement& judgement) {
  if (judgement.because == "on_inconclusive") return gate.on_inconclusive == Outcome::allow;
  if (judgement.because == "on_error") return gate.on_error == Outcome::allow;
  return judgement.because == "warn" || judgement.because == "observe";
}

/// Calls `look` with many random gates, their evidence and its judgement.
template <class Look>
void for_each_gate(Presence best, const Look& look) {
  for (uint32_t seed = 0; seed < kPolicies; ++seed) {
    Chance chance(seed);
    const model::Bundle bundle = random_bundle(chance);
    const auto gate = compile_gate(bundle, "shop", "production", model::ChangeClass::normal);
    ASSERT_TRUE(gate) << gate.error().text();
    for (int i = 0; i < kFactsPerPolicy; ++i) {
      SCOPED_TRACE(fmt::format("seed {}, evidence {}", seed, i));
      const Evidence evidence = random_evidence(chance, *gate, best);
      Judgement judgement;
      judge(*gate, evidence.facts, kNow, judgement);
      look(*gate, evidence, judgement);
    }
  }
}

TEST(gate_properties, without_any_usable_evidence_nothing_is_allowed_or_denied_by_the_rules) {
  int excused = 0;
  for_each_gate(Presence::empty, [&](const CompiledGate& gate, const Evidence&, Judgement& found) {
    // A reading that is old, empty or broken, and no report, is no ground for anything.
    EXPECT_EQ(found.finding, Outcome::inconclusive);
    if (found.outcome != Outcome::allow) return;
    EXPECT_TRUE(is_excused(gate, found)) << found.because;
    ++excused;
  });
  EXPECT_GT(excused, 0);
}

TEST(gate_properties, every_record_comes_back_from_the_bytes_of_the_ledger) {
  for_each_gate(
      Presence::whole, [&](const CompiledGate& gate, const Evidence& evidence, Judgement& found) {
        const model::GateRequest request{
            .service = "shop", .environment = "production", .version = "1"};
        const model::Event event{
            .time = kNow,
            .actor = {.subject = "ci"},
            .data = model::VerdictGiven{
                .decision = "d", .verdict = record(gate, evidence.facts, found, request, {})}};
        const auto again = model::decode_event(model::encode_event(event));
        ASSERT_TRUE(again) << again.error().text();
        EXPECT_EQ(reflect::canonical(std::get<model::VerdictGiven>(again->data)),
                  reflect::canonical(std::get<model::VerdictGiven>(event.data)));
      });
}

TEST(gate_properties, a_check_passes_only_with_a_usable_fact) {
  int passed = 0;
  for_each_gate(Presence::whole,
                [&](const CompiledGate& gate, const Evidence& evidence, Judgement& found) {
                  for (size_t i = 0; i < gate.checks.size(); ++i) {
                    if (found.findings[i].state != CheckState::pass) continue;
                    ++passed;
                    const CompiledCheck& check = gate.checks[i];
                    const bool has_ground =
                        std::any_of(check.places.begin(), check.places.end(), [&](uint32_t place) {
                          const Fact& fact = evidence.facts[place];
                          if (gate.needs[place].kind == Need::Kind::candidate_report)
                            return fact.report != nullptr;
                          return fact.reading != nullptr && fact.reading->error.empty() &&
                                 fact.reading->total > 0;
                        });
                    EXPECT_TRUE(has_ground) << check.def->name << " " << found.findings[i].reason;
                  }
                  if (found.outcome != Outcome::allow || found.finding == Outcome::allow) return;
                  EXPECT_TRUE(is_excused(gate, found)) << found.because;
                });
  EXPECT_GT(passed, 500);
}

TEST(gate_properties, taking_a_fact_away_never_turns_another_answer_into_an_allow_of_the_rules) {
  int compared = 0;
  for_each_gate(Presence::whole,
                [&](const CompiledGate& gate, const Evidence& evidence, Judgement& found) {
                  if (found.finding == Outcome::allow) return;
                  for (size_t i = 0; i < evidence.facts.size(); ++i) {
                    // A baseline is no evidence about the candidate: the first release has none to
                    // compare with.
                    if (gate.needs[i].kind == Need::Kind::baseline_report) continue;
                    std::vector<Fact> fewer = evidence.facts;
                    fewer[i] = {};
                    Judgement judgement;
                    judge(gate, fewer, kNow, judgement);
                    EXPECT_NE(judgement.finding, Outcome::allow) << "without fact " << i;
                    ++compared;
                  }
                });
  EXPECT_GT(compared, 1000);
}

TEST(gate_properties, judging_twice_gives_the_same_bytes) {
  for_each_gate(
      Presence::whole, [&](const CompiledGate& gate, const Evidence& evidence, Judgement& found) {
        const model::GateRequest request{
            .service = "shop", .environment = "production", .version = "1"};
        const auto bytes = [&](const Judgement& judgement) {
          return reflect::canonical(record(gate, evidence.facts, judgement, request, Digest{}));
        };
        Judgement again;
        judge(gate, evidence.facts, kNow, again);
        EXPECT_EQ(bytes(found), bytes(again));
      });
}

}  // namespace
}  // namespace tollgate::gate
