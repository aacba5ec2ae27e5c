// Datadog: counts from metric queries (API v2, or v1 where v2 is not to be had), from the history
// of its own SLOs, and the state of a monitor. A bucket counts for the span in which it starts.
#include "domain/slo/ratio.hpp"
#include "edge/sources/connection.hpp"
#include "edge/sources/datadog_answer.hpp"
#include "edge/sources/query_pair.hpp"
#include "edge/sources/source.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>
#include <array>

namespace tollgate::sources {
namespace {

constexpr std::string_view kSiteDefault = "datadoghq.com";
constexpr std::string_view kSloPrefix = "slo:";
constexpr std::string_view kMonitorPrefix = "monitor:";
constexpr int64_t kPointsMax = 1000;       // of one query; Datadog gives up to 1,500
constexpr int64_t kSlicesMax = 1'000'000;  // of one reading
constexpr Duration kFreshnessSpan = hours(1);
constexpr Duration kFreshnessStep = minutes(1);
constexpr Duration kUpSpan = minutes(15);  // without a word for so long nobody knows
/// Steps that Datadog rolls up by itself.
constexpr std::array kSteps = {seconds(10), seconds(20), seconds(30), minutes(1),  minutes(2),
                               minutes(5),  minutes(10), minutes(20), minutes(30), hours(1),
                               hours(2),    hours(4),    hours(8),    hours(12),   days(1)};

/// The finest step that keeps the span within kPointsMax points.
Duration step_for(const slo::Span& span) {
  const auto fits = [&](Duration step) { return span.length().ms / step.ms <= kPointsMax; };
  const auto found = std::find_if(kSteps.begin(), kSteps.end(), fits);
  return found == kSteps.end() ? kSteps.back() : *found;
}

double sum_in(const DatadogSeries& series, const slo::Span& span) {
  double sum = 0;
  for (const Point& point : series.points) {
    if (point.time >= span.from && point.time < span.to) sum += point.value;
  }
  return sum;
}

class DatadogSource : public engine::SignalSource {
 public:
  DatadogSource(SourceConfig config, engine::HttpClient& http)
      : name_("datadog:" + config.name),
        is_v1_(setting(config, "api") == "v1"),
        connection_(prepared(std::move(config)), http) {}

  std::string_view name() const override { return name_; }

  model::Reading read(const engine::ReadingRequest& request) override {
    model::Reading reading = start_reading(request, name_);
    const Asked asked{request,
                      {request.span.from, std::min(request.span.to, request.as_of)},
                      connection_.deadline(request.timeout)};
    Result<void> filled = fill(asked, reading);
    if (filled) filled = check_up(asked, reading);
    if (filled && !reading.doubt) reading.doubt = connection_.clock_doubt(name_);
    if (filled) return reading;
    model::Reading failed = start_reading(request, name_);
    failed.error = filled.error().message;
    return failed;
  }

 private:
  /// One question, cut at the moment of asking, and by when it must be answered.
  struct Asked {
    const engine::ReadingRequest& request;
    slo::Span span;
    Deadline deadline;
  };

  static std::string_view setting(const SourceConfig& config, std::string_view key) {
    const auto found = config.settings.find(key);
    return found == config.settings.end() ? std::string_view() : found->second;
  }

  static SourceConfig prepared(SourceConfig config) {
    const std::string_view site = setting(config, "site");
    if (config.url.empty())
      config.url = fmt::format("https://api.{}", site.empty() ? kSiteDefault : site);
    config.headers.emplace_back("Accept", "application/json");
    config.headers.emplace_back("DD-API-KEY", setting(config, "apiKey"));
    config.headers.emplace_back("DD-APPLICATION-KEY", setting(config, "applicationKey"));
    config.settings.clear();  // keys are kept once
    return config;
  }

