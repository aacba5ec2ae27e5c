// JSON of JMH. Deviation and count come from the raw data of all forks; throughput is better when
// higher, every other mode when lower.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/json_reading.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

/// "pkg.Class.method(size=10,kind=a)".
std::string case_name(const doc::Node& run) {
  std::string name(run.text_or("benchmark"));
  const doc::Node* params = object_of(run, "params");
  if (params == nullptr) return kept_name(name);
  std::string listed;
  for (const auto& [key, value, mark] : params->members()) {
    listed += fmt::format("{}{}={}", listed.empty() ? "" : ",", key,
                          value.is_text() ? std::string_view(value.as_text()) : "");
  }
  return kept_name(fmt::format("{}({})", name, listed));
}

std::vector<double> samples_of(const doc::Node& metric) {
  std::vector<double> samples;
  const auto* forks = list_of(metric, "rawData");
  if (forks == nullptr) return samples;
  for (const doc::Node& fork : *forks) {
    if (!fork.is_array()) continue;
    for (const doc::Node& sample : fork.items()) {
      if (sample.is_number()) samples.push_back(sample.as_number());
    }
  }
  return samples;
}

bool sniff(const Input& input) {
  return input.json && input.json->is_array() &&
         first_item_has(&input.json->items(), "benchmark", "primaryMetric");
}

Result<model::Report> read(const Input& input) {
  if (!input.json || !input.json->is_array()) {
    return fail(codes::bad_report, "the report is not a list of benchmarks");
  }
  std::vector<model::BenchmarkCase> cases;
  for (const doc::Node& run : input.json->items()) {
    const doc::Node* metric = object_of(run, "primaryMetric");
    const auto score = metric == nullptr ? std::nullopt : number_of(*metric, "score");
    if (!score) return fail(codes::bad_report, "a benchmark has no primary score");
    model::BenchmarkCase& benchmark = cases.emplace_back();
    benchmark.name = case_name(run);
    benchmark.unit = kept_name(metric->text_or("scoreUnit"));
    if (run.text_or("mode") == "thrpt") benchmark.better = model::Better::higher;
    const auto samples = samples_of(*metric);
    if (!samples.empty()) set_samples(benchmark, samples);
    benchmark.mean = *score;
  }
  return benchmark_report(std::move(cases));
}

}  // namespace

extern const FormatDef kJmh = {.name = "jmh",
                               .kind = model::ReportKind::benchmark,
                               .title = "JMH -rf json",
                               .doc = "Primary score of every benchmark, deviation from raw data.",
                               .sniff = sniff,
                               .read = read};

}  // namespace tollgate::evidence
