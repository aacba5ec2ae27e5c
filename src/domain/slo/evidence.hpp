// What counts are worth as evidence: sampled events stand for many, but say no more than those that
// were seen; and an SLO may ask for so much evidence before it is judged at all. Pure.
#pragma once

#include "domain/model/reading.hpp"
#include "domain/slo/cells.hpp"
#include "domain/slo/objective.hpp"
#include "domain/stats/interval.hpp"

#include <string_view>

namespace tollgate::slo {

/// How sure a statement must be before it is called ok or breach.
inline constexpr Ppm kBudgetConfidence{950'000};

/// Events, or slices of a time-slice SLO. Sampled ones are estimates of how many there were
/// (Horvitz-Thompson); then `effective` says how many unsampled events would tell as much about the
/// share of bad ones, and `effective_bad` how many bad ones were as good as seen.
struct Evidence {
  Evidence() = default;
  /// Nothing was sampled: everything tells as much as it counts.
  // NOLINTNEXTLINE(google-explicit-constructor): unsampled counts are their own evidence
  Evidence(const Counts& counts) : Evidence(counts.good, counts.bad, counts.total(), counts.bad) {}
  Evidence(int64_t good_events, int64_t bad_events, int64_t worth, int64_t worth_bad)
      : good(good_events), bad(bad_events), effective(worth), effective_bad(worth_bad) {}

  int64_t good = 0;
  int64_t bad = 0;
  int64_t effective = 0;      // at most total()
  int64_t effective_bad = 0;  // at most bad
  int64_t total() const { return good + bad; }
  Counts counts() const { return {good, bad}; }
  bool is_sampled() const { return effective < total() || effective_bad < bad; }
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// Estimated counts of sampled events, with the sums of their squared weights; a sum below its
/// count is that of unsampled events.
Evidence weigh(const Counts& counts, const model::WeightSquares& squares);

/// What the method of `objective` counts in `reading`: events with what their weights are worth, or
/// slices (without: nothing). Ratio time slices: bad is the missing share, rounded up.
Evidence evidence_of(const Objective& objective, const model::Reading& reading);

/// Two-sided interval of the true share of bad ones, [0, 1] without any: exact (Clopper-Pearson)
/// while few are bad or good, Wilson's beyond, over the effective events if they were sampled.
stats::Interval bad_interval(const Evidence& evidence, Ppm confidence = kBudgetConfidence);

/// Whether the true share of bad ones is surely above `limit`, one-sided. 0 <= limit.
bool is_surely_bad(const Evidence& evidence, double limit, Ppm confidence);

/// What the SLO's own rule says of so much evidence.
enum class Sufficiency { enough, few_events, wide_interval };
/// "enough", "thin", "wide".
std::string_view sufficiency_name(Sufficiency sufficiency);
/// `limit` is the share of bad ones that the evidence is to be compared with. Too few: less than
/// objective.events_min effective events. Too wide: the 95 % interval is wider than
/// objective.interval_max of `limit`, or of the observed share if that is larger. Nothing at all is
/// left to those who judge: it is enough for a rule that asks for nothing.
Sufficiency sufficiency(const Objective& objective, const Evidence& evidence, double limit);

}  // namespace tollgate::slo
