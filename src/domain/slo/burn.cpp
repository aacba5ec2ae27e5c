#include "domain/slo/burn.hpp"

#include "domain/slo/ratio.hpp"
#include "foundation/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace tollgate::slo {
namespace {

constexpr int64_t kThousand = 1000;
constexpr BurnRate kBurnMost{1'000'000'000'000};  // what an objective without any budget burns at

/// Windows of the SRE Workbook, with the share of the budget that each pair may spend before it
/// alerts.
struct PairRow {
  Duration short_window;
  Duration long_window;
  int64_t share_ppm;       // of a budget of weeks
  int64_t share_week_ppm;  // of a budget of up to kWeekPeriodMax
  Urgency urgency;
};
constexpr Duration kWeekPeriodMax = days(10);
constexpr BurnRate kLimitLeast{900};
constexpr std::array kPairRows = {
    PairRow{minutes(5), hours(1), 20'000, 80'000, Urgency::page},
    PairRow{minutes(30), hours(6), 50'000, 125'000, Urgency::page},
    PairRow{hours(2), days(1), 100'000, 200'000, Urgency::ticket},
    PairRow{hours(6), days(3), 100'000, 420'000, Urgency::ticket},
};

/// Whether bad / total > limit * allowed, without rounding.
bool is_over(const Objective& objective, const Counts& counts, BurnRate limit) {
  return Wide{counts.bad} * kThousand * kWhole >
         Wide{limit.thousandths} * allowed_bad(objective).value * counts.total();
}

/// The share of bad events at the limit.
double share_at(const Objective& objective, BurnRate limit) {
  return static_cast<double>(limit.thousandths) *
         static_cast<double>(allowed_bad(objective).value) / 1e9;
}

bool is_thin(const Objective& objective, const Evidence& counts, BurnRate limit,
             const BurnGuards& guards) {
  if (counts.effective_bad < guards.bad_events_min || counts.effective < guards.events_min)
    return true;
  if (guards.confidence.value == 0) return false;
  return !is_surely_bad(counts, share_at(objective, limit), guards.confidence);
}

int rank(const BurnFinding& finding) {
  switch (finding.state) {
    case BurnState::critical:
      return finding.pair.urgency == Urgency::page ? 6 : 5;
    case BurnState::recovering:
      return 4;
    case BurnState::thin:
      return 3;
    case BurnState::increasing:
      return 2;
    case BurnState::acceptable:
      return 1;
    case BurnState::unknown:
      break;
  }
  return 0;
}

struct StateText {
  std::string_view name;
  std::string_view word;
};
constexpr std::array<StateText, 6> kStateTexts = {{{"acceptable", "Acceptable"},
                                                   {"increasing", "Increasing"},
                                                   {"recovering", "Recovering"},
                                                   {"thin", "Too few events"},
                                                   {"critical", "Critical"},
                                                   {"unknown", "No data"}}};

}  // namespace

BurnRate burn_rate(const Objective& objective, const Counts& counts) {
  if (counts.bad == 0 || counts.total() == 0) return {0};
  const Wide divisor = Wide{counts.total()} * allowed_bad(objective).value;
  if (divisor <= 0) return kBurnMost;
  const Wide rate = (Wide{counts.bad} * kThousand * kWhole + divisor / 2) / divisor;
  return std::min(kBurnMost, BurnRate{saturate(rate)});
}

BurnRate nearest_rate(double rate) {
  const double most = static_cast<double>(kBurnMost.thousandths) / kThousand;
  return {static_cast<int64_t>(std::clamp(rate, 0.0, most) * kThousand + 0.5)};
}

std::optional<Duration> until_empty(const Objective& objective, Ppm left, BurnRate pace) {
  if (left.value <= 0 || pace.thousandths <= 0) return std::nullopt;
  if (objective.window.is_rolling && pace.thousandths <= kThousand) return std::nullopt;
  const Wide length = nominal_length(objective.window).ms;
  return Duration{saturate(length * left.value * kThousand / (Wide{kWhole} * pace.thousandths))};
}

std::string burn_text(BurnRate rate) {
  const int64_t tenths = (rate.thousandths + 50) / 100;
  if (tenths % 10 == 0) return fmt::format("{}x", number_text(tenths / 10));
  return fmt::format("{}.{}x", number_text(tenths / 10), tenths % 10);
}

