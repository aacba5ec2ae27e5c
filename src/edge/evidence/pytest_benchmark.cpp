// JSON of pytest-benchmark: mean, deviation and rounds, in seconds.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/json_reading.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

bool sniff(const Input& input) {
  return input.json && first_item_has(list_of(*input.json, "benchmarks"), "fullname", "stats");
}

Result<model::Report> read(const Input& input) {
  const auto* benchmarks = input.json ? list_of(*input.json, "benchmarks") : nullptr;
  if (benchmarks == nullptr) return fail(codes::bad_report, "there is no list \"benchmarks\"");
  std::vector<model::BenchmarkCase> cases;
  for (const doc::Node& benchmark : *benchmarks) {
    const doc::Node* stats = object_of(benchmark, "stats");
    const auto mean = stats == nullptr ? std::nullopt : number_of(*stats, "mean");
    if (!mean) return fail(codes::bad_report, "a benchmark has no mean");
    cases.push_back({.name = kept_name(benchmark.text_or("fullname")),
                     .unit = "s",
                     .better = model::Better::lower,
                     .mean = *mean,
                     .deviation = number_of(*stats, "stddev").value_or(0),
                     .count = stats->integer_or("rounds", 1)});
  }
  return benchmark_report(std::move(cases));
}

}  // namespace

extern const FormatDef kPytestBenchmark = {.name = "pytest-benchmark",
                                           .kind = model::ReportKind::benchmark,
                                           .title = "pytest-benchmark JSON",
                                           .doc = "Mean, deviation and rounds, in seconds.",
                                           .sniff = sniff,
                                           .read = read};

}  // namespace tollgate::evidence
