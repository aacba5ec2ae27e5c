// error-budget: enough of the error budget is left for this kind of change. Version 2 obeys the
// SLO's own rule of evidence, decides nothing that a sample leaves open, and says how sure it is.
#include "domain/gate/checks/support.hpp"
#include "domain/slo/budget.hpp"
#include "domain/slo/burn.hpp"

#include <algorithm>

namespace tollgate::gate {
namespace {

struct ErrorBudget {
  std::optional<std::string> slo;
  std::optional<Ppm> left;
  int64_t min_events = 1;
  Duration max_age = hours(1);
};

/// A burn rate of the tier's policy above which this kind of change may not go.
struct BurnLimit {
  Duration window;
  int64_t thousandths = 0;
};

/// The parameters as compiled for one SLO and change class.
struct Compiled {
  int version = 2;
  ErrorBudget parameters;
  slo::Objective objective;
  int64_t needed_ppm = 0;
  std::vector<BurnLimit> burn_limits;
};

}  // namespace
}  // namespace tollgate::gate

template <>
struct tollgate::reflect::Reflect<tollgate::gate::ErrorBudget> {
  using ErrorBudget = tollgate::gate::ErrorBudget;
  static constexpr std::string_view name = "error-budget";
  static constexpr std::array fields = {
      field<&ErrorBudget::slo>("slo", "SLO to look at; absent: each SLO of the service.",
                               {.refers_to = "SLO"}),
      field<&ErrorBudget::left>(
          "left",
          "Budget that must be left; absent: what the tier's ErrorBudgetPolicy asks for this "
          "kind of change, else just not overspent.",
          {.max = 1'000'000, .example = "10%"}),
      field<&ErrorBudget::min_events>(
          "minEvents", "Fewer events in the window are no ground for an answer.", {.min = 1}),
      field<&ErrorBudget::max_age>("maxAge", "Older data is no ground for an answer.",
                                   {.min = 1, .example = "1h"})};
};