  Result<void> fill(const Asked& asked, model::Reading& reading) {
    const std::string_view raw = asked.request.indicator->raw;
    if (asked.span.length() < seconds(1)) return {};
    if (raw.starts_with(kSloPrefix))
      return fill_history(asked, raw.substr(kSloPrefix.size()), reading);
    if (raw.starts_with(kMonitorPrefix))
      return fill_monitor(asked, raw.substr(kMonitorPrefix.size()), reading);
    TOLLGATE_TRY(const QueryPair queries, query_pair(*asked.request.indicator));
    if (queries.is_second_ratio) {
      return fail(codes::bad_query,
                  "averages of a ratio are no counts; name queries for good (or bad) and total");
    }
    const bool is_sliced = asked.request.objective->method != slo::BudgetingMethod::occurrences;
    TOLLGATE_CHECK(is_sliced ? fill_slices(asked, queries, reading)
                             : fill_counts(asked, queries, reading));
    if (reading.total == 0) return {};
    return fill_freshness(asked, queries, reading);
  }

  /// Whether all that the SLI's query `up` names is there, by its newest value: those of groups are
  /// added up, so the query asks for their least (min:...). No value is no answer to that.
  Result<void> check_up(const Asked& asked, model::Reading& reading) {
    const std::string& up = asked.request.indicator->up;
    if (up.empty() || reading.doubt || asked.span.length() < seconds(1)) return {};
    const slo::Span recent{asked.span.to - kUpSpan, asked.span.to};
    TOLLGATE_TRY(const std::vector<DatadogSeries> series,
                 ask(asked, {.first = up, .second = up}, recent, kFreshnessStep));
    const auto& points = series[0].points;
    if (points.empty() || points.back().value >= 1) return {};
    reading.doubt = model::Doubt{
        .reason = model::DoubtReason::target_down,
        .source = connection_.config().name,
        .detail = fmt::format("{}: some of what it watches does not answer (up is 0)", name_)};
    return {};
  }

  Result<void> fill_counts(const Asked& asked, const QueryPair& queries, model::Reading& reading) {
    TOLLGATE_TRY(const std::vector<DatadogSeries> series,
                 ask(asked, queries, asked.span, step_for(asked.span)));
    if (!series[0].has_series) return {};  // no data
    const double first = sum_in(series[0], asked.span);
    if (!series[1].has_series && !queries.may_lack_second() && first > 0) {
      return fail(codes::bad_query,
                  "the query for good events finds no series although there are events");
    }
    TOLLGATE_TRY(const slo::Counts counts,
                 counts_of(queries, first, sum_in(series[1], asked.span)));
    put(counts, reading);
    reading.completeness = {slo::kWhole};
    return {};
  }

  Result<void> fill_slices(const Asked& asked, const QueryPair& queries, model::Reading& reading) {
    if (is_v1_) {
      return fail(codes::bad_query,
                  "API v1 chooses its own steps, so it gives no slices; remove `api: v1`");
    }
    const slo::Objective& objective = *asked.request.objective;
    if (objective.slice < kSteps.front())
      return fail(codes::bad_value, "Datadog keeps nothing finer than {}",
                  duration_text(kSteps.front()));
    const int64_t count = asked.span.length().ms / objective.slice.ms;
    if (count > kSlicesMax) return fail(codes::limit_exceeded, "the span has {} slices", count);
    model::Slices slices;
    slo::Counts all;
    for (int64_t done = 0; done < count; done += kPointsMax) {
      const slo::Span piece{asked.span.from + objective.slice * done,
                            asked.span.from + objective.slice * std::min(count, done + kPointsMax)};
      TOLLGATE_TRY(const std::vector<DatadogSeries> series,
                   ask(asked, queries, piece, objective.slice));
      TOLLGATE_CHECK(add_slices(objective, queries, series, piece, slices, all));
    }
    put(all, reading);
    slices.no_data = std::max<int64_t>(0, count - slices.good - slices.bad);
    reading.slices = slices;
    reading.completeness = {count == 0 ? 0 : slo::ppm_down(count - slices.no_data, count)};
    return {};
  }

