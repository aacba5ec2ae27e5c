// JSON of hyperfine: wall time of commands, in seconds.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/json_reading.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

bool sniff(const Input& input) {
  return input.json && first_item_has(list_of(*input.json, "results"), "command", "mean");
}

Result<model::Report> read(const Input& input) {
  const auto* results = input.json ? list_of(*input.json, "results") : nullptr;
  if (results == nullptr) return fail(codes::bad_report, "there is no list \"results\"");
  std::vector<model::BenchmarkCase> cases;
  for (const doc::Node& result : *results) {
    const auto mean = number_of(result, "mean");
    if (!mean) return fail(codes::bad_report, "a result has no \"mean\"");
    const auto* times = list_of(result, "times");
    cases.push_back(
        {.name = kept_name(result.text_or("command")),
         .unit = "s",
         .better = model::Better::lower,
         .mean = *mean,
         .deviation = number_of(result, "stddev").value_or(0),
         .count = times == nullptr || times->empty() ? 1 : static_cast<int64_t>(times->size())});
  }
  return benchmark_report(std::move(cases));
}

}  // namespace

extern const FormatDef kHyperfine = {.name = "hyperfine",
                                     .kind = model::ReportKind::benchmark,
                                     .title = "hyperfine --export-json",
                                     .doc = "Mean, deviation and count of the runs, in seconds.",
                                     .sniff = sniff,
                                     .read = read};

}  // namespace tollgate::evidence
