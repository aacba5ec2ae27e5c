// Burn rates over two windows at once, so that alerts are fast and quiet.
// Method: Google SRE Workbook ch. 5, "multiwindow, multi-burn-rate alerts"; thresholds scaled as
// Sloth scales them; two guards that the workbook lacks: a least number of bad events, and a
// confidence bound, because at low traffic a single failure is no evidence of a burn.
#pragma once

#include "domain/slo/evidence.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::slo {

/// A burn rate in thousandths: 14'400 is 14.4 times the pace that just uses the budget up.
struct BurnRate {
  int64_t thousandths = 0;
  friend auto operator<=>(const BurnRate&, const BurnRate&) = default;
};

/// How fast `counts` use the budget up; 0 without events. Rounded to the nearest thousandth.
BurnRate burn_rate(const Objective& objective, const Counts& counts);
/// A rate as a double, to the nearest thousandth.
BurnRate nearest_rate(double rate);
/// How long `left` of the budget lasts at `pace`. Unset if it is empty already, or never ends: a
/// rolling window gets back what a pace of 1 or less uses. Source: SRE Workbook ch. 5, time to
/// exhaustion = left * window / burn rate.
std::optional<Duration> until_empty(const Objective& objective, Ppm left, BurnRate pace);
/// "8.8x".
std::string burn_text(BurnRate rate);

enum class Urgency { page, ticket };

/// Alert if both windows burn faster than `limit`, for `after` without a break.
struct BurnPair {
  Duration short_window;
  Duration long_window;
  BurnRate limit;
  Urgency urgency = Urgency::page;
  Duration after = {};
};

/// The four pairs for a budget of `period`: 5m/1h, 30m/6h (page), 2h/1d, 6h/3d (ticket) that spend
/// 2, 5, 10 and 10 % of it: 14.4, 6, 3 and 1 at 30 days, 13.44, 5.6, 2.8 and 0.933 at 28. Up to 10
/// days they spend 8, 12.5, 20 and 42 %, as Sloth's 7-day windows do: 13.44, 3.5, 1.4 and 0.98.
/// Left out are pairs whose long window is longer than the period, and pairs that would alert
/// although the budget lasts (limit below 0.9).
std::vector<BurnPair> burn_pairs(Duration period);
/// The same four as Pyrra scales them: limits stay 14, 7, 2 and 1, windows and the time that they
/// must hold grow with the period (W/672, W/112, W/28, W/7; short ones W/8064, W/1344, W/336,
/// W/112; held for W/20160, W/2688, W/672, W/224), each rounded to a minute, at least one.
std::vector<BurnPair> burn_pairs_scaled(Duration period);
/// Whether the pair can fire at all: a limit at which more than everything would have to fail never
/// does.
bool is_reachable(const BurnPair& pair, const Objective& objective);

/// Guards against thin evidence, the same for gates and for alerts. All apply to the long window,
/// and to what events are worth: a sampled one that stands for a hundred is one.
struct BurnGuards {
  static constexpr int64_t kBadEventsMin = 3;
  static constexpr Ppm kConfidence{950'000};
  int64_t bad_events_min = kBadEventsMin;  // fewer bad events never alert
  int64_t events_min = 0;                  // fewer events never alert
  /// How sure it must be that the true rate is above the limit (lower bound of evidence.hpp); 0:
  /// not asked.
  Ppm confidence = kConfidence;
};

/// critical: both windows over. recovering: only the long one. increasing: only the short one.
/// thin: both over, but a guard says that the evidence is too thin; or the SLO's own rule says that
/// the long window carries no judgement. unknown: no events in the long window.
enum class BurnState { acceptable, increasing, recovering, thin, critical, unknown };
/// "critical", "recovering", ... as data; and the word that people read: "Critical".
std::string_view burn_state_name(BurnState state);
std::string_view burn_state_word(BurnState state);

/// One pair judged.
struct BurnFinding {
  BurnPair pair;
  Evidence short_counts;
  Evidence long_counts;
  BurnRate short_rate;
  BurnRate long_rate;
  Sufficiency sufficiency = Sufficiency::enough;  // of the long window, by the SLO's own rule
  BurnState state = BurnState::unknown;
};

/// Judges one pair on what was counted in its two windows.
BurnFinding judge_burn(const Objective& objective, const BurnPair& pair,
                       const Evidence& short_counts, const Evidence& long_counts,
                       const BurnGuards& guards);

/// The most urgent finding decides: critical before recovering before thin before increasing before
/// acceptable before unknown; a page before a ticket.
struct BurnAlert {
  BurnState state = BurnState::unknown;
  const BurnFinding* finding =
      nullptr;  // the one that decided; borrowed from the argument, null if that was empty
};
BurnAlert worst_burn(std::span<const BurnFinding> findings);

/// All pairs at the moment `at` over the cells of a signal.
std::vector<BurnFinding> burn_at(const CellSeries& cells, const Objective& objective, Time at,
                                 std::span<const BurnPair> pairs, const BurnGuards& guards);

/// "Critical: 16.2x in 1 h and 15.1x in 5 min, limit 14.4x; 14 bad of 3,120"; if they are
/// estimates, what they are worth.
std::string burn_words(const BurnFinding& finding);

}  // namespace tollgate::slo