namespace tollgate::gate {
namespace {

/// Whether a policy that still allows `allowed` lets a change of class `change` go.
bool is_allowed(model::StillAllowed allowed, model::ChangeClass change) {
  switch (allowed) {
    case model::StillAllowed::all:
      return true;
    case model::StillAllowed::fixes:
      return change == model::ChangeClass::fix || change == model::ChangeClass::reliability ||
             change == model::ChangeClass::emergency;
    case model::StillAllowed::reliability:
      return change == model::ChangeClass::reliability;
    case model::StillAllowed::none:
      break;
  }
  return false;
}

template <int version>
Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(const auto parameters, read_parameters<ErrorBudget>(with));
  TOLLGATE_TRY(const slo::Resolved at, slo_at(place));
  auto compiled = std::make_shared<Compiled>();
  compiled->version = version;
  compiled->parameters = *parameters;
  compiled->objective = at.objective;
  std::vector<Need> needs = {reading_need(at, Duration{0})};
  if (parameters->left) {
    compiled->needed_ppm = parameters->left->value;
  } else if (place.budget_policy != nullptr) {
    for (const model::BudgetThreshold& threshold : place.budget_policy->thresholds) {
      if (is_allowed(threshold.allow, place.change_class)) continue;
      if (threshold.budget_left_below) {
        compiled->needed_ppm = std::max(compiled->needed_ppm, threshold.budget_left_below->value);
      }
      if (threshold.burn_rate_above && threshold.window) {
        compiled->burn_limits.push_back(
            {*threshold.window, static_cast<int64_t>(*threshold.burn_rate_above * 1000 + 0.5)});
        needs.push_back(reading_need(at, *threshold.window));
      }
    }
  }
  return CompiledCheck{
      .subject = at.objective.slo, .parameters = std::move(compiled), .needs = std::move(needs)};
}

int64_t in_ppm(double share) {
  constexpr double kMost = 1e12;  // as in slo::Budget::left
  const double ppm = std::clamp(share * 1e6, -kMost, kMost);
  return static_cast<int64_t>(ppm < 0 ? ppm - 0.5 : ppm + 0.5);
}

/// What was counted, and how sure that is: version 2 always says so, version 1 where events were
/// sampled.
void add_figures(const Compiled& compiled, const slo::Budget& budget, Duration window,
                 Finding& finding) {
  finding.with_figures({budget.good, budget.bad, budget.total, budget.bad_allowed, window.ms});
  if (compiled.version > 1 || budget.effective < budget.total)
    finding.with_figures({budget.effective});
  if (compiled.version == 1) return;
  const stats::Interval left = slo::left_interval(compiled.objective, budget);
  finding.with_figures({in_ppm(left.low), in_ppm(left.high)});
}

/// Whether there is too little evidence; `finding` then says so.
bool is_thin(const Compiled& compiled, const slo::Budget& budget, Duration window,
             Finding& finding) {
  const int64_t least = std::max(compiled.parameters.min_events, compiled.objective.events_min);
  const double limit = static_cast<double>(slo::allowed_bad(compiled.objective).value) / 1e6;
  const bool is_wide =
      compiled.version > 1 && slo::sufficiency(compiled.objective, budget.evidence(), limit) ==
                                  slo::Sufficiency::wide_interval;
  // Sampled events are evidence as far as their sample goes, not as many as they stand for.
  if (budget.effective >= least && !is_wide) return false;
  finding.reason = budget.effective < least ? "thin" : "wide";
  if (compiled.version > 1) {
    finding.observed = {budget.left.value, model::Unit::ppm};
    add_figures(compiled, budget, window, finding);
  } else if (budget.effective < budget.total) {
    finding.with_figures({budget.good, budget.bad, budget.total, budget.effective});
  } else {
    finding.with_figures({budget.good, budget.bad, budget.total});
  }
  return true;
}

/// What a burn rate of the tier's policy says against this change; nothing if it is met. Version 2
/// does not know where the evidence is too little, or where the limit lies inside the interval of
/// what is estimated from a sample.
std::optional<Finding> judge_limit(const Compiled& compiled, size_t index, const Fact& fact) {
  const BurnLimit& limit = compiled.burn_limits[index];
  const model::Reading* burn = fact.reading;
  if (burn == nullptr || !burn->error.empty() || burn->total == 0) return std::nullopt;
  const slo::Evidence counts =
      compiled.version == 1 ? slo::Evidence(slo::Counts{.good = burn->good, .bad = burn->bad})
                            : slo::evidence_of(compiled.objective, *burn);
  const slo::BurnRate rate = slo::burn_rate(compiled.objective, counts.counts());
  const bool is_over = rate.thousandths > limit.thousandths;
  Finding fast{.state = model::CheckState::fail,
               .reason = "burning_too_fast",
               .observed = {rate.thousandths, model::Unit::thousandths},
               .needed = {limit.thousandths, model::Unit::thousandths},
               .relation = model::Relation::at_most,
               .need = static_cast<int>(index) + 1};
  fast.with_figures({counts.good, counts.bad, counts.total(), limit.thousandths, limit.window.ms});
  if (compiled.version == 1) return is_over ? std::optional(fast) : std::nullopt;
  const stats::Interval sure = slo::burn_interval(compiled.objective, counts);
  const int64_t low = slo::nearest_rate(sure.low).thousandths;
  const int64_t high = slo::nearest_rate(sure.high).thousandths;
  fast.with_figures({counts.effective, low, high});
  const double share = static_cast<double>(limit.thousandths) *
                       static_cast<double>(slo::allowed_bad(compiled.objective).value) / 1e9;
  const slo::Sufficiency enough = slo::sufficiency(compiled.objective, counts, share);
  const bool is_open = counts.is_sampled() && low <= limit.thousandths && limit.thousandths <= high;
  if (enough == slo::Sufficiency::enough && !is_open)
    return is_over ? std::optional(fast) : std::nullopt;
  fast.state = model::CheckState::unknown;
  fast.reason = enough == slo::Sufficiency::enough ? "burn_uncertain" : "burn_thin";
  return fast;
}

// Figures: good, bad, total, bad events allowed in the window, length of the window in ms; if
// events were sampled, and always in version 2, how many unsampled ones they are worth; in version
// 2 the ends of the interval of the budget left. About a burn rate: good, bad, total, limit in
// thousandths, length of the burn window in ms; in version 2 the worth, and the ends of the rate's
// interval.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& compiled = *static_cast<const Compiled*>(erased);
  Finding finding{.needed = {compiled.needed_ppm, model::Unit::ppm},
                  .relation = model::Relation::at_least,
                  .need = 0};
  if (refuse_reading(input.fact(0), compiled.parameters.max_age, input.now, finding))
    return finding;
  const model::Reading& reading = *input.fact(0).reading;
  const slo::Budget budget = slo::spending(compiled.objective, reading);
  if (is_thin(compiled, budget, reading.window, finding)) return finding;
  finding.observed = {budget.left.value, model::Unit::ppm};
  add_figures(compiled, budget, reading.window, finding);
  if (compiled.version > 1 &&
      slo::is_uncertain(compiled.objective, budget, {compiled.needed_ppm})) {
    finding.reason = "budget_uncertain";
    return finding;
  }
  const bool has_enough = budget.left.value >= compiled.needed_ppm && budget.left.value >= 0;
  finding.state = has_enough ? model::CheckState::pass : model::CheckState::fail;
  finding.reason = has_enough               ? "budget_left"
                   : budget.left.value <= 0 ? "budget_spent"
                                            : "budget_low";
  if (!has_enough) return finding;
  std::optional<Finding> open;
  for (size_t i = 0; i < compiled.burn_limits.size(); ++i) {
    std::optional<Finding> fast = judge_limit(compiled, i, input.fact(i + 1));
    if (!fast) continue;
    fast->age_ms = finding.age_ms;
    if (fast->state == model::CheckState::fail) return *fast;
    if (!open) open = fast;
  }
  return open.value_or(finding);
}

