// Prometheus and what speaks its query API: VictoriaMetrics, Thanos, Mimir. Counts come from
// instant queries over the whole span, slices from range queries, freshness from the last hour. In
// what the servers differ stands in one Flavour each.
#include "domain/slo/ratio.hpp"
#include "domain/slo/trust.hpp"
#include "edge/sources/connection.hpp"
#include "edge/sources/promql.hpp"
#include "edge/sources/query_pair.hpp"
#include "edge/sources/source.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

namespace tollgate::sources {
namespace {

constexpr int64_t kPointsMax = 10'000;  // of one range query; Prometheus refuses more than 11,000
constexpr int64_t kSlicesMax = 1'000'000;  // of one reading
constexpr Duration kFreshnessSpan = hours(1);
constexpr Duration kFreshnessStep = minutes(1);
constexpr Duration kFreshnessWindow = minutes(5);

using Parameter = std::pair<std::string_view, std::string_view>;

/// What one kind of server needs beyond Prometheus' API.
struct Flavour {
  std::string_view type;
  std::span<const Parameter> parameters = {};  // of every query, unless the DataSource sets them
};

class PrometheusSource : public engine::SignalSource {
 public:
  PrometheusSource(SourceConfig config, engine::HttpClient& http, const Flavour& flavour)
      : name_(fmt::format("{}:{}", flavour.type, config.name)),
        connection_(std::move(config), http) {
    const auto& own = connection_.config().parameters;
    for (const auto& [key, value] : own) add_parameter(key, value);
    for (const Parameter& parameter : flavour.parameters) {
      const bool is_own = std::any_of(
          own.begin(), own.end(), [&](const auto& set) { return set.first == parameter.first; });
      if (!is_own) add_parameter(parameter.first, parameter.second);
    }
  }

  std::string_view name() const override { return name_; }

  model::Reading read(const engine::ReadingRequest& request) override {
    model::Reading reading = start_reading(request, name_);
    const Asked asked{request, connection_.deadline(request.timeout)};
    const Result<void> filled = fill(asked, reading);
    if (filled && !reading.doubt) reading.doubt = connection_.clock_doubt(name_);
    if (filled) return reading;
    model::Reading failed = start_reading(request, name_);
    failed.error = filled.error().message;
    return failed;
  }

 private:
  /// One question, and by when it must be answered.
  struct Asked {
    const engine::ReadingRequest& request;
    Deadline deadline;
  };

  model::Doubt doubt(model::DoubtReason reason, std::string_view words) const {
    return {.reason = reason,
            .source = connection_.config().name,
            .detail = fmt::format("{}: {}", name_, words)};
  }

  /// Whether everything that the SLI's query `up` names answered at the end of the span. No series
  /// is no answer to that.
  Result<void> check_up(const Asked& asked, Time end, model::Reading& reading) {
    const std::string& up = asked.request.indicator->up;
    if (up.empty() || reading.doubt) return {};
    const bool is_selector = up.find('(') == std::string::npos;
    TOLLGATE_TRY(const std::optional<double> lowest,
                 instant(asked, is_selector ? fmt::format("min({})", up) : up, end));
    if (lowest && *lowest < 1) {
      reading.doubt = doubt(model::DoubtReason::target_down,
                            "some of what it scrapes does not answer (up is 0)");
    }
    return {};
  }

  Result<void> fill(const Asked& asked, model::Reading& reading) {
    const engine::ReadingRequest& request = asked.request;
    const slo::Indicator& indicator = *request.indicator;
    const bool is_sliced = request.objective->method != slo::BudgetingMethod::occurrences;
    if (is_sliced && !indicator.raw.empty() && indicator.total.empty())
      return fill_ratio_slices(asked, reading);
    TOLLGATE_TRY(const QueryPair queries, query_pair(indicator));
    const Time end = std::min(request.span.to, request.as_of);
    const slo::Span span{request.span.from, end};
    if (span.length() < seconds(1)) return {};
    TOLLGATE_CHECK(fill_counts(asked, queries, span, reading));
    TOLLGATE_CHECK(check_up(asked, end, reading));
    if (reading.total == 0 && reading.watermark.ms == 0) return {};
    TOLLGATE_TRY(const std::string recent, expand_query(queries.first, kFreshnessWindow));
    TOLLGATE_CHECK(fill_freshness(asked, recent, end, reading));
    if (is_sliced) return fill_slices(asked, queries, span, reading);
    reading.completeness = {slo::kWhole};
    return {};
  }

