// JSON of Google Benchmark. Repetitions of a run are samples of one case; a file that has only
// aggregates gives their mean and deviation. Complexity fits (BigO, RMS) and failed runs are no
// samples.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/json_reading.hpp"
#include "foundation/base/codes.hpp"

#include <map>

namespace tollgate::evidence {

namespace {

bool sniff(const Input& input) {
  return input.json && input.json->find("context") != nullptr &&
         list_of(*input.json, "benchmarks") != nullptr;
}

std::string run_name(const doc::Node& run) {
  const std::string_view name = run.text_or("run_name");
  return std::string(name.empty() ? run.text_or("name") : name);
}

/// Cases of a file that was written with --benchmark_report_aggregates_only.
std::vector<model::BenchmarkCase> aggregates_of(const doc::Node::Array& runs) {
  std::vector<model::BenchmarkCase> cases;
  std::map<std::string, size_t> index;
  for (const doc::Node& run : runs) {
    const std::string_view aggregate = run.text_or("aggregate_name");
    const auto time = number_of(run, "real_time");
    if (!time || (aggregate != "mean" && aggregate != "stddev")) continue;
    const auto [place, is_new] = index.try_emplace(run_name(run), cases.size());
    if (is_new) cases.emplace_back().name = kept_name(place->first);
    model::BenchmarkCase& benchmark = cases[place->second];
    (aggregate == "mean" ? benchmark.mean : benchmark.deviation) = *time;
    benchmark.unit = kept_name(run.text_or("time_unit", "ns"));
    benchmark.count = std::max<int64_t>(1, run.integer_or("repetitions", 1));
  }
  return cases;
}

Result<model::Report> read(const Input& input) {
  const auto* runs = input.json ? list_of(*input.json, "benchmarks") : nullptr;
  if (runs == nullptr) return fail(codes::bad_report, "there is no list \"benchmarks\"");
  SampleTally tally;
  for (const doc::Node& run : *runs) {
    const auto time = number_of(run, "real_time");
    const bool is_run = run.text_or("run_type", "iteration") == "iteration";
    if (!time || !is_run || run.boolean_or("error_occurred", false)) continue;
    tally.add(run_name(run), run.text_or("time_unit", "ns"), model::Better::lower, *time);
  }
  auto cases = tally.cases();
  return benchmark_report(cases.empty() ? aggregates_of(*runs) : std::move(cases));
}

}  // namespace

extern const FormatDef kGoogleBenchmark = {
    .name = "google-benchmark",
    .kind = model::ReportKind::benchmark,
    .title = "Google Benchmark JSON",
    .doc = "Real time of every run; repetitions are samples.",
    .sniff = sniff,
    .read = read};

}  // namespace tollgate::evidence