/// "an estimate worth 1,200 events, between 20 % and 40 %", of version 2's figures; `is_rate`: of a
/// burn rate.
std::string certainty(const model::CheckRecord& record, bool is_rate) {
  if (record.figures.size() < 8) return {};
  const model::Unit unit = is_rate ? model::Unit::thousandths : model::Unit::ppm;
  std::string text;
  if (record.figures[5] < record.figures[2])
    text = concat({"an estimate worth ", count_text(record.figures[5], "event", "events"), ", "});
  return text + fmt::format("between {} and {}", quantity_text({record.figures[6], unit}),
                            quantity_text({record.figures[7], unit}));
}

std::string burn_sentence(const model::CheckRecord& record, const std::string& events,
                          const std::string& window) {
  const std::string sure = certainty(record, true);
  std::string text =
      fmt::format("{} burns at {} over {}, at most {} is allowed for this change ({}{}{})",
                  record.subject, quantity_text(*record.observed), window,
                  quantity_text(*record.needed), events, sure.empty() ? "" : ", ", sure);
  if (record.reason == "burn_uncertain") return "the sample leaves it open: " + text;
  if (record.reason == "burn_thin") return "not enough evidence by the SLO's own rule: " + text;
  return text;
}

std::string words(const model::CheckRecord& record) {
  const bool has_all = record.figures.size() >= 8;
  std::string shared = has_all ? std::string() : shared_words(record);
  if (!shared.empty() || record.figures.size() < 5 || !record.observed) return shared;
  const std::string window = duration_words({record.figures[4]});
  const std::string events =
      concat({number_text(record.figures[1]), " bad of ", number_text(record.figures[2])});
  if (record.reason.starts_with("burn")) return burn_sentence(record, events, window);
  std::string budget =
      concat({quantity_text(*record.observed), " of the ", window, " budget left (", events, ", ",
              number_text(record.figures[3]), " allowed)"});
  if (has_all) {
    budget += ", " + certainty(record, false);
  } else if (record.figures.size() > 5) {
    budget += concat({", an estimate from a sample that is worth ",
                      count_text(record.figures[5], "event", "events")});
  }
  if (record.reason == "budget_left") return budget;
  if (record.reason == "thin") return "not enough events to say anything: " + budget;
  if (record.reason == "wide") return "not sure enough by the SLO's own rule: " + budget;
  const std::string needed =
      record.needed && record.needed->amount > 0
          ? fmt::format("; this change needs {}", quantity_text(*record.needed))
          : "";
  if (record.reason == "budget_uncertain")
    return fmt::format("the sample leaves it open: {}{}", budget, needed);
  return fmt::format("{}: {}{}", record.reason == "budget_spent" ? "budget spent" : "budget low",
                     budget, needed);
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
  if (record.reason == "budget_uncertain" || record.reason == "burn_uncertain")
    return {"wait for more events, or sample less of them (tollgate.dev/sampling: never)"};
  if (record.reason == "wide" || record.reason == "burn_thin") return {"wait for more events"};
  if (record.state != model::CheckState::fail) return shared_remedies(record);
  if (record.reason == "burning_too_fast")
    return {"wait until the burn rate is down, or roll back what burns"};
  return {"wait: the budget comes back as the bad events leave the window",
          "release a fix or reliability work, if the tier's error-budget policy still allows it "
          "(--change-class)"};
}

}  // namespace

extern const CheckDef error_budget_v1 = {
    .name = "error-budget@1",
    .title = "Enough of the error budget is left for this kind of change",
    .doc =
        "Passes if the error budget of the SLO over its own window, in the environment that is "
        "asked about, has at "
        "least `left`; without `left`, what the ErrorBudgetPolicy of the service's tier asks for "
        "this change class, "
        "burn rates included. Unknown if the data is missing, older than `maxAge`, or fewer than "
        "`minEvents`.",
    .introduced_in = "0.1.0",
    .controls = {"change authorisation", "capacity and availability"},
    .is_per_slo = true,
    .parameters = &reflect::type_of<ErrorBudget>,
    .example = "{left: 10%}",
    .validate = validate_parameters<ErrorBudget>,
    .compile = compile<1>,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

extern const CheckDef error_budget_v2 = {
    .name = "error-budget@2",
    .title = "Enough of the error budget is left for this kind of change, as far as is known",
    .doc =
        "As error-budget@1, and says what the events are worth and between which shares the budget "
        "left truly lies (95 %). Unknown also where the SLO's own rule of evidence "
        "(tollgate.dev/min-events, tollgate.dev/max-interval) is not met, and where events were "
        "sampled and the interval holds what is needed, for the budget and for the burn rates of "
        "the tier's policy.",
    .introduced_in = "0.2.0",
    .controls = {"change authorisation", "capacity and availability"},
    .is_per_slo = true,
    .parameters = &reflect::type_of<ErrorBudget>,
    .example = "{left: 10%}",
    .validate = validate_parameters<ErrorBudget>,
    .compile = compile<2>,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
