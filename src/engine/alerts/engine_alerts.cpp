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

std::vector<slo::Span> Engine::maintenance(const Policy& policy, std::string_view slo,
                                           const std::string& environment, Time now) const {
  std::vector<slo::Span> spans;
  const auto excluded =
      almanac_->excluded(policy, *views().calendar_book(), slo.substr(0, slo.find('/')),
                         environment, now, now + milliseconds(1));
  // A calendar that cannot be read silences nothing.
  if (!excluded) return spans;
  for (const calendar::Occurrence& occurrence : *excluded)
    spans.push_back({occurrence.from, occurrence.to});
  return spans;
}

Result<Past> Engine::past_of(const PastQuestion& question) const {
  const Duration length = question.past.length();
  if (length.ms <= 0 || length > kPastMax)
    return fail(codes::bad_usage, "a past lasts up to {}, this one {}", duration_words(kPastMax),
                duration_words(length));
  TOLLGATE_TRY(const slo::Resolved found, slo_in(question.slo, question.environment));
  const std::shared_ptr<const Policy> in_force = policy();
  const model::Bundle& bundle = in_force->bundle();
  TOLLGATE_TRY(const model::Slo* written, bundle.find_slo(question.slo));
  Past past{.objective = found.objective, .rules = {}, .span = question.past, .cells = {}};
  TOLLGATE_TRY(past.rules,
               slo::alert_rules(bundle, *written, bundle.find_environment(question.environment)));
  // What the longest window looks back on counts, too; hours without anything are read once.
  constexpr Duration kBefore = days(3);
  const Duration step = std::max(minutes(1), found.objective.slice);
  for (Time hour = question.past.from - kBefore; hour < question.past.to; hour = hour + hours(1)) {
    const auto read = [&](Time end, Duration span) {
      return collector_->read_one(gate::reading_need(found, span), question.environment, end);
    };
    const model::Reading whole = read(hour + hours(1), hours(1));
    if (!whole.error.empty()) return fail(codes::source_failed, "{}", whole.error);
    if (whole.total == 0) continue;
    for (Time from = hour; from < hour + hours(1); from = from + step) {
      const model::Reading reading = read(from + step, step);
      if (!reading.error.empty()) return fail(codes::source_failed, "{}", reading.error);
      const slo::Budget counted = slo::spending(found.objective, reading);
      if (counted.total > 0 && !past.cells.add(from, {counted.good, counted.bad}))
        return fail(codes::source_failed, "the counts of {} are out of range", time_text(from));
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