  Result<void> fill_counts(const Asked& asked, const QueryPair& queries, const slo::Span& span,
                           model::Reading& reading) {
    TOLLGATE_TRY(const std::string total, expand_query(queries.first, span.length()));
    TOLLGATE_TRY(const std::string part, second_query(queries, span.length()));
    TOLLGATE_TRY(const std::optional<double> first, instant(asked, total, span.to));
    if (!first) return {};  // no series: no data
    TOLLGATE_TRY(const std::optional<double> second, instant(asked, part, span.to));
    // No series of failures means no failures. No series of successes beside a total is a mistake
    // in the query.
    if (!second && !queries.may_lack_second() && *first > 0) {
      return fail(codes::bad_query, "the query for {} finds no series although there are events",
                  queries.is_second_ratio ? "the ratio" : "good events");
    }
    // 0/0 is no ratio, and no events are no counts.
    const double other = *first > 0 ? second.value_or(0) : 0;
    if (const std::string excess = excess_words(queries, *first, other); !excess.empty()) {
      reading.doubt = doubt(model::DoubtReason::good_exceeds_total, excess);
      reading.watermark = span.from;
      return {};
    }
    TOLLGATE_TRY(const slo::Counts counts, counts_of(queries, *first, other));
    reading.good = counts.good;
    reading.bad = counts.bad;
    reading.total = counts.total();
    reading.watermark = span.from;
    return {};
  }

  static Result<std::string> second_query(const QueryPair& queries, Duration window) {
    if (queries.is_second_ratio) return expand_ratio(queries.second, window);
    return expand_query(queries.second, window);
  }

  /// The last minute of the hour before `end` for which there are samples; older data is as old as
  /// that hour.
  Result<void> fill_freshness(const Asked& asked, const std::string& query, Time end,
                              model::Reading& reading) {
    TOLLGATE_TRY(const QueryAnswer answer,
                 range(asked, query, {end - kFreshnessSpan, end}, kFreshnessStep));
    reading.watermark =
        answer.points.empty() ? end - kFreshnessSpan : std::min(end, answer.points.back().time);
    reading.watermark = std::min(reading.watermark, end - connection_.config().lateness);
    return {};
  }

  /// The whole slices of the span, piece by piece: `add` gets the ends of a piece's slices. A slice
  /// is told by the value at its end.
  template <class Add>
  static Result<int64_t> each_piece(const slo::Objective& objective, const slo::Span& span,
                                    const Add& add) {
    const Duration slice = objective.slice;
    if (slice < seconds(1)) return fail(codes::bad_value, "slices must be a second or longer");
    const int64_t count = span.length().ms / slice.ms;
    if (count > kSlicesMax) return fail(codes::limit_exceeded, "the span has {} slices", count);
    for (int64_t done = 0; done < count; done += kPointsMax) {
      TOLLGATE_CHECK(add(slo::Span{span.from + slice * (done + 1),
                                   span.from + slice * std::min(count, done + kPointsMax)}));
    }
    return count;
  }

  static void finish_slices(int64_t count, model::Slices slices, model::Reading& reading) {
    slices.no_data = count - slices.good - slices.bad;
    reading.slices = slices;
    reading.completeness = {count == 0 ? 0 : slo::ppm_down(slices.good + slices.bad, count)};
  }

