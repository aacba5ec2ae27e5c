#include "domain/slo/alert_words.hpp"

#include "domain/slo/budget.hpp"
#include "foundation/base/text.hpp"

#include <fmt/core.h>

namespace tollgate::slo {
model::AlertIdentity identity_of(const AlertRule& rule) {
  return {.alert = rule.fingerprint(),
          .slo = rule.slo,
          .environment = rule.environment,
          .policy = rule.name,
          .severity = rule.severity,
          .cause = rule.group};
}

const BurnFinding* shown_finding(const AlertStep& step) {
  // A chart is read beside the first pair's windows.
  const bool is_burn = step.state.reason == AlertReason::burn;
  if (is_burn && step.worst.finding != nullptr) return step.worst.finding;
  return step.findings.empty() ? nullptr : &step.findings.front();
}

model::AlertRaised raised_record(const AlertRule& rule, const model::AlertIdentity& identity,
                                 AlertReason reason, const BurnFinding* finding,
                                 std::optional<Ppm> left, std::optional<Time> newest) {
  model::AlertRaised raised{.identity = identity,
                            .incident = identity,
                            .reason = reason,
                            .objective = rule.objective.target,
                            .budget_left = left,
                            .newest = newest};
  if (reason == AlertReason::no_data) {
    raised.window = rule.no_data_after;
    return raised;
  }
  if (finding == nullptr) return raised;
  raised.window = finding->pair.long_window;
  raised.short_window = finding->pair.short_window;
  raised.burn = finding->long_rate.thousandths;
  raised.short_burn = finding->short_rate.thousandths;
  raised.limit = finding->pair.limit.thousandths;
  raised.bad = finding->long_counts.bad;
  raised.total = finding->long_counts.total();
  if (raised.total > 0 && raised.reason != AlertReason::none) {
    const stats::Interval sure = burn_interval(rule.objective, finding->long_counts);
    raised.burn_low = nearest_rate(sure.low).thousandths;
    raised.burn_high = nearest_rate(sure.high).thousandths;
  }
  if (finding->long_counts.is_sampled()) raised.effective = finding->long_counts.effective;
  raised.budget_spent = budget_spent(rule.objective, raised.window, finding->long_rate);
  if (left) raised.empty_in = until_empty(rule.objective, *left, finding->long_rate);
  return raised;
}

model::AlertRaised raised_record(const AlertRule& rule, const AlertStep& step,
                                 std::optional<Ppm> left, std::optional<Time> newest) {
  return raised_record(rule, identity_of(rule), step.state.reason, shown_finding(step), left,
                       newest);
}

std::string raised_title(const model::AlertRaised& raised) {
  switch (raised.reason) {
    case AlertReason::no_data:
      return "no data for more than " + duration_words(raised.window);
    case AlertReason::fast:
      return fmt::format("errors jumped to {} within {}", burn_text({raised.short_burn}),
                         duration_words(raised.short_window));
    case AlertReason::burn:
    case AlertReason::none:
      break;
  }
  return fmt::format("Critical, burns {} in {} and {} in {}, limit {}", burn_text({raised.burn}),
                     duration_words(raised.window), burn_text({raised.short_burn}),
                     duration_words(raised.short_window), burn_text({raised.limit}));
}

std::string raised_words(const model::AlertRaised& raised) {
  if (raised.total == 0 && !raised.newest) {
    return "nothing was counted in its whole window: check the names in its SLI, and who sends "
           "them";
  }
  if (raised.reason == AlertReason::no_data)
    return "the newest data is of " + time_text(*raised.newest);
  std::string text =
      fmt::format("{} of the budget in the last {}", percent_text(raised.budget_spent.value),
                  duration_words(raised.window));
  if (raised.budget_left && raised.budget_left->value <= 0) {
    text += "; nothing is left of it";
  } else if (raised.empty_in) {
    text += "; empty in " + duration_words(*raised.empty_in);
  }
  text += fmt::format("; {} bad of {}", number_text(raised.bad), number_text(raised.total));
  if (raised.effective) {
    text +=
        fmt::format(", an estimate, worth {}", count_text(*raised.effective, "event", "events"));
  }
  if (raised.burn_low && raised.burn_high) {
    text += fmt::format("; between {} and {} with 95 % confidence", burn_text({*raised.burn_low}),
                        burn_text({*raised.burn_high}));
  }
  return text;
}

std::string cleared_words(const model::AlertCleared& cleared, Time at) {
  const std::string span = duration_words(at - cleared.since);
  return cleared.end == model::AlertEnd::withdrawn
             ? fmt::format("the alert is no longer in the policy, it was on for {}", span)
             : fmt::format("calm again after {}", span);
}

}  // namespace tollgate::slo
