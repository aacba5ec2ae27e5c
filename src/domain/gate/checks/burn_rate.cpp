// burn-rate: nothing is burning the budget right now, judged over two windows at once. Version 2
// counts what the SLO's method counts, takes sampled events for what they are worth, obeys the
// SLO's own rule of evidence and says how sure its rates are.
#include "domain/gate/checks/support.hpp"
#include "domain/slo/budget.hpp"
#include "domain/slo/burn.hpp"

#include <algorithm>

namespace tollgate::gate {
namespace {

struct BurnWindows {
  Duration long_window;
  Duration short_window;
  double factor = 0;
};

struct BurnRates {
  std::optional<std::string> slo;
  std::vector<BurnWindows> windows;
  int64_t min_events = 0;
  int64_t min_bad_events = slo::BurnGuards::kBadEventsMin;
  Ppm confidence = slo::BurnGuards::kConfidence;
  Duration max_age = hours(1);
};

struct Compiled {
  int version = 2;
  BurnRates parameters;
  slo::Objective objective;
  std::vector<slo::BurnPair> pairs;
  slo::BurnGuards guards;
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::BurnWindows> {
  using BurnWindows = tollgate::gate::BurnWindows;
  static constexpr std::string_view name = "BurnWindows";
  static constexpr std::array fields = {
      field<&BurnWindows::long_window>("long", "Long window.",
                                       {.is_required = true, .min = 60'000, .example = "1h"}),
      field<&BurnWindows::short_window>("short", "Short window.",
                                        {.is_required = true, .min = 10'000, .example = "5m"}),
      field<&BurnWindows::factor>("factor", "Burn rate that both windows must stay below.",
                                  {.is_required = true, .min = 0, .example = "14.4"})};
};
template <>
struct tollgate::reflect::Reflect<tollgate::gate::BurnRates> {
  using BurnRates = tollgate::gate::BurnRates;
  static constexpr std::string_view name = "burn-rate";
  static constexpr std::array fields = {
      field<&BurnRates::slo>("slo", "SLO to look at; absent: each SLO of the service.",
                             {.refers_to = "SLO"}),
      field<&BurnRates::windows>(
          "windows",
          "Window pairs; absent: the two paging pairs of the SRE workbook, scaled to the SLO.",
          {.size_max = 8}),
      field<&BurnRates::min_events>("minEvents", "Fewer events in the long window never fail.",
                                    {.min = 0}),
      field<&BurnRates::min_bad_events>(
          "minBadEvents", "Fewer bad events in the long window never fail.", {.min = 0}),
      field<&BurnRates::confidence>(
          "confidence", "How sure it must be that the true rate is above the limit; 0%: not asked.",
          {.min = 0, .max = 999'999}),
      field<&BurnRates::max_age>("maxAge", "Older data is no ground for an answer.",
                                 {.min = 1, .example = "1h"})};
};

namespace tollgate::gate {
namespace {

template <int version>
Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(const auto parameters, read_parameters<BurnRates>(with));
  TOLLGATE_TRY(const slo::Resolved at, slo_at(place));
  auto compiled = std::make_shared<Compiled>();
  compiled->version = version;
  compiled->parameters = *parameters;
  compiled->objective = at.objective;
  if (version == 1) compiled->objective.events_min = compiled->objective.interval_max.value = 0;
  compiled->guards = {.bad_events_min = parameters->min_bad_events,
                      .events_min = parameters->min_events,
                      .confidence = parameters->confidence};
  for (const BurnWindows& windows : parameters->windows) {
    compiled->pairs.push_back({.short_window = windows.short_window,
                               .long_window = windows.long_window,
                               .limit = {static_cast<int64_t>(windows.factor * 1000 + 0.5)}});
  }
  if (parameters->windows.empty()) {
    for (const slo::BurnPair& pair : slo::burn_pairs(slo::nominal_length(at.objective.window))) {
      if (pair.urgency == slo::Urgency::page) compiled->pairs.push_back(pair);
    }
  }
  std::vector<Need> needs;
  for (const slo::BurnPair& pair : compiled->pairs) {
    needs.push_back(reading_need(at, pair.short_window));
    needs.push_back(reading_need(at, pair.long_window));
  }
  if (needs.empty()) {
    return fail(codes::bad_value,
                "the window of {} is too short for the default windows; name `windows`",
                at.objective.slo);
  }
  return CompiledCheck{
      .subject = at.objective.slo, .parameters = std::move(compiled), .needs = std::move(needs)};
}

slo::Evidence counts_of(const Compiled& compiled, const model::Reading& reading) {
  if (compiled.version == 1) return slo::Counts{.good = reading.good, .bad = reading.bad};
  return slo::evidence_of(compiled.objective, reading);
}

std::string_view reason_of(slo::BurnState state) {
  switch (state) {
    case slo::BurnState::acceptable:
      return "acceptable";
    case slo::BurnState::increasing:
      return "increasing";
    case slo::BurnState::recovering:
      return "recovering";
    case slo::BurnState::thin:
      return "thin_burn";
    case slo::BurnState::critical:
      return "critical";
    case slo::BurnState::unknown:
      break;
  }
  return "no_data";
}

/// What version 2 says beside the rates: what the long window's events are worth, and between which
/// rates (thousandths) the true one lies.
void add_certainty(const Compiled& compiled, const slo::BurnFinding& worst, Finding& finding) {
  const slo::Evidence& counts = worst.long_counts;
  const stats::Interval sure = slo::burn_interval(compiled.objective, counts);
  finding.with_figures({counts.effective, slo::nearest_rate(sure.low).thousandths,
                        slo::nearest_rate(sure.high).thousandths});
}

/// The first pair whose long window the SLO's own rule does not let judge; null if there is none.
const slo::BurnFinding* insufficient(std::span<const slo::BurnFinding> all) {
  const auto found = std::find_if(all.begin(), all.end(), [](const slo::BurnFinding& finding) {
    return finding.sufficiency != slo::Sufficiency::enough;
  });
  return found == all.end() ? nullptr : &*found;
}

// Figures: short window ms, long window ms, short rate, long rate, limit (thousandths), bad and
// total of the long window; version 2 also what it is worth, and the ends of the interval.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& compiled = *static_cast<const Compiled*>(erased);
  std::array<slo::BurnFinding, 8> judged;
  const size_t count = std::min(compiled.pairs.size(), judged.size());
  Finding finding{.relation = model::Relation::below, .need = 1};
  for (size_t i = 0; i < count; ++i) {
    const Fact& short_fact = input.fact(2 * i);
    const Fact& long_fact = input.fact(2 * i + 1);
    finding.need = static_cast<int>(2 * i + 1);
    // An empty short window is an answer (nothing happens right now); an empty long one is none.
    if (refuse_reading(long_fact, compiled.parameters.max_age, input.now, finding)) return finding;
    if (short_fact.reading == nullptr || !short_fact.reading->error.empty())
      return broken("source_failed", short_fact.reading == nullptr
                                         ? ""
                                         : std::string_view(short_fact.reading->error));
    if (refuse_doubt(*short_fact.reading, finding)) return finding;
    judged[i] = slo::judge_burn(compiled.objective, compiled.pairs[i],
                                counts_of(compiled, *short_fact.reading),
                                counts_of(compiled, *long_fact.reading), compiled.guards);
  }
  const std::span<const slo::BurnFinding> all(judged.data(), count);
  const slo::BurnAlert alert = slo::worst_burn(all);
  const slo::BurnFinding& worst = alert.finding != nullptr ? *alert.finding : judged[0];
  finding.need = static_cast<int>(2 * (&worst - judged.data()) + 1);
  finding.reason = reason_of(alert.state);
  finding.observed = {worst.long_rate.thousandths, model::Unit::thousandths};
  finding.needed = {worst.pair.limit.thousandths, model::Unit::thousandths};
  finding.with_figures({worst.pair.short_window.ms, worst.pair.long_window.ms,
                        worst.short_rate.thousandths, worst.long_rate.thousandths,
                        worst.pair.limit.thousandths, worst.long_counts.bad,
                        worst.long_counts.total()});
  if (compiled.version > 1) add_certainty(compiled, worst, finding);
  if (alert.state == slo::BurnState::critical) {
    finding.state = model::CheckState::fail;
  } else if (alert.state == slo::BurnState::unknown) {
    finding.state = model::CheckState::unknown;
  } else if (const slo::BurnFinding* doubtful = insufficient(all); doubtful != nullptr) {
    // The SLO's own rule: too little evidence neither passes nor fails.
    finding.reason = slo::sufficiency_name(doubtful->sufficiency);
    finding.state = model::CheckState::unknown;
  } else {
    // Thin evidence of a burn is no burn: the guard exists so that one failure at night stops
    // nobody.
    finding.state = model::CheckState::pass;
  }
  return finding;
}

std::string words(const model::CheckRecord& record) {
  std::string shared = shared_words(record);
  const bool is_insufficient = record.reason == "thin" || record.reason == "wide";
  if ((!shared.empty() && !is_insufficient) || record.figures.size() < 7) return shared;
  const auto rate = [](int64_t thousandths) {
    return quantity_text({thousandths, model::Unit::thousandths});
  };
  std::string rates =
      concat({"burns at ", rate(record.figures[3]), " over ", duration_words({record.figures[1]}),
              " and ", rate(record.figures[2]), " over ", duration_words({record.figures[0]}),
              ", limit ", rate(record.figures[4]), " (", number_text(record.figures[5]), " bad of ",
              number_text(record.figures[6]), ")"});
  if (record.figures.size() >= 10 && record.figures[6] > 0) {
    if (record.figures[7] < record.figures[6])
      rates += ", an estimate worth " + count_text(record.figures[7], "event", "events");
    rates += concat({", between ", rate(record.figures[8]), " and ", rate(record.figures[9])});
  }
  if (record.reason == "thin") return "Not enough events by the SLO's own rule: " + rates;
  if (record.reason == "wide") return "Not sure enough by the SLO's own rule: " + rates;
  if (record.reason == "critical") return "Critical: " + rates;
  if (record.reason == "recovering") return "Recovering: " + rates;
  if (record.reason == "increasing") return "Increasing: " + rates;
  if (record.reason == "thin_burn") return "Too few bad events to call it a burn: " + rates;
  return "Acceptable: " + rates;
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.state != model::CheckState::fail) return shared_remedies(record);
  return {
      "stop the burn (roll back what causes it), then ask again once the short window is clean"};
}

}  // namespace

extern const CheckDef burn_rate_v1 = {
    .name = "burn-rate@1",
    .title = "Nothing burns the error budget right now",
    .doc =
        "Judges pairs of a long and a short window: fails if both burn at the limit or faster, "
        "with at least "
        "`minBadEvents` bad events and `confidence` that the true rate is above the limit. A long "
        "window alone over "
        "the limit is recovering, a short one alone increasing; both pass. Unknown if the long "
        "window has no data "
        "or data older than `maxAge`.",
    .introduced_in = "0.1.0",
    .controls = {"change authorisation", "capacity and availability"},
    .is_per_slo = true,
    .parameters = &reflect::type_of<BurnRates>,
    .example = "{windows: [{long: 1h, short: 5m, factor: 14.4}]}",
    .validate = validate_parameters<BurnRates>,
    .compile = compile<1>,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

extern const CheckDef burn_rate_v2 = {
    .name = "burn-rate@2",
    .title = "Nothing burns the error budget right now, as far as the evidence carries",
    .doc =
        "As burn-rate@1, over what the SLO's budgeting method counts: events or slices. Sampled "
        "events count for what they are worth, in the guards and in the confidence; the finding "
        "says what that is and between which rates the true one lies (95 %). Unknown also where "
        "the SLO's own rule of evidence (tollgate.dev/min-events, tollgate.dev/max-interval) is "
        "not met in a long window.",
    .introduced_in = "0.2.0",
    .controls = {"change authorisation", "capacity and availability"},
    .is_per_slo = true,
    .parameters = &reflect::type_of<BurnRates>,
    .example = "{windows: [{long: 1h, short: 5m, factor: 14.4}]}",
    .validate = validate_parameters<BurnRates>,
    .compile = compile<2>,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
