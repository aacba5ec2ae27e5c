#include "domain/slo/alert.hpp"

#include "domain/slo/ratio.hpp"
#include "foundation/base/assert.hpp"
#include "foundation/base/digest.hpp"

#include <algorithm>

namespace tollgate::slo {
namespace {

constexpr size_t kFingerprintChars = 16;

bool is_over_share(const Objective& objective, const Counts& counts, BurnRate limit, Ppm share) {
  return Wide{counts.bad} * 1000 * kWhole * kWhole >
         Wide{limit.thousandths} * share.value * allowed_bad(objective).value * counts.total();
}

/// Whether the pair still burns, judged at the lower limit that holds for an alert that is on. No
/// events in the short window are no sign of calm while the long one burns.
bool is_still_over(const AlertRule& rule, const BurnFinding& finding) {
  const auto over = [&](const Evidence& evidence) {
    return is_over_share(rule.objective, evidence.counts(), finding.pair.limit, rule.clear_share);
  };
  if (finding.long_counts.total() == 0 || finding.sufficiency != Sufficiency::enough) return true;
  return over(finding.long_counts) &&
         (finding.short_counts.total() == 0 || over(finding.short_counts));
}

bool is_excluded_at(std::span<const Span> exclusions, Time now) {
  return std::any_of(exclusions.begin(), exclusions.end(),
                     [now](const Span& span) { return span.from <= now && now < span.to; });
}

bool is_fast(const AlertRule& rule, const AlertInput& input, const AlertStep& step) {
  if (!rule.fast || step.findings.empty()) return false;
  const double limit = rule.fast->limit > 0
                           ? rule.fast->limit
                           : cusum_limit(input.events_in_30_days * input.fresh_worth);
  const BurnFinding& first = step.findings.front();
  if (first.sufficiency != Sufficiency::enough) return false;
  // The chart says that something changed; the short window, that it is worth waking somebody.
  return highest(step.state.levels) > limit && first.short_rate > first.pair.limit;
}

AlertReason reason_now(const AlertRule& rule, const AlertInput& input, AlertStep& step, Time now) {
  bool is_burning = false;
  for (size_t i = 0; i < step.findings.size(); ++i) {
    std::optional<Time>& since = step.state.over_since[i];
    if (step.findings[i].state != BurnState::critical) {
      since.reset();
      continue;
    }
    if (!since) since = now;
    is_burning |= now - *since >= rule.pairs[i].after;
  }
  if (is_burning) return AlertReason::burn;
  if (is_fast(rule, input, step)) return AlertReason::fast;
  const std::optional<Time> since = silent_since(input, now);
  const bool is_silent = rule.no_data_after.ms > 0 && since && now - *since > rule.no_data_after;
  return is_silent ? AlertReason::no_data : AlertReason::none;
}

/// Whether an alert that is on may begin to count its calm time.
bool is_calm(const AlertRule& rule, const AlertInput& input, const AlertStep& step, Time now) {
  if (step.state.reason == AlertReason::no_data) {
    return input.newest && now - *input.newest <= rule.no_data_after;
  }
  return std::none_of(step.findings.begin(), step.findings.end(),
                      [&](const BurnFinding& finding) { return is_still_over(rule, finding); });
}

}  // namespace

std::string AlertRule::fingerprint() const {
  const Digest digest = sha256({slo, "\n", environment, "\n", name, "\n", severity});
  return digest_text(digest).substr(std::string_view("sha256:").size(), kFingerprintChars);
}

std::string_view alert_reason_name(AlertReason reason) {
  return reflect::EnumNames<AlertReason>::names[static_cast<size_t>(reason)];
}

double chart_worth(const Evidence& evidence) {
  const auto part = [](int64_t effective, int64_t all) {
    return all > 0 ? static_cast<double>(effective) / static_cast<double>(all) : 1.0;
  };
  return evidence.bad > 0 ? part(evidence.effective_bad, evidence.bad)
                          : part(evidence.effective, evidence.total());
}

AlertStep step(const AlertRule& rule, const AlertState& state, const AlertInput& input, Time now) {
  AlertStep result;
  step(rule, state, input, now, result);
  return result;
}

void step(const AlertRule& rule, const AlertState& state, const AlertInput& input, Time now,
          AlertStep& result) {
  ASSERT(input.pairs.size() == rule.pairs.size());
  result.state = state;
  result.change = AlertChange::none;
  result.findings.clear();
  result.is_excluded = is_excluded_at(input.exclusions, now);
  result.state.over_since.resize(rule.pairs.size());
  for (size_t i = 0; i < rule.pairs.size(); ++i) {
    result.findings.push_back(judge_burn(rule.objective, rule.pairs[i], input.pairs[i].short_counts,
                                         input.pairs[i].long_counts, rule.guards));
  }
  result.worst = worst_burn(result.findings);
  if (rule.fast && !result.is_excluded) {
    result.state.levels = advance(*rule.fast, state.levels, input.fresh, input.fresh_worth);
  }
  const AlertReason reason = reason_now(rule, input, result, now);
  AlertState& next = result.state;
  if (!next.is_on) {
    if (reason == AlertReason::none || result.is_excluded) return;
    next.is_on = true;
    next.reason = reason;
    next.since = now;
    next.calm_since.reset();
    result.change = AlertChange::raised;
    return;
  }
  if (reason != AlertReason::none || !is_calm(rule, input, result, now)) {
    next.calm_since.reset();
    return;
  }
  if (!next.calm_since) next.calm_since = now;
  if (now - *next.calm_since < rule.clear_after) return;
  next = AlertState{};
  next.over_since.resize(rule.pairs.size());
  result.change = AlertChange::cleared;
}

std::optional<Time> silent_since(const AlertInput& input, Time now) {
  std::optional<Time> since = input.newest ? input.newest : input.awaited_since;
  if (!since) return since;
  for (const Span& span : input.exclusions) {
    if (span.from <= now) since = std::max(*since, std::min(span.to, now));
  }
  return since;
}

std::optional<Time> next_change(const AlertRule& rule, const AlertState& state,
                                std::optional<Time> silent_since, Time now) {
  std::optional<Time> next;
  const auto at = [&](Time time) {
    if (time > now && (!next || time < *next)) next = time;
  };
  if (state.calm_since) at(*state.calm_since + rule.clear_after);
  for (size_t i = 0; i < state.over_since.size(); ++i) {
    if (state.over_since[i]) at(*state.over_since[i] + rule.pairs[i].after);
  }
  if (rule.no_data_after.ms > 0 && silent_since)
    at(*silent_since + rule.no_data_after + milliseconds(1));
  return next;
}

Ppm budget_spent(const Objective& objective, Duration window, BurnRate rate) {
  const int64_t period = nominal_length(objective.window).ms;
  if (period <= 0) return {0};
  return {saturate(Wide{rate.thousandths} * window.ms * 1000 / period)};
}

}  // namespace tollgate::slo
