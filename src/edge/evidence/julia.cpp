// JSON of Julia's BenchmarkTools: nested groups whose leaves are trials (times of every sample) or
// estimates (one time), in nanoseconds.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/json_reading.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

void add_leaf(std::vector<model::BenchmarkCase>& cases, const std::string& name,
              const doc::Node& leaf) {
  std::vector<double> samples;
  if (const auto time = number_of(leaf, "time")) samples.push_back(*time);
  if (const auto* times = list_of(leaf, "times")) {
    for (const doc::Node& time : *times) {
      if (time.is_number()) samples.push_back(time.as_number());
    }
  }
  if (samples.empty()) return;
  model::BenchmarkCase& benchmark = cases.emplace_back();
  benchmark.name = kept_name(name);
  benchmark.unit = "ns";
  set_samples(benchmark, samples);
}

/// Walks a ["Type", {...}] pair. Depth is bounded by the JSON reader.
void walk(std::vector<model::BenchmarkCase>& cases, const std::string& name,
          const doc::Node& pair) {
  if (!pair.is_array() || pair.items().size() != 2 || !pair.items()[0].is_text()) return;
  const doc::Node& body = pair.items()[1];
  const doc::Node* children = object_of(body, "data");
  if (pair.items()[0].as_text() != "BenchmarkGroup" || children == nullptr) {
    add_leaf(cases, name, body);
    return;
  }
  for (const auto& [key, child, mark] : children->members()) {
    walk(cases, name.empty() ? key : name + "/" + key, child);
  }
}

bool sniff(const Input& input) {
  return input.json && input.json->is_array() &&
         first_item_has(&input.json->items(), "Julia", "BenchmarkTools");
}

Result<model::Report> read(const Input& input) {
  const bool is_pair = input.json && input.json->is_array() && input.json->items().size() == 2 &&
                       input.json->items()[1].is_array();
  if (!is_pair) return fail(codes::bad_report, "the report is not a pair of versions and groups");
  std::vector<model::BenchmarkCase> cases;
  for (const doc::Node& group : input.json->items()[1].items()) walk(cases, "", group);
  return benchmark_report(std::move(cases));
}

}  // namespace

extern const FormatDef kJulia = {.name = "julia",
                                 .kind = model::ReportKind::benchmark,
                                 .title = "Julia BenchmarkTools JSON",
                                 .doc = "Times of trials and estimates, in nanoseconds.",
                                 .sniff = sniff,
                                 .read = read};

}  // namespace tollgate::evidence
