// Full or brief JSON of BenchmarkDotNet: mean, deviation and count, in nanoseconds.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/json_reading.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

bool sniff(const Input& input) {
  return input.json && input.json->find("HostEnvironmentInfo") != nullptr &&
         list_of(*input.json, "Benchmarks") != nullptr;
}

Result<model::Report> read(const Input& input) {
  const auto* benchmarks = input.json ? list_of(*input.json, "Benchmarks") : nullptr;
  if (benchmarks == nullptr) return fail(codes::bad_report, "there is no list \"Benchmarks\"");
  std::vector<model::BenchmarkCase> cases;
  for (const doc::Node& benchmark : *benchmarks) {
    const doc::Node* statistics = object_of(benchmark, "Statistics");
    const auto mean = statistics == nullptr ? std::nullopt : number_of(*statistics, "Mean");
    if (!mean) return fail(codes::bad_report, "a benchmark has no mean; it may have failed");
    cases.push_back({.name = kept_name(benchmark.text_or("FullName")),
                     .unit = "ns",
                     .better = model::Better::lower,
                     .mean = *mean,
                     .deviation = number_of(*statistics, "StandardDeviation").value_or(0),
                     .count = statistics->integer_or("N", 1)});
  }
  return benchmark_report(std::move(cases));
}

}  // namespace

extern const FormatDef kBenchmarkdotnet = {.name = "benchmarkdotnet",
                                           .kind = model::ReportKind::benchmark,
                                           .title = "BenchmarkDotNet JSON",
                                           .doc = "Mean, deviation and count, in nanoseconds.",
                                           .sniff = sniff,
                                           .read = read};

}  // namespace tollgate::evidence
