// Summaries of k6 in two dialects that invert the boolean of a threshold.
// --summary-export writes {"p(95)<50": true} where true means BREACHED; handleSummary writes
// {"p(95)<50": {"ok": true}} where true means met.
#include "edge/evidence/figures.hpp"
#include "edge/evidence/format.hpp"
#include "edge/evidence/json_reading.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::evidence {

namespace {

/// Nothing if the value is of neither dialect.
std::optional<bool> is_met(const doc::Node& threshold) {
  if (threshold.is_boolean()) return !threshold.as_boolean();
  const doc::Node* ok = threshold.find("ok");
  if (ok == nullptr || !ok->is_boolean()) return std::nullopt;
  return ok->as_boolean();
}

Result<> read_thresholds(model::Report& report, std::string_view name, const doc::Node& metric) {
  const doc::Node* thresholds = object_of(metric, "thresholds");
  if (thresholds == nullptr) return {};
  for (const auto& [expression, value, mark] : thresholds->members()) {
    const auto met = is_met(value);
    if (!met) {
      return fail(codes::bad_report, "threshold \"{}\" of {} says neither met nor breached",
                  kept_name(expression), kept_name(name));
    }
    if (report.thresholds.size() >= model::kReportItemsMax) {
      return fail(codes::limit_exceeded, "more than {} thresholds", model::kReportItemsMax);
    }
    report.thresholds.push_back(
        {.metric = kept_name(name), .expression = kept_name(expression), .is_met = *met});
  }
  return {};
}

/// Trends, which are times unless the newer dialect says otherwise. Custom trends of the older
/// dialect have no unit.
std::string unit_of(std::string_view name, const doc::Node& metric) {
  const std::string_view contains = metric.text_or("contains");
  if (!contains.empty()) return contains == "time" ? "ms" : contains == "data" ? "bytes" : "";
  const std::string_view base = name.substr(0, name.find('{'));
  const bool is_built_in = base.starts_with("http_req_") || base.starts_with("grpc_req_") ||
                           base.starts_with("ws_") || base.starts_with("browser_") ||
                           base == "iteration_duration" || base == "group_duration";
  return is_built_in ? "ms" : "";
}

void read_trend(model::Report& report, std::string_view name, const doc::Node& metric) {
  const doc::Node* values = object_of(metric, "values");
  const auto mean = number_of(values == nullptr ? metric : *values, "avg");
  if (!mean || report.cases.size() >= model::kReportItemsMax) return;
  model::BenchmarkCase benchmark;
  benchmark.name = kept_name(name);
  benchmark.unit = unit_of(name, metric);
  benchmark.mean = *mean;
  report.cases.push_back(std::move(benchmark));
}

bool sniff(const Input& input) {
  const doc::Node* metrics = input.json ? object_of(*input.json, "metrics") : nullptr;
  return metrics != nullptr &&
         (metrics->find("iterations") != nullptr || metrics->find("vus") != nullptr ||
          metrics->find("http_reqs") != nullptr || input.json->find("root_group") != nullptr);
}

Result<model::Report> read(const Input& input) {
  const doc::Node* metrics = input.json ? object_of(*input.json, "metrics") : nullptr;
  if (metrics == nullptr) return fail(codes::bad_report, "there is no object \"metrics\"");
  model::Report report;
  for (const auto& [name, metric, mark] : metrics->members()) {
    TOLLGATE_CHECK(read_thresholds(report, name, metric));
    read_trend(report, name, metric);
  }
  return report;
}

}  // namespace

extern const FormatDef kK6 = {.name = "k6",
                              .kind = model::ReportKind::benchmark,
                              .title = "k6 summary (--summary-export and handleSummary)",
                              .doc = "Thresholds as k6 judged them, and the mean of every trend.",
                              .sniff = sniff,
                              .read = read};

}  // namespace tollgate::evidence