std::vector<BurnPair> burn_pairs(Duration period) {
  std::vector<BurnPair> pairs;
  for (const PairRow& row : kPairRows) {
    if (row.long_window > period) continue;
    const int64_t share = period <= kWeekPeriodMax ? row.share_week_ppm : row.share_ppm;
    const Wide divisor = Wide{kWhole} * row.long_window.ms;
    const Wide limit = (Wide{share} * period.ms * kThousand + divisor / 2) / divisor;
    const BurnPair pair{row.short_window, row.long_window, {saturate(limit)}, row.urgency, {}};
    if (pair.limit >= kLimitLeast) pairs.push_back(pair);
  }
  return pairs;
}

std::vector<BurnPair> burn_pairs_scaled(Duration period) {
  struct Row {
    int64_t short_part, long_part, after_part, limit;
    Urgency urgency;
  };
  static constexpr std::array rows = {
      Row{8064, 672, 20160, 14'000, Urgency::page}, Row{1344, 112, 2688, 7'000, Urgency::page},
      Row{336, 28, 672, 2'000, Urgency::ticket}, Row{112, 7, 224, 1'000, Urgency::ticket}};
  const auto part = [period](int64_t divisor) {
    constexpr int64_t kMinute = minutes(1).ms;
    const int64_t whole = (period.ms + divisor * kMinute / 2) / (divisor * kMinute);
    return minutes(std::max<int64_t>(1, whole));
  };
  std::vector<BurnPair> pairs;
  for (const Row& row : rows) {
    pairs.push_back({part(row.short_part),
                     part(row.long_part),
                     {row.limit},
                     row.urgency,
                     part(row.after_part)});
  }
  return pairs;
}

bool is_reachable(const BurnPair& pair, const Objective& objective) {
  return pair.limit.thousandths * allowed_bad(objective).value < kThousand * kWhole;
}

std::string_view burn_state_name(BurnState state) {
  return kStateTexts[static_cast<size_t>(state)].name;
}
std::string_view burn_state_word(BurnState state) {
  return kStateTexts[static_cast<size_t>(state)].word;
}

BurnFinding judge_burn(const Objective& objective, const BurnPair& pair,
                       const Evidence& short_counts, const Evidence& long_counts,
                       const BurnGuards& guards) {
  BurnFinding finding{.pair = pair,
                      .short_counts = short_counts,
                      .long_counts = long_counts,
                      .short_rate = burn_rate(objective, short_counts.counts()),
                      .long_rate = burn_rate(objective, long_counts.counts())};
  if (long_counts.total() == 0) return finding;
  finding.sufficiency = sufficiency(objective, long_counts, share_at(objective, pair.limit));
  if (finding.sufficiency != Sufficiency::enough) {
    finding.state = BurnState::thin;
    return finding;
  }
  const bool is_short_over = is_over(objective, short_counts.counts(), pair.limit);
  const bool is_long_over = is_over(objective, long_counts.counts(), pair.limit);
  if (is_short_over && is_long_over) {
    finding.state =
        is_thin(objective, long_counts, pair.limit, guards) ? BurnState::thin : BurnState::critical;
  } else if (is_long_over) {
    finding.state = BurnState::recovering;
  } else {
    finding.state = is_short_over ? BurnState::increasing : BurnState::acceptable;
  }
  return finding;
}

BurnAlert worst_burn(std::span<const BurnFinding> findings) {
  BurnAlert alert;
  int worst = -1;
  for (const BurnFinding& finding : findings) {
    if (rank(finding) <= worst) continue;
    worst = rank(finding);
    alert = {.state = finding.state, .finding = &finding};
  }
  return alert;
}

std::vector<BurnFinding> burn_at(const CellSeries& cells, const Objective& objective, Time at,
                                 std::span<const BurnPair> pairs, const BurnGuards& guards) {
  std::vector<BurnFinding> findings;
  findings.reserve(pairs.size());
  for (const BurnPair& pair : pairs) {
    findings.push_back(judge_burn(objective, pair, cells.counts({at - pair.short_window, at}),
                                  cells.counts({at - pair.long_window, at}), guards));
  }
  return findings;
}

std::string burn_words(const BurnFinding& finding) {
  if (finding.state == BurnState::unknown) {
    return fmt::format("No data in {}", duration_words(finding.pair.long_window));
  }
  const Evidence& counts = finding.long_counts;
  std::string text = fmt::format(
      "{}: {} in {} and {} in {}, limit {}; {} bad of {}", burn_state_word(finding.state),
      burn_text(finding.long_rate), duration_words(finding.pair.long_window),
      burn_text(finding.short_rate), duration_words(finding.pair.short_window),
      burn_text(finding.pair.limit), number_text(counts.bad), number_text(counts.total()));
  if (counts.is_sampled())
    text += fmt::format(", an estimate, worth {}", count_text(counts.effective, "event", "events"));
  return text;
}

}  // namespace tollgate::slo
