// What the engine is asked about alerts: their past, and whether those who are told can be reached.
#include "engine/alerts/alert_watch.hpp"
#include "engine/almanac/almanac.hpp"
#include "engine/collector/collector.hpp"
#include "engine/engine.hpp"
#include "engine/outbox/outbox.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>

namespace tollgate::engine {

MaintenanceFacts Engine::maintenance_facts() {
  return {
      .within =
          [this](const Policy& policy, const std::string& slo, const std::string& environment,
                 const slo::Span& span) {
            // A calendar that cannot be read silences nothing.
            return maintenance(policy, slo, environment, span).value_or(std::vector<slo::Span>{});
          },
      .is_possible =
          [this](const Policy& policy, const std::string& slo, const std::string& environment) {
            return almanac_->may_exclude(policy, *views().calendar_book(),
                                         std::string_view(slo).substr(0, slo.find('/')),
                                         environment);
          }};
}

Result<std::vector<slo::Span>> Engine::maintenance(const Policy& policy, std::string_view slo,
                                                   const std::string& environment,
                                                   const slo::Span& span) const {
  TOLLGATE_TRY(const auto excluded,
               almanac_->excluded(policy, *views().calendar_book(), slo.substr(0, slo.find('/')),
                                  environment, span.from, span.to));
  std::vector<slo::Span> spans;
  for (const calendar::Occurrence& occurrence : excluded)
    spans.push_back({occurrence.from, occurrence.to});
  return spans;
}

std::vector<Time> Engine::maintenance_edges(std::string_view slo, const slo::Span& span) const {
  return almanac_->edges(*policy(), *views().calendar_book(), slo.substr(0, slo.find('/')),
                         span.from, span.to);
}

namespace {

Result<void> add_counts(Past& past, Time time, const slo::Counts& counts,
                        const model::WeightSquares& squares) {
  if (counts.total() <= 0 || past.cells.add(time, counts, squares)) return {};
  return fail(codes::source_failed, "the counts of {} are out of range", time_text(time));
}

/// Counts a reading at `time`, with what its events are worth.
Result<void> add_reading(Past& past, Time time, const model::Reading& reading) {
  const slo::Budget counted = slo::spending(past.objective, reading);
  const slo::Counts counts{.good = counted.good, .bad = counted.bad};
  const bool are_events = past.objective.method == slo::BudgetingMethod::occurrences;
  const model::WeightSquares squares =
      are_events && reading.squares ? *reading.squares
                                    : model::WeightSquares{.good = counts.good, .bad = counts.bad};
  return add_counts(past, time, counts, squares);
}

}  // namespace

Result<Past> Engine::past_of(const PastQuestion& question) const {
  const Duration length = question.past.length();
  if (length.ms <= 0 || length > kPastMax)
    return fail(codes::bad_usage, "a past lasts up to {}, this one {}", duration_words(kPastMax),
                duration_words(length));
  TOLLGATE_TRY(const slo::Resolved found, slo_in(question.slo, question.environment));
  const std::shared_ptr<const Policy> in_force = policy();
  const model::Bundle& bundle = in_force->bundle();
  TOLLGATE_TRY(const model::Slo* written, bundle.find_slo(question.slo));
  Past past{.objective = found.objective, .span = question.past};
  TOLLGATE_TRY(past.rules,
               slo::alert_rules(bundle, *written, bundle.find_environment(question.environment)));
  // Bare: what was to be expected at the time does not matter any more, and costs most.
  const auto read = [&](Time from, Duration span) -> Result<model::Reading> {
    model::Reading reading = collector_->read_one(
        gate::reading_need(found, span), question.environment, from + span, {}, Care::bare);
    if (!reading.error.empty()) return fail(codes::source_failed, "{}", reading.error);
    return reading;
  };
  // What the longest window of burn rates looks back on counts, too, and before it, hour by hour,
  // the traffic that the limits of charts follow. Hours without anything are read once.
  constexpr Duration kBefore = days(3);
  TOLLGATE_TRY(past.exclusions, maintenance(*in_force, question.slo, question.environment,
                                            {question.past.from - kBefore, question.past.to}));
  const Duration window = slo::nominal_length(found.objective.window);
  const Duration step = std::max(minutes(1), found.objective.slice);
  std::vector<slo::Span> steps;
  std::vector<slo::Counts> counts;
  for (Time hour = question.past.from - std::max(kBefore, std::min(window, kPastMax));
       hour < question.past.to; hour = hour + hours(1)) {
    TOLLGATE_TRY(const model::Reading whole, read(hour, hours(1)));
    if (whole.total == 0) continue;
    if (hour < question.past.from - kBefore) {
      TOLLGATE_CHECK(add_reading(past, hour, whole));
      continue;
    }
    steps.clear();
    for (Time from = hour; from < hour + hours(1); from = from + step)
      steps.push_back({from, from + step});
    counts.resize(steps.size());
    // What is counted here says all steps at once; others are asked for each.
    const bool is_counted_here =
        collector_->count_spans(found, question.environment, steps, counts).has_value();
    for (size_t i = 0; i < steps.size(); ++i) {
      const Time from = steps[i].from;
      if (is_counted_here) {
        TOLLGATE_CHECK(
            add_counts(past, from, counts[i], {.good = counts[i].good, .bad = counts[i].bad}));
        continue;
      }
      TOLLGATE_TRY(const model::Reading reading, read(from, step));
      TOLLGATE_CHECK(add_reading(past, from, reading));
    }
  }
  return past;
}

Result<AlertBacktest> Engine::alert_backtest(const PastQuestion& question) const {
  TOLLGATE_TRY(const Past past, past_of(question));
  return backtest_alerts(past, question);
}

Result<AlertTuning> Engine::alert_tuning(const PastQuestion& question,
                                         const slo::TuneOptions& options) const {
  TOLLGATE_TRY(const Past past, past_of(question));
  return tune_alerts(past, question, options);
}

Result<void> Engine::test_target(std::string_view name) {
  if (!outbox_) return fail(codes::stopped, "this process delivers nothing");
  return outbox_->test(name);
}

}  // namespace tollgate::engine