  Result<void> fill_slices(const Asked& asked, const QueryPair& queries, const slo::Span& span,
                           model::Reading& reading) {
    const slo::Objective& objective = *asked.request.objective;
    TOLLGATE_TRY(const std::string first_query, expand_query(queries.first, objective.slice));
    TOLLGATE_TRY(const std::string other_query, second_query(queries, objective.slice));
    model::Slices slices;
    const auto add = [&](const slo::Span& ends) -> Result<void> {
      TOLLGATE_TRY(const QueryAnswer first, range(asked, first_query, ends, objective.slice));
      TOLLGATE_TRY(const QueryAnswer second, range(asked, other_query, ends, objective.slice));
      return add_slices(objective, queries, first, second, slices);
    };
    TOLLGATE_TRY(const int64_t count, each_piece(objective, span, add));
    finish_slices(count, slices, reading);
    return {};
  }

  /// Slices of a ratio that nobody gives a total for: each slice with a value is one observation,
  /// and so the reading counts slices, not events.
  Result<void> fill_ratio_slices(const Asked& asked, model::Reading& reading) {
    const slo::Objective& objective = *asked.request.objective;
    const slo::Indicator& indicator = *asked.request.indicator;
    const slo::Span span{asked.request.span.from,
                         std::min(asked.request.span.to, asked.request.as_of)};
    const std::string query = expand_ratio(indicator.raw, objective.slice);
    model::Slices slices;
    const auto add = [&](const slo::Span& ends) -> Result<void> {
      TOLLGATE_TRY(const QueryAnswer answer, range(asked, query, ends, objective.slice));
      for (const Point& point : answer.points) {
        if (std::isnan(point.value)) continue;  // 0/0: no events, no data
        TOLLGATE_TRY(const double share, good_share(point.value, indicator.raw_is_failure));
        const auto ratio = static_cast<int64_t>(std::floor(share * slo::kWhole + 1e-6));
        ++(ratio >= objective.slice_target.value ? slices.good : slices.bad);
        slices.ratio_sum_ppm += ratio;
      }
      return {};
    };
    TOLLGATE_TRY(const int64_t count, each_piece(objective, span, add));
    finish_slices(count, slices, reading);
    reading.good = slices.good;
    reading.bad = slices.bad;
    reading.total = slices.good + slices.bad;
    if (reading.total == 0) return {};
    return fill_freshness(asked, expand_ratio(indicator.raw, kFreshnessWindow), span.to, reading);
  }

  static Result<void> add_slices(const slo::Objective& objective, const QueryPair& queries,
                                 const QueryAnswer& first, const QueryAnswer& second,
                                 model::Slices& slices) {
    auto other = second.points.begin();
    for (const Point& point : first.points) {
      while (other != second.points.end() && other->time < point.time) ++other;
      const bool has_other = other != second.points.end() && other->time == point.time;
      if (point.value == 0) continue;
      if (!has_other && queries.is_second_ratio) continue;
      TOLLGATE_TRY(const slo::Counts counts,
                   counts_of(queries, point.value, has_other ? other->value : 0));
      if (counts.total() == 0) continue;
      const int64_t ratio = slo::ppm_down(counts.good, counts.total());
      ++(ratio >= objective.slice_target.value ? slices.good : slices.bad);
      slices.ratio_sum_ppm += ratio;
    }
    return {};
  }

  /// The value of a query at `time`; unset if it finds no series.
  Result<std::optional<double>> instant(const Asked& asked, const std::string& query, Time time) {
    TOLLGATE_TRY(const QueryAnswer answer,
                 ask(asked, "/api/v1/query",
                     fmt::format("query={}&time={}{}", percent_encode(query), seconds_text(time),
                                 parameters_)));
    if (!answer.has_series || answer.points.empty()) return std::optional<double>();
    return std::optional(answer.points.back().value);
  }

  Result<QueryAnswer> range(const Asked& asked, const std::string& query, const slo::Span& span,
                            Duration step) {
    return ask(
        asked, "/api/v1/query_range",
        fmt::format("query={}&start={}&end={}&step={}{}", percent_encode(query),
                    seconds_text(span.from), seconds_text(span.to), step_text(step), parameters_));
  }

