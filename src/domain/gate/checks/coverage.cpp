// coverage@1: enough of the code is exercised by tests, and not less than in the version that is
// out.
#include "domain/gate/checks/support.hpp"

namespace tollgate::gate {
namespace {

struct Coverage {
  Ppm minimum{0};
  std::optional<Ppm> max_drop;
  bool branches = false;
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::Coverage> {
  using Coverage = tollgate::gate::Coverage;
  static constexpr std::string_view name = "coverage@1";
  static constexpr std::array fields = {
      field<&Coverage::minimum>("minimum", "Least share that must be covered.",
                                {.min = 0, .max = 1'000'000, .example = "80%"}),
      field<&Coverage::max_drop>(
          "maxDrop",
          "How far coverage may fall below the last released version, in points; "
          "absent: not compared.",
          {.min = 0, .max = 1'000'000, .example = "0.5%"}),
      field<&Coverage::branches>("branches", "Look at branches instead of lines.")};
};

namespace tollgate::gate {
namespace {

constexpr size_t kCandidate = 0;
constexpr size_t kBaseline = 1;

const std::optional<model::Covered>& figures_of(const Coverage& parameters,
                                                const RecordedReport& report) {
  return parameters.branches ? report.report.branches : report.report.lines;
}

int64_t share_ppm(const model::Covered& covered) {
  return covered.covered * 1'000'000 / covered.valid;
}

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace&) {
  TOLLGATE_TRY(auto parameters, read_parameters<Coverage>(with));
  const bool is_ratchet = parameters->max_drop.has_value();
  return CompiledCheck{.subject = parameters->branches ? "branches" : "lines",
                       .parameters = std::move(parameters),
                       .needs = report_needs(model::ReportKind::coverage, is_ratchet)};
}

// Figures: covered, valid, and for a drop the baseline's covered, valid.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& parameters = *static_cast<const Coverage*>(erased);
  const RecordedReport* candidate = input.fact(kCandidate).report;
  if (candidate == nullptr) return unknown("no_report");
  const auto& covered = figures_of(parameters, *candidate);
  if (!covered || covered->valid <= 0) return unknown("nothing_to_cover");
  const int64_t share = share_ppm(*covered);
  Finding finding{.state = model::CheckState::pass,
                  .reason = "covered",
                  .observed = {share, model::Unit::ppm},
                  .needed = {parameters.minimum.value, model::Unit::ppm},
                  .relation = model::Relation::at_least,
                  .age_ms = (input.now - candidate->time).ms,
                  .need = kCandidate};
  finding.with_figures({covered->covered, covered->valid});
  if (share < parameters.minimum.value) {
    finding.state = model::CheckState::fail;
    finding.reason = "below_minimum";
    return finding;
  }
  if (!parameters.max_drop) return finding;
  const RecordedReport* baseline = input.fact(kBaseline).report;
  if (baseline == nullptr) return finding;  // the first release has nothing to be compared with
  const auto& before = figures_of(parameters, *baseline);
  if (!before || before->valid <= 0) return finding;
  const int64_t least = share_ppm(*before) - parameters.max_drop->value;
  finding.with_figures({before->covered, before->valid});
  if (share >= least) return finding;
  finding.state = model::CheckState::fail;
  finding.reason = "below_baseline";
  finding.detail = baseline->version;
  finding.needed = {least, model::Unit::ppm};
  return finding;
}

std::string words(const model::CheckRecord& record) {
  const std::string& what = record.subject;
  if (record.reason == "no_report") return "no coverage report was recorded for this build";
  if (record.reason == "nothing_to_cover")
    return fmt::format("the coverage report holds no {}", what);
  const std::string of = record.figures.size() >= 2
                             ? concat({" (", std::to_string(record.figures[0]), " of ",
                                       std::to_string(record.figures[1]), " ", what, ")"})
                             : "";
  if (record.reason == "below_minimum") {
    return fmt::format("coverage {}{} is below {}", quantity_text(*record.observed), of,
                       quantity_text(*record.needed));
  }
  if (record.reason == "below_baseline") {
    return fmt::format("coverage {}{} fell below {}, what {} leaves room for",
                       quantity_text(*record.observed), of, quantity_text(*record.needed),
                       record.detail);
  }
  return concat({"coverage ", quantity_text(*record.observed), of});
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "no_report")
    return {"record the coverage report of this build: tollgate record FILE"};
  if (record.state == model::CheckState::fail) {
    return {
        fmt::format("cover at least {} and record the new report", quantity_text(*record.needed))};
  }
  return {};
}

}  // namespace

extern const CheckDef coverage_v1 = {
    .name = "coverage@1",
    .title = "Enough of the code is covered by tests, and not less than before",
    .doc =
        "Passes if the share of covered lines (or branches) of the build's coverage report is at "
        "least `minimum` "
        "and, with `maxDrop`, at most that many points below the report of the version that was "
        "last released to "
        "the environment. Unknown without a report. Without a baseline only the minimum counts.",
    .introduced_in = "0.1.0",
    .controls = {"change testing"},
    .parameters = &reflect::type_of<Coverage>,
    .example = "{minimum: 80%, maxDrop: 0.5%}",
    .validate = validate_parameters<Coverage>,
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
