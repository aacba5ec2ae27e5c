// The engine's part of SLOs: budgets and burn rates as the signals tell them now or told them then.
#include "engine/collector/collector.hpp"
#include "engine/engine.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::engine {

Result<slo::Resolved> Engine::slo_in(std::string_view slo, std::string_view environment) const {
  const std::shared_ptr<const Policy> in_force = policy();
  const model::Bundle& bundle = in_force->bundle();
  TOLLGATE_TRY(const model::Slo* found, bundle.find_slo(slo));
  const model::Environment* place = nullptr;
  if (!environment.empty()) {
    TOLLGATE_TRY(place, bundle.environment(environment));
  }
  return slo::resolve(bundle, *found, place);
}

Result<BudgetAnswer> Engine::budget(std::string_view slo, std::string_view environment,
                                    std::optional<Time> at, WithPace with_pace,
                                    const Part& part) const {
  TOLLGATE_TRY(const slo::Resolved found, slo_in(slo, environment));
  const Time moment = at.value_or(now());
  BudgetAnswer answer{.reading = collector_->read_one(gate::reading_need(found, Duration{0}),
                                                      environment, moment, part),
                      .objective = found.objective};
  if (!answer.reading.error.empty()) return fail(codes::source_failed, "{}", answer.reading.error);
  answer.budget = slo::budget(found.objective, answer.reading);
  if (answer.reading.excluded) {
    const model::Reading raw =
        collector_->read_raw(gate::reading_need(found, Duration{0}), environment, moment, part);
    if (raw.error.empty()) answer.raw = slo::budget(found.objective, raw);
  }
  TOLLGATE_TRY(answer.period, collector_->period_at(found.objective.window, moment));
  if (with_pace == WithPace::no) return answer;
  answer.pace_window = slo::pace_window(found.objective);
  const model::Reading recent = collector_->read_one(gate::reading_need(found, answer.pace_window),
                                                     environment, moment, part);
  const slo::Budget spent = slo::spending(found.objective, recent);
  if (recent.error.empty() && spent.total > 0)
    answer.pace = slo::burn_rate(found.objective, {.good = spent.good, .bad = spent.bad});
  return answer;
}

std::vector<std::optional<slo::BurnRate>> Engine::burn_rates(
    std::string_view slo, std::string_view environment, std::span<const Duration> windows) const {
  std::vector<std::optional<slo::BurnRate>> rates(windows.size());
  const Result<slo::Resolved> found = slo_in(slo, environment);
  if (!found) return rates;
  const Time moment = now();
  std::vector<slo::Span> spans;
  for (const Duration window : windows) spans.push_back({moment - window, moment});
  std::vector<slo::Counts> counts(windows.size());
  if (collector_->count_spans(*found, environment, spans, counts)) {
    for (size_t i = 0; i < counts.size(); ++i) {
      if (counts[i].total() > 0) rates[i] = slo::burn_rate(found->objective, counts[i]);
    }
    return rates;
  }
  // Slices, composites, maintenance in a window: whatever a plain sum does not tell.
  for (size_t i = 0; i < windows.size(); ++i) {
    const model::Reading reading =
        collector_->read_one(gate::reading_need(*found, windows[i]), environment, moment);
    const slo::Budget spent = slo::spending(found->objective, reading);
    if (reading.error.empty() && spent.total > 0)
      rates[i] = slo::burn_rate(found->objective, {.good = spent.good, .bad = spent.bad});
  }
  return rates;
}

Result<BurnAnswer> Engine::burn(std::string_view slo, std::string_view environment,
                                std::optional<Time> at, const Part& part) const {
  TOLLGATE_TRY(const slo::Resolved found, slo_in(slo, environment));
  BurnAnswer answer{.objective = found.objective,
                    .findings = {},
                    .at = at.value_or(now()),
                    .watermark = {},
                    .error = {}};
  const auto counts = [&](Duration window) {
    const model::Reading reading =
        collector_->read_one(gate::reading_need(found, window), environment, answer.at, part);
    answer.watermark = std::max(answer.watermark, reading.watermark);
    if (!reading.error.empty()) answer.error = reading.error;
    if (reading.doubt) answer.error = "the data is not trusted: " + reading.doubt->detail;
    return slo::evidence_of(found.objective, reading);
  };
  for (const slo::BurnPair& pair : slo::burn_pairs(slo::nominal_length(found.objective.window))) {
    const slo::Evidence short_counts = counts(pair.short_window);
    const slo::Evidence long_counts = counts(pair.long_window);
    answer.findings.push_back(
        slo::judge_burn(found.objective, pair, short_counts, long_counts, {}));
  }
  if (!answer.findings.empty()) answer.state = slo::worst_burn(answer.findings).state;
  return answer;
}

}  // namespace tollgate::engine
