// tests@1: the build's tests ran and passed.
#include "domain/gate/checks/support.hpp"

namespace tollgate::gate {
namespace {

struct Tests {
  int64_t max_failed = 0;
  int64_t min_total = 1;
  std::optional<Ppm> max_skipped;
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::Tests> {
  using Tests = tollgate::gate::Tests;
  static constexpr std::string_view name = "tests@1";
  static constexpr std::array fields = {
      field<&Tests::max_failed>("maxFailed", "Failed tests that are tolerated.",
                                {.min = 0, .example = "0"}),
      field<&Tests::min_total>("minTotal", "Tests that must have run at the least.",
                               {.min = 0, .example = "1"}),
      field<&Tests::max_skipped>("maxSkipped",
                                 "Largest share of tests that may be skipped; absent: any.",
                                 {.min = 0, .max = 1'000'000, .example = "5%"})};
};

namespace tollgate::gate {
namespace {

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace&) {
  TOLLGATE_TRY(auto parameters, read_parameters<Tests>(with));
  return CompiledCheck{.subject = "tests",
                       .parameters = std::move(parameters),
                       .needs = report_needs(model::ReportKind::tests, false)};
}

// Figures: total, passed, failed, skipped.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& parameters = *static_cast<const Tests*>(erased);
  const RecordedReport* candidate = input.fact(0).report;
  if (candidate == nullptr) return unknown("no_report");
  const model::Report& report = candidate->report;
  const int64_t total = report.total.value_or(0);
  const int64_t failed = report.failed.value_or(0);
  const int64_t skipped = report.skipped.value_or(0);
  Finding finding{.state = model::CheckState::fail,
                  .observed = {failed, model::Unit::count},
                  .needed = {parameters.max_failed, model::Unit::count},
                  .relation = model::Relation::at_most,
                  .age_ms = (input.now - candidate->time).ms,
                  .need = 0};
  finding.with_figures({total, report.passed.value_or(0), failed, skipped});
  if (failed > parameters.max_failed) {
    finding.reason = "tests_failed";
    if (!report.failures.empty()) finding.detail = report.failures.front();
  } else if (total - skipped < parameters.min_total) {
    finding.reason = "too_few_tests";
    finding.observed = {total - skipped, model::Unit::count};
    finding.needed = {parameters.min_total, model::Unit::count};
    finding.relation = model::Relation::at_least;
  } else if (parameters.max_skipped && total > 0 &&
             skipped * 1'000'000 / total > parameters.max_skipped->value) {
    finding.reason = "too_many_skipped";
    finding.observed = {skipped * 1'000'000 / total, model::Unit::ppm};
    finding.needed = {parameters.max_skipped->value, model::Unit::ppm};
  } else {
    finding.state = model::CheckState::pass;
    finding.reason = "tests_passed";
  }
  return finding;
}

std::string words(const model::CheckRecord& record) {
  if (record.reason == "no_report" || record.figures.size() < 4)
    return "no test report was recorded for this build";
  const int64_t total = record.figures[0];
  const int64_t failed = record.figures[2];
  const int64_t skipped = record.figures[3];
  if (record.reason == "tests_failed") {
    const std::string first =
        record.detail.empty() ? "" : fmt::format(", the first is {}", record.detail);
    return fmt::format("{} of {} failed{}", failed, count_text(total, "test", "tests"), first);
  }
  if (record.reason == "too_few_tests") {
    return concat({count_text(total - skipped, "test", "tests"), " ran, at least ",
                   std::to_string(record.needed->amount), " must"});
  }
  if (record.reason == "too_many_skipped") {
    return fmt::format("{} of {} were skipped ({})", skipped, count_text(total, "test", "tests"),
                       comparison_text(record));
  }
  return concat({std::to_string(record.figures[1]), " of ", count_text(total, "test", "tests"),
                 " passed, ", std::to_string(failed), " failed, ", std::to_string(skipped),
                 " skipped"});
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "no_report")
    return {"record the test report of this build: tollgate record FILE"};
  if (record.reason == "tests_failed")
    return {"make the failed tests pass and record the new report"};
  if (record.state == model::CheckState::fail)
    return {"run the missing tests and record the new report"};
  return {};
}

}  // namespace

extern const CheckDef tests_v1 = {
    .name = "tests@1",
    .title = "The build's tests ran and passed",
    .doc =
        "Passes if at most `maxFailed` tests failed or ended in error, at least `minTotal` ran, "
        "and, with "
        "`maxSkipped`, no larger share was skipped. Unknown without a report.",
    .introduced_in = "0.1.0",
    .controls = {"change testing"},
    .parameters = &reflect::type_of<Tests>,
    .example = "{maxFailed: 0, minTotal: 1}",
    .validate = validate_parameters<Tests>,
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
