// Prometheus and everything that speaks its query API: VictoriaMetrics, Thanos, Mimir, Cortex.
// Counts come from instant queries over the whole span, slices from range queries, freshness from
// the last hour.
#include "domain/slo/ratio.hpp"
#include "edge/sources/promql.hpp"
#include "edge/sources/source.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace tollgate::sources {
namespace {

constexpr int64_t kPointsMax = 10'000;  // of one range query; Prometheus refuses more than 11,000
constexpr int64_t kSlicesMax = 1'000'000;  // of one reading
constexpr Duration kFreshnessSpan = hours(1);
constexpr Duration kFreshnessStep = minutes(1);
constexpr Duration kFreshnessWindow = minutes(5);
constexpr double kExcessMax =
    1.01;  // increase() extrapolates: good may pass the total by this much
constexpr double kCountMax = 9e15;

/// Good and total as doubles, as the server gave them.
struct Amounts {
  double good = 0;
  double total = 0;
};

Result<slo::Counts> to_counts(const Amounts& amounts) {
  if (!(amounts.total >= 0) || amounts.total > kCountMax || !(amounts.good >= 0)) {
    return fail(codes::bad_response, "the queries gave no counts: good {} of {}", amounts.good,
                amounts.total);
  }
  if (amounts.good > std::max(amounts.total * kExcessMax, amounts.total + 1)) {
    return fail(codes::bad_response, "there are more good events than events: {} of {}",
                amounts.good, amounts.total);
  }
  const int64_t total = std::llround(amounts.total);
  const int64_t good = std::min(total, static_cast<int64_t>(std::llround(amounts.good)));
  return slo::Counts{.good = good, .bad = total - good};
}

class PrometheusSource : public engine::SignalSource {
 public:
  PrometheusSource(SourceConfig config, engine::HttpClient& http)
      : config_(std::move(config)), http_(http), name_("prometheus:" + config_.name) {
    while (config_.url.ends_with('/')) config_.url.pop_back();
  }

  std::string_view name() const override { return name_; }

  model::Reading read(const engine::ReadingRequest& request) override {
    model::Reading reading = start_reading(request, name_);
    const Result<void> filled = fill(request, reading);
    if (filled) return reading;
    model::Reading failed = start_reading(request, name_);
    failed.error = filled.error().message;
    return failed;
  }

 private:
  /// Which two of good, bad and total are asked for.
  struct Queries {
    std::string_view first;   // total, or good where there is none
    std::string_view second;  // good or bad
    bool is_second_bad = false;
    bool is_first_total = true;
  };

  static Result<Queries> queries_of(const slo::Indicator& indicator) {
    if (!indicator.total.empty() && !indicator.good.empty())
      return Queries{indicator.total, indicator.good};
    if (!indicator.total.empty() && !indicator.bad.empty())
      return Queries{indicator.total, indicator.bad, true};
    if (!indicator.good.empty() && !indicator.bad.empty())
      return Queries{indicator.good, indicator.bad, true, false};
    if (!indicator.raw.empty()) {
      return fail(codes::bad_query,
                  "the metric gives a ratio; a decision needs counts: name good or bad, and total");
    }
    return fail(codes::bad_query, "the metric names no queries for good (or bad) and total");
  }

  static Amounts combine(const Queries& queries, double first, double second) {
    if (!queries.is_first_total) return {.good = first, .total = first + second};
    return {.good = queries.is_second_bad ? first - std::min(second, first * kExcessMax) : second,
            .total = first};
  }

  Result<void> fill(const engine::ReadingRequest& request, model::Reading& reading) {
    TOLLGATE_TRY(const Queries queries, queries_of(*request.indicator));
    const Time end = std::min(request.span.to, request.as_of);
    const slo::Span span{request.span.from, end};
    if (span.length() < seconds(1)) return {};
    TOLLGATE_CHECK(fill_counts(request, queries, span, reading));
    if (reading.total == 0 && reading.watermark.ms == 0) return {};
    TOLLGATE_CHECK(fill_freshness(request, queries, end, reading));
    if (request.objective->method == slo::BudgetingMethod::occurrences) {
      reading.completeness = {slo::kWhole};
      return {};
    }
    return fill_slices(request, queries, span, reading);
  }

  Result<void> fill_counts(const engine::ReadingRequest& request, const Queries& queries,
                           const slo::Span& span, model::Reading& reading) {
    TOLLGATE_TRY(const std::optional<double> first, instant(request, queries.first, span));
    if (!first) return {};  // no series: no data
    TOLLGATE_TRY(const std::optional<double> second, instant(request, queries.second, span));
    // No series of failures means no failures. No series of successes beside a total is a mistake
    // in the query.
    if (!second && !queries.is_second_bad && *first > 0) {
      return fail(codes::bad_query,
                  "the query for good events finds no series although there are events");
    }
    TOLLGATE_TRY(const slo::Counts counts, to_counts(combine(queries, *first, second.value_or(0))));
    reading.good = counts.good;
    reading.bad = counts.bad;
    reading.total = counts.total();
    reading.watermark = span.from;
    return {};
  }