  static Result<void> add_slices(const slo::Objective& objective, const QueryPair& queries,
                                 const std::vector<DatadogSeries>& series, const slo::Span& piece,
                                 model::Slices& slices, slo::Counts& all) {
    auto other = series[1].points.begin();
    for (const Point& point : series[0].points) {
      if (point.time < piece.from || point.time >= piece.to) continue;
      while (other != series[1].points.end() && other->time < point.time) ++other;
      const bool has_other = other != series[1].points.end() && other->time == point.time;
      TOLLGATE_TRY(const slo::Counts counts,
                   counts_of(queries, point.value, has_other ? other->value : 0));
      if (counts.total() == 0) continue;
      const int64_t ratio = slo::ppm_down(counts.good, counts.total());
      ++(ratio >= objective.slice_target.value ? slices.good : slices.bad);
      slices.ratio_sum_ppm += ratio;
      all += counts;
    }
    return {};
  }

  /// The last minute of the last hour with a value; older data is as old as that hour.
  Result<void> fill_freshness(const Asked& asked, const QueryPair& queries,
                              model::Reading& reading) {
    const Time end = asked.span.to;
    const slo::Span hour{end - kFreshnessSpan, end};
    TOLLGATE_TRY(const std::vector<DatadogSeries> series,
                 ask(asked, queries, hour, kFreshnessStep));
    const auto& points = series[0].points;
    const Time newest = points.empty() ? hour.from : points.back().time + kFreshnessStep;
    reading.watermark = std::min(end, newest) - connection_.config().lateness;
    return {};
  }

  Result<void> fill_history(const Asked& asked, std::string_view id, model::Reading& reading) {
    if (asked.request.objective->method != slo::BudgetingMethod::occurrences)
      return fail(codes::bad_query, "the history of a Datadog SLO gives counts, no slices");
    TOLLGATE_TRY(
        const std::string body,
        get(asked, fmt::format("/api/v1/slo/{}/history?from_ts={}&to_ts={}", percent_encode(id),
                               asked.span.from.ms / 1000, asked.span.to.ms / 1000)));
    TOLLGATE_TRY(const DatadogHistory history, parse_slo_history(body));
    if (history.last_bucket.ms == 0) return {};
    const QueryPair good_of_total{.first = "total", .second = "good"};
    TOLLGATE_TRY(const slo::Counts counts, counts_of(good_of_total, history.total, history.good));
    put(counts, reading);
    reading.completeness = {slo::kWhole};
    reading.watermark = std::min(asked.span.to, history.last_bucket + history.interval) -
                        connection_.config().lateness;
    return {};
  }

  /// A monitor says how things are now, and nothing about earlier: one slice, one observation.
  Result<void> fill_monitor(const Asked& asked, std::string_view id, model::Reading& reading) {
    if (asked.request.objective->method == slo::BudgetingMethod::occurrences) {
      return fail(codes::bad_query,
                  "a monitor counts no events; use the budgeting method Timeslices");
    }
    TOLLGATE_TRY(const std::string body,
                 get(asked, fmt::format("/api/v1/monitor/{}", percent_encode(id))));
    TOLLGATE_TRY(const MonitorState state, parse_monitor(body));
    const int64_t count = asked.span.length().ms / asked.request.objective->slice.ms;
    const int64_t good = state == MonitorState::ok ? 1 : 0;
    const int64_t bad = state == MonitorState::alert ? 1 : 0;
    put({.good = good, .bad = bad}, reading);
    reading.slices = model::Slices{.good = good,
                                   .bad = bad,
                                   .no_data = std::max<int64_t>(0, count - good - bad),
                                   .ratio_sum_ppm = good * slo::kWhole};
    reading.completeness = {count == 0 ? 0 : slo::ppm_down(good + bad, count)};
    if (state != MonitorState::no_data) reading.watermark = asked.span.to;
    return {};
  }