  Result<QueryAnswer> ask(const Asked& asked, std::string_view path, std::string form) {
    const auto sent = connection_.send(path, "application/x-www-form-urlencoded", std::move(form),
                                       asked.deadline);
    if (!sent && sent.error().code == codes::body_too_large) {
      return fail(codes::body_too_large, "{}; sum() the query, so that it gives one series",
                  sent.error().message);
    }
    if (!sent) return tl::unexpected(sent.error());
    Result<QueryAnswer> answer = parse_answer(sent->body);
    const bool is_json = !sent->body.empty() && sent->body.front() == '{';
    if (sent->status != 200 && (answer || !is_json)) {
      return fail(codes::bad_response, "{} answered with status {}{}", connection_.config().url,
                  sent->status,
                  sent->status == 401 || sent->status == 403 ? ": check its credentials" : "");
    }
    if (answer && !answer->warnings.empty()) {
      return fail(codes::bad_response, "the answer is partial: {}", answer->warnings.front());
    }
    return answer;
  }

  void add_parameter(std::string_view key, std::string_view value) {
    parameters_ += fmt::format("&{}={}", percent_encode(key), percent_encode(value));
  }

  /// Seconds, since not every server reads "1500ms".
  static std::string step_text(Duration step) {
    return step.ms % 1000 == 0 ? promql_duration(step) : seconds_text(Time{step.ms});
  }

  static std::string seconds_text(Time time) {
    return fmt::format("{}.{:03}", time.ms / 1000, time.ms % 1000);
  }

  std::string name_;
  Connection connection_;
  std::string parameters_;  // "&name=value..." of every query
};

// A cached range answer has its ends moved to multiples of the step, and an instant one ends 30 s
// ago: neither belongs to the span that was asked for. A partial answer is refused at the server.
constexpr Parameter kVictoriaMetricsParameters[] = {{"nocache", "1"},
                                                    {"deny_partial_response", "1"}};
// Replicas count once, downsampled blocks are not used (their increase() differs), and a store that
// does not answer is an error.
constexpr Parameter kThanosParameters[] = {
    {"dedup", "true"}, {"partial_response", "false"}, {"max_source_resolution", "0s"}};

constexpr Flavour kPrometheus{.type = "prometheus"};
constexpr Flavour kMimir{.type = "mimir"};
constexpr Flavour kThanos{.type = "thanos", .parameters = kThanosParameters};
constexpr Flavour kVictoriaMetrics{.type = "victoriametrics",
                                   .parameters = kVictoriaMetricsParameters};

template <const Flavour& flavour>
std::unique_ptr<engine::SignalSource> make(const SourceConfig& config, const Parts& parts) {
  return std::make_unique<PrometheusSource>(config, parts.http, flavour);
}

}  // namespace

const SourceKind kPrometheusSource = {
    .type = kPrometheus.type,
    .title = "Prometheus",
    .doc =
        "Asks for the increase of counters over the window. Queries name their window as "
        "{{.window}}; a plain selector is summed and increased by itself. A query `raw` gives a "
        "ratio: with `total` beside it counts, without only slices.",
    .make = make<kPrometheus>};

const SourceKind kMimirSource = {
    .type = kMimir.type,
    .title = "Grafana Mimir, Cortex",
    .doc =
        "As prometheus; `tenant` is sent as X-Scope-OrgID. The URL ends in the HTTP prefix, "
        "usually /prometheus.",
    .make = make<kMimir>};

const SourceKind kThanosSource = {
    .type = kThanos.type,
    .title = "Thanos Query",
    .doc =
        "As prometheus, with dedup=true, partial_response=false and max_source_resolution=0s, "
        "unless `parameters` say otherwise; a partial answer is never used.",
    .make = make<kThanos>};

const SourceKind kVictoriaMetricsSource = {
    .type = kVictoriaMetrics.type,
    .title = "VictoriaMetrics",
    .doc =
        "As prometheus, with nocache=1 and deny_partial_response=1, unless `parameters` say "
        "otherwise. The URL of a cluster ends in /select/TENANT/prometheus. increase() does not "
        "extrapolate there.",
    .make = make<kVictoriaMetrics>};

}  // namespace tollgate::sources
