#include "domain/slo/resolve.hpp"

#include "domain/slo/composite.hpp"
#include "domain/slo/ratio.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

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

/// What the spec of a metric says about how far to trust it.
struct TrustTerms {
  std::string up = {};
  std::optional<Ppm> traffic_drop = {};
};

/// The query of a metric; empty if it is not there or has none.
std::string query_of(const std::optional<model::Metric>& metric) {
  return metric ? std::string(metric->metric_source.spec.text_or("query")) : "";
}

}  // namespace
}  // namespace tollgate::slo

template <>
struct tollgate::reflect::Reflect<tollgate::slo::TrustTerms> {
  using Terms = tollgate::slo::TrustTerms;
  static constexpr std::string_view name = "TrustTerms";
  static constexpr std::array fields = {
      field<&Terms::up>("up", "Query that is 0 when something does not answer."),
      field<&Terms::traffic_drop>("trafficDrop",
                                  "Largest drop against the weeks before; 100% asks for none.",
                                  {.min = 1, .max = 1'000'000, .example = "90%"})};
};

namespace tollgate::slo {
namespace {

/// The terms of the first metric that says any. Errors: those of decoding.
Result<void> read_trust(const model::Sli& sli, Indicator& indicator) {
  if (!sli.ratio_metric) return {};
  const model::RatioMetric& ratio = *sli.ratio_metric;
  for (const auto* metric : {&ratio.total, &ratio.good, &ratio.bad, &ratio.raw}) {
    if (!*metric) continue;
    TOLLGATE_TRY(const TrustTerms terms, reflect::decode<TrustTerms>((*metric)->metric_source.spec,
                                                                     {.ignore_unknown = true}));
    if (indicator.up.empty() && !indicator.source.empty()) indicator.up = terms.up;
    if (!terms.traffic_drop) continue;
    indicator.traffic_drop_max = *terms.traffic_drop;
    return {};
  }
  return {};
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
          .raw_is_failure = ratio.raw_type == model::RawType::failure,
          .up = {}};
}

namespace {

bool is_composite(const model::Slo& slo) {
  return slo.objectives.size() > 1 && !slo.indicator && slo.indicator_ref.empty();
}

/// Whose cells a part counts.
std::string cells_of(const model::Bundle& bundle, const model::Slo& slo,
                     const model::SloObjective& objective) {
  const std::string& sli =
      objective.indicator ? objective.indicator->metadata.name : objective.indicator_ref;
  const std::string address = slo.service + "/" + sli;
  const Result<const model::Slo*> counted = bundle.find_slo(address);
  return counted && *counted != &slo ? address : slo.address();
}

void add_parts(const model::Bundle& bundle, const model::Slo& slo, Resolved& resolved) {
  // A target of the environment is one for the first objective; the others change in proportion.
  const Ppm written = model::target_of(slo.objectives.front());
  const Ppm meant = resolved.objective.target;
  const Wide before = std::max<int64_t>(1, kWhole - written.value);
  for (const model::SloObjective& objective : slo.objectives) {
    const Wide allowed = kWhole - model::target_of(objective).value;
    const int64_t now = saturate(std::min<Wide>(kWhole, allowed * (kWhole - meant.value) / before));
    const model::Sli* sli = bundle.indicator_of(objective);
    ObjectivePart part{.slo = cells_of(bundle, slo, objective),
                       .indicator = sli == nullptr ? Indicator() : indicator_of(bundle, *sli),
                       .target = {kWhole - now},
                       .slice_target = model::ratio_ppm(objective.time_slice_target.value_or(0))};
    if (objective.composite_weight)
      part.weight_ppm = model::ratio_ppm(*objective.composite_weight).value;
    if (!part.indicator.source.empty()) resolved.indicator.source = part.indicator.source;
    resolved.objective.parts.push_back(std::move(part));
  }
  if (resolved.objective.method == BudgetingMethod::occurrences)
    resolved.objective.target = composite_target(resolved.objective.parts);
}

}  // namespace

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
  TOLLGATE_TRY(const model::EvidenceRule evidence, model::evidence_rule(slo));
  resolved.objective.events_min = evidence.events_min;
  resolved.objective.interval_max = evidence.interval_max;
  TOLLGATE_TRY(resolved.objective.window, window_of(slo.time_window.front()));
  if (resolved.objective.method != BudgetingMethod::occurrences) {
    TOLLGATE_TRY(resolved.objective.slice, parse_duration(first.time_slice_window));
    resolved.objective.slice_target = model::ratio_ppm(first.time_slice_target.value_or(0));
  }
  if (is_composite(slo)) {
    add_parts(bundle, slo, resolved);
    return resolved;
  }
  const model::Sli* sli = bundle.indicator_of(first);
  if (sli == nullptr) sli = bundle.indicator_of(slo);
  if (sli == nullptr) return resolved;
  resolved.indicator = indicator_of(bundle, *sli);
  TOLLGATE_CHECK(read_trust(*sli, resolved.indicator));
  return resolved;
}

}  // namespace tollgate::slo
