#include "domain/delivery/sli.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>

namespace tollgate::delivery {
namespace {

struct Row {
  SliFigure figure;
  std::string_view name;
  bool has_limit;
};
constexpr std::array kRows = {
    Row{SliFigure::change_failure_rate, "change-failure-rate", false},
    Row{SliFigure::lead_time, "lead-time", true},
    Row{SliFigure::gap, "gap", true},
    Row{SliFigure::restore, "restore", true},
    Row{SliFigure::detect, "detect", true},
    Row{SliFigure::decide, "decide", true},
    Row{SliFigure::roll_back, "roll-back", true},
    Row{SliFigure::rollback_success, "rollback-success", false},
    Row{SliFigure::rework, "rework", false},
};

SliCounts count_spans(std::span<const int64_t> spans_s, Duration limit) {
  SliCounts counts;
  for (const int64_t span : spans_s) ++(span * 1000 <= limit.ms ? counts.good : counts.bad);
  return counts;
}

void count_span(const std::optional<Time>& from, const std::optional<Time>& to, Duration limit,
                SliCounts& counts) {
  if (!from || !to) return;
  ++(*to - *from <= limit ? counts.good : counts.bad);
}

/// Failures of the span by one of their parts.
SliCounts count_failures(const ServiceFigures& figures, const Sli& sli, Time now) {
  SliCounts counts;
  const Duration limit = sli.limit.value_or(Duration());
  for (const ServiceFailure& failure : figures.failed) {
    if (sli.figure == SliFigure::restore) {
      if (failure.restored) {
        count_span(failure.ended, failure.restored, limit, counts);
      } else if (now - failure.ended > limit) {
        ++counts.bad;
      }
    } else if (sli.figure == SliFigure::detect) {
      count_span(failure.ended, failure.detected, limit, counts);
    } else if (sli.figure == SliFigure::decide) {
      const Time noticed = failure.detected.value_or(failure.ended);
      count_span(noticed, failure.decided, limit, counts);
    } else {
      count_span(failure.decided, failure.remedied, limit, counts);
    }
  }
  return counts;
}

/// The time since the last deployment of each place, once it is longer than the limit.
int64_t overdue(const Places& places, const Sli& sli, const SliSpan& span) {
  int64_t count = 0;
  for (const std::shared_ptr<const Place>& place : places) {
    const ServiceFigures alone =
        service_figures(Places{place}, {.until = span.to, .now = span.now, .bake = span.bake});
    if (alone.last && std::min(span.now, span.to) - *alone.last > *sli.limit) ++count;
  }
  return count;
}

}  // namespace

std::string_view sli_figure_name(SliFigure figure) {
  for (const Row& row : kRows) {
    if (row.figure == figure) return row.name;
  }
  return "";
}

Result<Sli> parse_sli(std::string_view text) {
  const size_t sign = text.find("<=");
  const std::string_view name = trim(text.substr(0, sign));
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& each) { return each.name == name; });
  if (row == kRows.end()) {
    std::vector<std::string> names;
    for (const Row& each : kRows) names.emplace_back(each.name);
    return fail(codes::unknown_name, "there is no delivery figure \"{}\"{}; known are {}", name,
                did_you_mean(name, names), join(names, ", "));
  }
  Sli sli{.figure = row->figure};
  if (sign == std::string_view::npos) {
    if (row->has_limit)
      return fail(codes::bad_value, "{0} needs a limit, such as \"{0} <= 1d\"", name);
    return sli;
  }
  if (!row->has_limit) return fail(codes::bad_value, "{} is a share and takes no limit", name);
  TOLLGATE_TRY(sli.limit, parse_duration(trim(text.substr(sign + 2))));
  if (sli.limit->ms <= 0) return fail(codes::bad_value, "the limit of {} is above 0", name);
  return sli;
}

SliCounts count_sli(const Places& places, const Sli& sli, const SliSpan& span) {
  const ServiceFigures figures = service_figures(
      places, {.since = span.from, .until = span.to, .now = span.now, .bake = span.bake});
  switch (sli.figure) {
    case SliFigure::change_failure_rate:
      return {.good = figures.failures.of - figures.failures.hits, .bad = figures.failures.hits};
    case SliFigure::lead_time:
      return count_spans(figures.lead_spans_s, *sli.limit);
    case SliFigure::gap: {
      SliCounts counts = count_spans(figures.gap_spans_s, *sli.limit);
      counts.bad += overdue(places, sli, span);
      return counts;
    }
    case SliFigure::restore:
    case SliFigure::detect:
    case SliFigure::decide:
    case SliFigure::roll_back:
      return count_failures(figures, sli, span.now);
    case SliFigure::rollback_success:
      return {.good = figures.rollbacks.hits, .bad = figures.rollbacks.of - figures.rollbacks.hits};
    case SliFigure::rework:
      return {.good = figures.rework.of - figures.rework.hits, .bad = figures.rework.hits};
  }
  return {};
}

}  // namespace tollgate::delivery
