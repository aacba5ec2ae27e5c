// Delivery figures as service level indicators: good and bad events of a span, so that release SLOs
// have budgets and burn rates like any other. Pure.
#pragma once

#include "domain/delivery/service_figures.hpp"

namespace tollgate::delivery {

enum class SliFigure {
  change_failure_rate,  // deployments; bad: failed
  lead_time,            // changes that were shipped; bad: took longer
  gap,                  // times between deployments; bad: longer, also the one that still lasts
  restore,              // failures; bad: took longer, also if still open
  detect,               // failures that were noticed
  decide,               // failures with a remedy
  roll_back,            // remedies that ended
  rollback_success,     // roll-backs; bad: did not succeed
  rework,               // deployments; bad: made because of an earlier one
};
std::string_view sli_figure_name(SliFigure figure);

/// "change-failure-rate", or a figure of spans with its limit: "lead-time <= 2d".
struct Sli {
  SliFigure figure = SliFigure::change_failure_rate;
  std::optional<Duration> limit = {};
};
/// Errors: unknown_name for a figure, bad_value for a limit that is missing or makes no sense.
Result<Sli> parse_sli(std::string_view text);

struct SliSpan {
  Time from = {};
  Time to = {};   // [from, to): the deployment or failure ended, the change was shipped
  Time now = {};  // nothing later is known
  Duration bake = days(7);
};
struct SliCounts {
  int64_t good = 0;
  int64_t bad = 0;
};
/// Events of the places in the span. A deployment that has not failed counts as good once it is
/// older than `bake`; one that failed counts at once. An open failure is bad as soon as it is older
/// than the limit, and no event before.
SliCounts count_sli(const Places& places, const Sli& sli, const SliSpan& span);

}  // namespace tollgate::delivery