  /// The last minute of the hour before `end` for which there are samples; older data is as old as
  /// that hour.
  Result<void> fill_freshness(const engine::ReadingRequest& request, const Queries& queries,
                              Time end, model::Reading& reading) {
    TOLLGATE_TRY(const std::string query, expand_query(queries.first, kFreshnessWindow));
    TOLLGATE_TRY(const QueryAnswer answer,
                 range(request, query, {end - kFreshnessSpan, end}, kFreshnessStep));
    reading.watermark =
        answer.points.empty() ? end - kFreshnessSpan : std::min(end, answer.points.back().time);
    reading.watermark = std::min(reading.watermark, end - config_.lateness);
    return {};
  }

  Result<void> fill_slices(const engine::ReadingRequest& request, const Queries& queries,
                           const slo::Span& span, model::Reading& reading) {
    const Duration slice = request.objective->slice;
    if (slice < seconds(1)) return fail(codes::bad_value, "slices must be a second or longer");
    const int64_t count = span.length().ms / slice.ms;
    if (count > kSlicesMax) return fail(codes::limit_exceeded, "the span has {} slices", count);
    TOLLGATE_TRY(const std::string first_query, expand_query(queries.first, slice));
    TOLLGATE_TRY(const std::string second_query, expand_query(queries.second, slice));
    model::Slices slices;
    for (int64_t done = 0; done < count; done += kPointsMax) {
      // A slice is told by the value at its end.
      const slo::Span ends{span.from + slice * (done + 1),
                           span.from + slice * std::min(count, done + kPointsMax)};
      TOLLGATE_TRY(const QueryAnswer first, range(request, first_query, ends, slice));
      TOLLGATE_TRY(const QueryAnswer second, range(request, second_query, ends, slice));
      TOLLGATE_CHECK(add_slices(*request.objective, queries, first, second, slices));
    }
    slices.no_data = count - slices.good - slices.bad;
    reading.slices = slices;
    reading.completeness = {count == 0 ? 0 : slo::ppm_down(slices.good + slices.bad, count)};
    return {};
  }

  static Result<void> add_slices(const slo::Objective& objective, const Queries& queries,
                                 const QueryAnswer& first, const QueryAnswer& second,
                                 model::Slices& slices) {
    auto other = second.points.begin();
    for (const Point& point : first.points) {
      while (other != second.points.end() && other->time < point.time) ++other;
      const bool has_other = other != second.points.end() && other->time == point.time;
      TOLLGATE_TRY(const slo::Counts counts,
                   to_counts(combine(queries, point.value, has_other ? other->value : 0)));
      if (counts.total() == 0) continue;
      const int64_t ratio = slo::ppm_down(counts.good, counts.total());
      ++(ratio >= objective.slice_target.value ? slices.good : slices.bad);
      slices.ratio_sum_ppm += ratio;
    }
    return {};
  }

  /// The value of a query over the whole span; unset if it finds no series.
  Result<std::optional<double>> instant(const engine::ReadingRequest& request,
                                        std::string_view query, const slo::Span& span) {
    TOLLGATE_TRY(const std::string expanded, expand_query(query, span.length()));
    TOLLGATE_TRY(
        const QueryAnswer answer,
        ask(request, "/api/v1/query",
            fmt::format("query={}&time={}", form_encode(expanded), seconds_text(span.to))));
    if (!answer.has_series || answer.points.empty()) return std::optional<double>();
    return std::optional(answer.points.back().value);
  }

  Result<QueryAnswer> range(const engine::ReadingRequest& request, const std::string& query,
                            const slo::Span& span, Duration step) {
    return ask(request, "/api/v1/query_range",
               fmt::format("query={}&start={}&end={}&step={}", form_encode(query),
                           seconds_text(span.from), seconds_text(span.to), promql_duration(step)));
  }

  Result<QueryAnswer> ask(const engine::ReadingRequest& request, std::string_view path,
                          std::string form) {
    engine::HttpRequest call{.method = "POST",
                             .url = config_.url + std::string(path),
                             .headers = config_.headers,
                             .body = std::move(form),
                             .timeout = request.timeout};
    call.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    TOLLGATE_TRY(const engine::HttpResponse response, http_.send(call));
    Result<QueryAnswer> answer = parse_answer(response.body);
    if (response.status != 200 &&
        (answer || response.body.empty() || response.body.front() != '{')) {
      return fail(codes::bad_response, "{} answered with status {}", config_.url, response.status);
    }
    if (answer && !answer->warnings.empty()) {
      return fail(codes::bad_response, "the answer is partial: {}", answer->warnings.front());
    }
    return answer;
  }

  static std::string seconds_text(Time time) {
    return fmt::format("{}.{:03}", time.ms / 1000, time.ms % 1000);
  }

  SourceConfig config_;
  engine::HttpClient& http_;
  std::string name_;
};

}  // namespace

const SourceKind kPrometheusSource = {
    .type = "prometheus",
    .title = "PromQL over HTTP",
    .doc =
        "Asks /api/v1/query for good (or bad) and total over the window, and /api/v1/query_range "
        "for slices and "
        "freshness. Queries hold {{.window}} (or $window, ${window}, $__range) where the range "
        "belongs; a plain "
        "selector is wrapped in sum(increase(...)). Several series are added up. No series: no "
        "data. A partial "
        "answer, NaN, or more good events than events is an error, not a number.",
    .make = [](const SourceConfig& config,
               const Parts& parts) -> std::unique_ptr<engine::SignalSource> {
      return std::make_unique<PrometheusSource>(config, parts.http);
    }};

}  // namespace tollgate::sources
