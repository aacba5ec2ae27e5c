// error-budget@1: enough of the error budget is left for this kind of change.
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
  static constexpr std::string_view name = "error-budget@1";
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

Result<CompiledCheck> compile(const doc::Node& with, const CheckPlace& place) {
  TOLLGATE_TRY(const auto parameters, read_parameters<ErrorBudget>(with));
  TOLLGATE_TRY(const slo::Resolved at, slo_at(place));
  auto compiled = std::make_shared<Compiled>();
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

// Figures: good, bad, total, bad events allowed in the window, length of the window in ms, and if
// events were sampled how many unsampled ones they are worth; for
// burning_too_fast: good, bad, total, limit in thousandths, length of the burn window in ms.
Finding evaluate(const void* erased, const CheckInput& input) {
  const auto& compiled = *static_cast<const Compiled*>(erased);
  Finding finding{.needed = {compiled.needed_ppm, model::Unit::ppm},
                  .relation = model::Relation::at_least,
                  .need = 0};
  if (refuse_reading(input.fact(0), compiled.parameters.max_age, input.now, finding))
    return finding;
  const model::Reading& reading = *input.fact(0).reading;
  const slo::Budget budget = slo::spending(compiled.objective, reading);
  // Sampled events are evidence as far as their sample goes, not as many as they stand for.
  if (budget.effective < std::max(compiled.parameters.min_events, compiled.objective.events_min)) {
    finding.reason = "thin";
    if (budget.effective < budget.total)
      return finding.with_figures({budget.good, budget.bad, budget.total, budget.effective});
    return finding.with_figures({budget.good, budget.bad, budget.total});
  }
  finding.observed = {budget.left.value, model::Unit::ppm};
  if (budget.effective < budget.total) {
    finding.with_figures({budget.good, budget.bad, budget.total, budget.bad_allowed,
                          reading.window.ms, budget.effective});
  } else {
    finding.with_figures(
        {budget.good, budget.bad, budget.total, budget.bad_allowed, reading.window.ms});
  }
  const bool has_enough = budget.left.value >= compiled.needed_ppm && budget.left.value >= 0;
  finding.state = has_enough ? model::CheckState::pass : model::CheckState::fail;
  finding.reason = has_enough               ? "budget_left"
                   : budget.left.value <= 0 ? "budget_spent"
                                            : "budget_low";
  if (!has_enough) return finding;
  for (size_t i = 0; i < compiled.burn_limits.size(); ++i) {
    const BurnLimit& limit = compiled.burn_limits[i];
    const model::Reading* burn = input.fact(i + 1).reading;
    if (burn == nullptr || !burn->error.empty() || burn->total == 0) continue;
    const slo::BurnRate rate =
        slo::burn_rate(compiled.objective, {.good = burn->good, .bad = burn->bad});
    if (rate.thousandths <= limit.thousandths) continue;
    Finding fast{.state = model::CheckState::fail,
                 .reason = "burning_too_fast",
                 .observed = {rate.thousandths, model::Unit::thousandths},
                 .needed = {limit.thousandths, model::Unit::thousandths},
                 .relation = model::Relation::at_most,
                 .age_ms = finding.age_ms,
                 .need = static_cast<int>(i) + 1};
    return fast.with_figures(
        {burn->good, burn->bad, burn->total, limit.thousandths, limit.window.ms});
  }
  return finding;
}

std::string words(const model::CheckRecord& record) {
  std::string shared = shared_words(record);
  if (!shared.empty() || record.figures.size() < 5) return shared;
  const std::string events =
      concat({number_text(record.figures[1]), " bad of ", number_text(record.figures[2])});
  const std::string window = duration_words({record.figures[4]});
  if (record.reason == "burning_too_fast") {
    return fmt::format("{} burns at {} over {}, at most {} is allowed for this change ({})",
                       record.subject, quantity_text(*record.observed), window,
                       quantity_text(*record.needed), events);
  }
  std::string budget =
      concat({quantity_text(*record.observed), " of the ", window, " budget left (", events, ", ",
              number_text(record.figures[3]), " allowed)"});
  if (record.figures.size() > 5 && record.reason != "burning_too_fast") {
    budget += concat({", an estimate from a sample that is worth ",
                      count_text(record.figures[5], "event", "events")});
  }
  if (record.reason == "budget_left") return budget;
  const std::string needed =
      record.needed && record.needed->amount > 0
          ? fmt::format("; this change needs {}", quantity_text(*record.needed))
          : "";
  return fmt::format("{}: {}{}", record.reason == "budget_spent" ? "budget spent" : "budget low",
                     budget, needed);
}

std::vector<std::string> remedies(const model::CheckRecord& record) {
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
    .compile = compile,
    .evaluate = evaluate,
    .words = words,
    .remedies = remedies,
};

}  // namespace tollgate::gate