  static void put(const slo::Counts& counts, model::Reading& reading) {
    reading.good = counts.good;
    reading.bad = counts.bad;
    reading.total = counts.total();
  }

  /// Both queries in one request, so that they are answered about the same moment.
  Result<std::vector<DatadogSeries>> ask(const Asked& asked, const QueryPair& queries,
                                         const slo::Span& span, Duration step) {
    if (is_v1_) {
      const std::string both = fmt::format("{},{}", queries.first, queries.second);
      TOLLGATE_TRY(
          const std::string body,
          get(asked, fmt::format("/api/v1/query?from={}&to={}&query={}", span.from.ms / 1000,
                                 span.to.ms / 1000, percent_encode(both))));
      return parse_timeseries_v1(body, 2);
    }
    const auto query = [](std::string_view name, std::string_view text) {
      return doc::Node::object({{"data_source", "metrics"}, {"name", name}, {"query", text}});
    };
    const auto formula = [](std::string_view name) {
      return doc::Node::object({{"formula", name}});
    };
    doc::Node attributes = doc::Node::object({{"from", span.from.ms}, {"to", span.to.ms}});
    attributes.set("interval", step.ms);
    attributes.set("formulas", doc::Node::Array{formula("a"), formula("b")});
    attributes.set("queries",
                   doc::Node::Array{query("a", queries.first), query("b", queries.second)});
    const doc::Node data =
        doc::Node::object({{"type", "timeseries_request"}, {"attributes", attributes}});
    TOLLGATE_TRY(const std::string body,
                 post(asked, "/api/v2/query/timeseries",
                      doc::compact_json(doc::Node::object({{"data", data}}))));
    return parse_timeseries_v2(body, 2);
  }

  Result<std::string> get(const Asked& asked, const std::string& path) {
    return body_of(connection_.send(path, "", "", asked.deadline));
  }
  Result<std::string> post(const Asked& asked, std::string_view path, std::string body) {
    return body_of(connection_.send(path, "application/json", std::move(body), asked.deadline));
  }

  Result<std::string> body_of(Result<engine::HttpResponse> sent) const {
    if (!sent) return tl::unexpected(sent.error());
    if (sent->status == 200) return std::move(sent->body);
    const bool is_refused = sent->status == 401 || sent->status == 403;
    const std::string said = datadog_errors(sent->body);
    return fail(codes::bad_response, "{} answered with status {}{}{}{}", connection_.config().url,
                sent->status, said.empty() ? "" : ": ", said,
                is_refused ? "; check apiKey, applicationKey and site" : "");
  }

  std::string name_;
  bool is_v1_;
  Connection connection_;
};

Result<void> check(const SourceConfig& config) {
  const auto api = config.settings.find("api");
  if (api == config.settings.end() || api->second == "v1" || api->second == "v2") return {};
  return fail(codes::bad_value, "api of a Datadog source is v1 or v2, not \"{}\"", api->second);
}

constexpr std::array<std::string_view, 4> kSettings = {"site", "apiKey", "applicationKey", "api"};

}  // namespace

const SourceKind kDatadogSource = {
    .type = "datadog",
    .title = "Datadog",
    .doc =
        "Sums metric queries such as sum:http.hits{service:shop}.as_count(). A raw query "
        "\"slo:ID\" takes the counts of a Datadog SLO, \"monitor:ID\" the present state of a "
        "monitor. Settings: site, apiKey, applicationKey, api (v1 where v2 is not to be had).",
    .make = [](const SourceConfig& config,
               const Parts& parts) -> std::unique_ptr<engine::SignalSource> {
      return std::make_unique<DatadogSource>(config, parts.http);
    },
    .settings = kSettings,
    .knows_url = true,
    .check = check};

}  // namespace tollgate::sources
