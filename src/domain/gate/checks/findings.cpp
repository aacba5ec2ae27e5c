// findings@1: static analysis found nothing that the policy forbids, and nothing new.
#include "domain/gate/checks/support.hpp"

#include <algorithm>

namespace tollgate::gate {
namespace {

struct Findings {
  std::optional<int64_t> max_errors;
  std::optional<int64_t> max_warnings;
  std::optional<int64_t> max_new_errors;
  std::optional<int64_t> max_new_warnings;
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::Findings> {
  using Findings = tollgate::gate::Findings;
  static constexpr std::string_view name = "findings@1";
  static constexpr std::array fields = {
      field<&Findings::max_errors>("maxErrors", "Findings of level error that are tolerated.",
                                   {.min = 0, .example = "0"}),
      field<&Findings::max_warnings>("maxWarnings", "Findings of level warning that are tolerated.",
                                     {.min = 0}),
      field<&Findings::max_new_errors>(
          "maxNewErrors", "Findings of level error that the last released version did not have.",
          {.min = 0, .example = "0"}),
      field<&Findings::max_new_warnings>(
          "maxNewWarnings",
          "Findings of level warning that the last released version did not have.", {.min = 0})};
};

namespace tollgate::gate {
namespace {

constexpr size_t kCandidate = 0;
constexpr size_t kBaseline = 1;

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace&) {
  TOLLGATE_TRY(auto parameters, read_parameters<Findings>(with));
  const bool is_compared = parameters->max_new_errors || parameters->max_new_warnings;
  if (!is_compared && !parameters->max_errors && !parameters->max_warnings) {
    Findings strict = *parameters;
    strict.max_errors = 0;
    parameters = std::make_shared<const Findings>(strict);
  }
  return CompiledCheck{.subject = "findings",
                       .parameters = std::move(parameters),
                       .needs = report_needs(model::ReportKind::findings, is_compared)};
}

bool has_fingerprint(const model::Report& report, std::string_view fingerprint) {
  return std::any_of(
      report.findings.begin(), report.findings.end(),
      [&](const model::FindingItem& item) { return item.fingerprint == fingerprint; });
}

struct NewFindings {
  int64_t count = 0;
  std::string_view first_rule;
};

/// Findings of `level` that `baseline` does not know. Without a baseline everything is new.
NewFindings count_new(const model::Report& candidate, const model::Report* baseline,
                      std::string_view level) {
  NewFindings found;
  for (const model::FindingItem& item : candidate.findings) {
    if (item.level != level) continue;
    if (baseline != nullptr && has_fingerprint(*baseline, item.fingerprint)) continue;
    if (found.count++ == 0) found.first_rule = item.rule;
  }
  return found;
}

/// One limit of the policy against one count; true if it is broken, with `finding` saying how.
bool exceeds(int64_t count, const std::optional<int64_t>& limit, std::string_view reason,
             Finding& finding) {
  if (!limit || count <= *limit) return false;
  finding.state = model::CheckState::fail;
  finding.reason = reason;
  finding.observed = {count, model::Unit::count};
  finding.needed = {*limit, model::Unit::count};
  return true;
}

// Figures: errors, warnings, notes, suppressed.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& parameters = *static_cast<const Findings*>(erased);
  const RecordedReport* candidate = input.fact(kCandidate).report;
  if (candidate == nullptr) return unknown("no_report");
  const model::Report& report = candidate->report;
  const model::FindingCounts counts = report.levels.value_or(model::FindingCounts{});
  Finding finding{.state = model::CheckState::pass,
                  .reason = "acceptable",
                  .observed = {counts.error, model::Unit::count},
                  .relation = model::Relation::at_most,
                  .age_ms = (input.now - candidate->time).ms,
                  .need = kCandidate};
  finding.with_figures({counts.error, counts.warning, counts.note, counts.suppressed});
  if (exceeds(counts.error, parameters.max_errors, "too_many_errors", finding)) return finding;
  if (exceeds(counts.warning, parameters.max_warnings, "too_many_warnings", finding))
    return finding;
  if (!parameters.max_new_errors && !parameters.max_new_warnings) return finding;
  const int64_t listed = static_cast<int64_t>(report.findings.size());
  if (listed < counts.error + counts.warning + counts.note + counts.none &&
      report.findings.size() >= model::kReportItemsMax) {
    finding.state = model::CheckState::unknown;
    finding.reason = "too_many_to_compare";
    return finding;
  }
  const RecordedReport* baseline = input.fact(kBaseline).report;
  const model::Report* before = baseline == nullptr ? nullptr : &baseline->report;
  const NewFindings errors = count_new(report, before, "error");
  finding.detail = errors.first_rule;
  if (exceeds(errors.count, parameters.max_new_errors, "new_errors", finding)) return finding;
  const NewFindings warnings = count_new(report, before, "warning");
  finding.detail = warnings.first_rule;
  if (exceeds(warnings.count, parameters.max_new_warnings, "new_warnings", finding)) return finding;
  finding.detail = {};
  return finding;
}

std::string words(const model::CheckRecord& record) {
  if (record.reason == "no_report" || record.figures.size() < 4) {
    return "no analysis report (SARIF) was recorded for this build";
  }
  if (record.reason == "too_many_to_compare") {
    return fmt::format("the report holds more than {} findings, too many to tell old from new",
                       model::kReportItemsMax);
  }
  const std::string first =
      record.detail.empty() ? "" : fmt::format(", the first is of rule {}", record.detail);
  if (record.reason == "too_many_errors")
    return fmt::format("{} errors, {} tolerated", record.observed->amount, record.needed->amount);
  if (record.reason == "too_many_warnings")
    return fmt::format("{} warnings, {} tolerated", record.observed->amount, record.needed->amount);
  if (record.reason == "new_errors")
    return fmt::format("{} new errors, {} tolerated{}", record.observed->amount,
                       record.needed->amount, first);
  if (record.reason == "new_warnings")
    return fmt::format("{} new warnings, {} tolerated{}", record.observed->amount,
                       record.needed->amount, first);
  return fmt::format("{} errors, {} warnings, {} notes, {} suppressed", record.figures[0],
                     record.figures[1], record.figures[2], record.figures[3]);
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "no_report")
    return {"record the SARIF report of this build: tollgate record FILE"};
  if (record.state == model::CheckState::fail)
    return {"resolve the findings and record the new report"};
  return {};
}

}  // namespace

extern const CheckDef findings_v1 = {
    .name = "findings@1",
    .title = "Static analysis found nothing forbidden and nothing new",
    .doc =
        "Counts the findings of the build's SARIF report by level, suppressed ones left out, "
        "against `maxErrors` and "
        "`maxWarnings`, and those that the last released version did not have against "
        "`maxNewErrors` and "
        "`maxNewWarnings`. Without parameters no error is tolerated. Unknown without a report.",
    .introduced_in = "0.1.0",
    .controls = {"change testing", "vulnerability management"},
    .parameters = &reflect::type_of<Findings>,
    .example = "{maxErrors: 0, maxNewWarnings: 0}",
    .validate = validate_parameters<Findings>,
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
