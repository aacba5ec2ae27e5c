#include "edge/sources/query_pair.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::sources {
namespace {

constexpr double kCountMax = 9e15;

/// Good and total as doubles, as the server gave them.
struct Amounts {
  double good = 0;
  double total = 0;
};

bool has_excess(const Amounts& amounts) {
  return amounts.good > std::max(amounts.total * kExcessMax, amounts.total + 1);
}

Result<slo::Counts> to_counts(const Amounts& amounts) {
  if (!(amounts.total >= 0) || amounts.total > kCountMax || !(amounts.good >= 0)) {
    return fail(codes::bad_response, "the queries gave no counts: good {} of {}", amounts.good,
                amounts.total);
  }
  if (has_excess(amounts)) {
    return fail(codes::bad_response, "there are more good events than events: {} of {}",
                amounts.good, amounts.total);
  }
  const int64_t total = std::llround(amounts.total);
  const int64_t good = std::min(total, static_cast<int64_t>(std::llround(amounts.good)));
  return slo::Counts{.good = good, .bad = total - good};
}

Result<Amounts> combine(const QueryPair& queries, double first, double second) {
  if (queries.is_second_ratio) {
    TOLLGATE_TRY(const double share, good_share(second, queries.is_second_bad));
    return Amounts{.good = share * first, .total = first};
  }
  if (!queries.is_first_total) return Amounts{.good = first, .total = first + second};
  return Amounts{
      .good = queries.is_second_bad ? first - std::min(second, first * kExcessMax) : second,
      .total = first};
}

}  // namespace

Result<QueryPair> query_pair(const slo::Indicator& indicator) {
  if (!indicator.raw.empty()) {
    if (!indicator.total.empty())
      return QueryPair{indicator.total, indicator.raw, indicator.raw_is_failure, true, true};
    return fail(codes::bad_query,
                "a ratio says nothing about how many events there were; name a query for \"total\" "
                "beside it, or use a budgeting method of slices");
  }
  if (!indicator.total.empty() && !indicator.good.empty())
    return QueryPair{indicator.total, indicator.good};
  if (!indicator.total.empty() && !indicator.bad.empty())
    return QueryPair{indicator.total, indicator.bad, true};
  if (!indicator.good.empty() && !indicator.bad.empty())
    return QueryPair{indicator.good, indicator.bad, true, false};
  return fail(codes::bad_query, "the metric names no queries for good (or bad) and total");
}

Result<double> good_share(double ratio, bool is_failure) {
  constexpr double kRounding = 1e-9;
  if (!(ratio >= -kRounding) || ratio > 1 + kRounding) {
    return fail(codes::bad_response, "the query for the ratio gave {}, which is no share", ratio);
  }
  const double share = std::clamp(ratio, 0.0, 1.0);
  return is_failure ? 1 - share : share;
}

std::string excess_words(const QueryPair& queries, double first, double second) {
  const Result<Amounts> amounts = combine(queries, first, second);
  if (!amounts || !has_excess(*amounts) || !(amounts->total >= 0)) return {};
  return fmt::format("there are more good events than events: {} of {}", amounts->good,
                     amounts->total);
}

Result<slo::Counts> counts_of(const QueryPair& queries, double first, double second) {
  TOLLGATE_TRY(const Amounts amounts, combine(queries, first, second));
  return to_counts(amounts);
}

}  // namespace tollgate::sources
