#include "domain/slo/resolve.hpp"

#include "foundation/base/codes.hpp"

namespace tollgate::slo {
namespace {

Result<Window> window_of(const model::TimeWindow& written) {
  TOLLGATE_TRY(Window window, parse_window(written.duration));
  window.is_rolling = written.is_rolling;
  if (window.is_rolling || !written.calendar) return window;
  TOLLGATE_TRY(window.start, calendar::parse_local_time(written.calendar->start_time));
  window.zone = written.calendar->time_zone;
  return window;
}

/// The query of a metric; empty if it is not there or has none.
std::string query_of(const std::optional<model::Metric>& metric) {
  return metric ? std::string(metric->metric_source.spec.text_or("query")) : "";
}

}  // namespace

Indicator indicator_of(const model::Bundle& bundle, const model::Sli& sli) {
  if (!sli.ratio_metric) return {};
  const model::RatioMetric& ratio = *sli.ratio_metric;
  const std::optional<model::Metric>& named = ratio.raw ? ratio.raw : ratio.total;
  // Without a DataSource there is nobody to ask: the events are counted here.
  if (!named || bundle.source_of(named->metric_source) == nullptr) return {};
  // A ratio becomes counts if its spec says how many events it is about.
  const std::string total = ratio.raw ? std::string(ratio.raw->metric_source.spec.text_or("total"))
                                      : query_of(ratio.total);
  return {.source = named->metric_source.metric_source_ref,
          .good = query_of(ratio.good),
          .bad = query_of(ratio.bad),
          .total = total,
          .raw = query_of(ratio.raw),
          .raw_is_failure = ratio.raw_type == model::RawType::failure};
}

Result<Resolved> resolve(const model::Bundle& bundle, const model::Slo& slo,
                         const model::Environment* environment) {
  if (slo.objectives.empty() || slo.time_window.empty()) {
    return fail(codes::bad_value, "{} has no objective or no time window", slo.address());
  }
  const model::SloObjective& first = slo.objectives.front();
  Resolved resolved;
  resolved.objective.slo = slo.address();
  resolved.objective.method = static_cast<BudgetingMethod>(slo.budgeting_method);
  resolved.objective.target = bundle.target_in(slo, environment);
  TOLLGATE_TRY(resolved.objective.window, window_of(slo.time_window.front()));
  if (resolved.objective.method != BudgetingMethod::occurrences) {
    TOLLGATE_TRY(resolved.objective.slice, parse_duration(first.time_slice_window));
    resolved.objective.slice_target = model::ratio_ppm(first.time_slice_target.value_or(0));
  }
  const model::Sli* sli = bundle.indicator_of(first);
  if (sli == nullptr) sli = bundle.indicator_of(slo);
  if (sli != nullptr) resolved.indicator = indicator_of(bundle, *sli);
  return resolved;
}

}  // namespace tollgate::slo
