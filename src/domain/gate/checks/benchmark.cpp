// benchmark@1: nothing got slower than the policy tolerates, with noise taken into account.
#include "domain/gate/checks/support.hpp"
#include "domain/stats/interval.hpp"

#include <algorithm>

namespace tollgate::gate {
namespace {

struct Benchmark {
  Ppm max_regression{50'000};
  Ppm confidence{950'000};
  bool needs_proof = false;
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::Benchmark> {
  using Benchmark = tollgate::gate::Benchmark;
  static constexpr std::string_view name = "benchmark@1";
  static constexpr std::array fields = {
      field<&Benchmark::max_regression>("maxRegression", "How much worse a benchmark may get.",
                                        {.min = 0, .example = "5%"}),
      field<&Benchmark::confidence>("confidence", "How sure the answer must be.",
                                    {.min = 500'001, .max = 999'999, .example = "95%"}),
      field<&Benchmark::needs_proof>(
          "needsProof",
          "Ask for proof that nothing got worse than tolerated; otherwise no significant "
          "difference is enough.")};
};

namespace tollgate::gate {
namespace {

constexpr size_t kCandidate = 0;
constexpr size_t kBaseline = 1;

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace&) {
  TOLLGATE_TRY(auto parameters, read_parameters<Benchmark>(with));
  return CompiledCheck{.subject = "benchmarks",
                       .parameters = std::move(parameters),
                       .needs = report_needs(model::ReportKind::benchmark, true)};
}

enum class Grade { fine, unsure, worse };

/// How one benchmark stands to its baseline; changes in ppm of the baseline's mean, positive is
/// worse.
struct CaseResult {
  Grade grade = Grade::fine;
  std::string_view reason = "no_significant_difference";
  int64_t change = 0;
  int64_t low = 0;
  int64_t high = 0;
};

constexpr double kPpmBound = 1e15;  // a change beyond a billionfold is shown as that

int64_t relative_ppm(double change, double mean) {
  const double ppm = change / mean * 1e6;
  return static_cast<int64_t>(std::clamp(ppm, -kPpmBound, kPpmBound));
}

CaseResult compare_case(const Benchmark& parameters, const model::BenchmarkCase& baseline,
                        const model::BenchmarkCase& candidate) {
  const double sign = candidate.better == model::Better::lower ? 1 : -1;
  const double mean = baseline.mean < 0 ? -baseline.mean : baseline.mean;
  if (mean == 0) return {.grade = Grade::unsure, .reason = "baseline_is_zero"};
  const stats::Comparison comparison = stats::welch(
      {.mean = sign * baseline.mean, .deviation = baseline.deviation, .count = baseline.count},
      {.mean = sign * candidate.mean, .deviation = candidate.deviation, .count = candidate.count},
      parameters.confidence);
  CaseResult result{.change = relative_ppm(sign * (candidate.mean - baseline.mean), mean)};
  const int64_t limit = parameters.max_regression.value;
  if (comparison.difference == stats::Difference::unknown) {
    // One sample shows no noise: a change within the tolerance is fine, a larger one may be noise.
    result.low = result.high = result.change;
    if (result.change > limit) {
      result.grade = Grade::unsure;
      result.reason = "single_sample";
    }
    return result;
  }
  result.low = relative_ppm(comparison.interval.low, mean);
  result.high = relative_ppm(comparison.interval.high, mean);
  const bool is_significant = comparison.difference == stats::Difference::higher;
  if (result.low > limit) {
    result.grade = Grade::worse;
    result.reason = "slower";
  } else if (result.high > limit && (is_significant || parameters.needs_proof)) {
    result.grade = Grade::unsure;
    result.reason = "interval_holds_limit";
  }
  return result;
}

// Figures: change, low, high of the worst benchmark in ppm, benchmarks compared, benchmarks in the
// report.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& parameters = *static_cast<const Benchmark*>(erased);
  const RecordedReport* candidate = input.fact(kCandidate).report;
  if (candidate == nullptr) return unknown("no_report");
  Finding finding{.state = model::CheckState::pass,
                  .reason = "no_baseline",
                  .needed = {parameters.max_regression.value, model::Unit::ppm},
                  .relation = model::Relation::at_most,
                  .age_ms = (input.now - candidate->time).ms,
                  .need = kCandidate};
  for (const model::ToolThreshold& threshold : candidate->report.thresholds) {
    if (threshold.is_met) continue;
    finding.state = model::CheckState::fail;
    finding.reason = "threshold_missed";
    finding.detail = threshold.expression;
    finding.needed = {};
    return finding;
  }
  const RecordedReport* baseline = input.fact(kBaseline).report;
  if (baseline == nullptr) return finding;
  CaseResult worst;
  int64_t compared = 0;
  for (const model::BenchmarkCase& now : candidate->report.cases) {
    const auto& cases = baseline->report.cases;
    const auto before =
        std::find_if(cases.begin(), cases.end(), [&](const model::BenchmarkCase& item) {
          return item.name == now.name && item.unit == now.unit;
        });
    if (before == cases.end()) continue;
    const CaseResult result = compare_case(parameters, *before, now);
    const bool is_worst = compared == 0 || result.grade > worst.grade ||
                          (result.grade == worst.grade && result.change > worst.change);
    ++compared;
    if (!is_worst) continue;
    worst = result;
    finding.detail = now.name;
  }
  if (compared == 0) return finding;
  finding.reason = worst.reason;
  finding.observed = {worst.change, model::Unit::ppm};
  finding.state = worst.grade == Grade::fine     ? model::CheckState::pass
                  : worst.grade == Grade::unsure ? model::CheckState::unknown
                                                 : model::CheckState::fail;
  return finding.with_figures({worst.change, worst.low, worst.high, compared,
                               static_cast<int64_t>(candidate->report.cases.size())});
}

std::string words(const model::CheckRecord& record) {
  if (record.reason == "no_report") return "no benchmark report was recorded for this build";
  if (record.reason == "no_baseline")
    return "nothing to compare with: no benchmark of a released version";
  if (record.reason == "threshold_missed")
    return fmt::format("the tool's own threshold {} was missed", record.detail);
  if (record.figures.size() < 5) return record.reason;
  const auto signed_percent = [](int64_t ppm) { return (ppm > 0 ? "+" : "") + percent_text(ppm); };
  const std::string change =
      fmt::format("{} changed by {} ({} to {}; positive is worse)", record.detail,
                  signed_percent(record.figures[0]), signed_percent(record.figures[1]),
                  signed_percent(record.figures[2]));
  const std::string limit = quantity_text(*record.needed);
  if (record.reason == "slower")
    return fmt::format("{}: surely more than the {} tolerated", change, limit);
  if (record.reason == "single_sample")
    return fmt::format("{}: more than {}, but one sample cannot tell change from noise", change,
                       limit);
  if (record.reason == "interval_holds_limit")
    return fmt::format("{}: cannot tell whether it is more than {}", change, limit);
  if (record.reason == "baseline_is_zero")
    return fmt::format("the baseline of {} is zero, so no relative change exists", record.detail);
  return fmt::format("{} compared, none worse by more than {}; worst: {}",
                     count_text(record.figures[3], "benchmark", "benchmarks"), limit, change);
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "no_report")
    return {"record the benchmark report of this build: tollgate record FILE"};
  if (record.state == model::CheckState::unknown)
    return {"run the benchmark more often and record the new report"};
  if (record.state == model::CheckState::fail)
    return {"make it fast again and record the new report"};
  return {};
}

}  // namespace

extern const CheckDef benchmark_v1 = {
    .name = "benchmark@1",
    .title = "No benchmark got slower than tolerated",
    .doc =
        "Compares each benchmark with the same one of the version that was last released, by "
        "Welch's interval at "
        "`confidence`. Fails if one is surely worse by more than `maxRegression`, or the tool's "
        "own threshold was "
        "missed; unknown if the data cannot tell. Passes without a baseline.",
    .introduced_in = "0.1.0",
    .controls = {"change testing", "capacity and availability"},
    .parameters = &reflect::type_of<Benchmark>,
    .example = "{maxRegression: 5%, confidence: 95%}",
    .validate = validate_parameters<Benchmark>,
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
