#include "edge/sources/datadog_answer.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <cmath>
#include <map>

namespace tollgate::sources {
namespace {

constexpr double kMomentMax = 253'402'300'800'000.0;  // the year 10000 in milliseconds

tl::unexpected<Error> strange(std::string_view what) {
  return fail(codes::bad_response, "Datadog's answer has {}", what);
}

Result<doc::Node> read(std::string_view body) {
  Result<doc::Node> node = doc::parse_json(body);
  if (!node) return fail(codes::bad_response, "Datadog's answer is no JSON");
  if (!node->is_object()) return strange("no object");
  if (const std::string said = datadog_errors(body); !said.empty())
    return fail(codes::bad_response, "{}: {}",
                node->find("data") == nullptr ? "Datadog says" : "Datadog's answer is partial",
                said);
  return node;
}

const doc::Node* find(const doc::Node& node, std::initializer_list<std::string_view> path) {
  const doc::Node* at = &node;
  for (const std::string_view key : path) {
    at = at->find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

const doc::Node* find_array(const doc::Node& node, std::initializer_list<std::string_view> path) {
  const doc::Node* const found = find(node, path);
  return found != nullptr && found->is_array() ? found : nullptr;
}

Result<Time> moment(const doc::Node& node) {
  if (!node.is_number()) return strange("a time that is none");
  const double ms = node.as_number();
  if (!(ms >= 0) || ms >= kMomentMax) return strange("a time that is none");
  return Time{std::llround(ms)};
}

/// Adds values moment by moment.
class Sums {
 public:
  explicit Sums(size_t queries) : by_query_(queries), has_series_(queries) {}
  Result<void> add(int64_t query, Time time, const doc::Node& value) {
    if (query < 0 || query >= static_cast<int64_t>(by_query_.size()))
      return strange("a series of a query that was not asked");
    has_series_[static_cast<size_t>(query)] = true;
    if (value.is_null()) return {};  // an empty bucket
    if (!value.is_number()) return strange("a value that is no number");
    by_query_[static_cast<size_t>(query)][time] += value.as_number();
    return {};
  }
  std::vector<DatadogSeries> take() const {
    std::vector<DatadogSeries> series(by_query_.size());
    for (size_t i = 0; i < series.size(); ++i) {
      series[i].has_series = has_series_[i];
      for (const auto& [time, value] : by_query_[i]) series[i].points.push_back({time, value});
    }
    return series;
  }

 private:
  std::vector<std::map<Time, double>> by_query_;
  std::vector<bool> has_series_;
};

}  // namespace

std::string datadog_errors(std::string_view body) {
  const Result<doc::Node> node = doc::parse_json(body);
  if (!node || !node->is_object()) return {};
  if (node->text_or("status") == "error") return std::string(node->text_or("error", "an error"));
  const doc::Node* const errors = find_array(*node, {"errors"});
  if (errors == nullptr) return {};
  std::vector<std::string> texts;
  for (const doc::Node& error : errors->items()) {
    if (error.is_text()) texts.push_back(error.as_text());
    if (!error.is_object()) continue;
    std::string_view text = error.text_or("detail", error.text_or("title"));
    if (text.empty()) text = error.text_or("error_message", "an error without a word");
    texts.emplace_back(text);
  }
  return join(texts, "; ");
}

Result<std::vector<DatadogSeries>> parse_timeseries_v2(std::string_view body, size_t queries) {
  TOLLGATE_TRY(const doc::Node node, read(body));
  const doc::Node* const times = find_array(node, {"data", "attributes", "times"});
  const doc::Node* const series = find_array(node, {"data", "attributes", "series"});
  const doc::Node* const values = find_array(node, {"data", "attributes", "values"});
  if (times == nullptr || series == nullptr || values == nullptr)
    return strange("no times, series and values");
  if (series->items().size() != values->items().size())
    return strange("another number of series than of lists of values");
  Sums sums(queries);
  for (size_t i = 0; i < series->items().size(); ++i) {
    const doc::Node& row = values->items()[i];
    if (!row.is_array() || row.items().size() != times->items().size())
      return strange("another number of values than of times");
    const int64_t query = series->items()[i].integer_or("query_index", 0);
    for (size_t at = 0; at < row.items().size(); ++at) {
      TOLLGATE_TRY(const Time time, moment(times->items()[at]));
      TOLLGATE_CHECK(sums.add(query, time, row.items()[at]));
    }
  }
  return sums.take();
}

Result<std::vector<DatadogSeries>> parse_timeseries_v1(std::string_view body, size_t queries) {
  TOLLGATE_TRY(const doc::Node node, read(body));
  const doc::Node* const series = find_array(node, {"series"});
  if (series == nullptr) return strange("no series");
  Sums sums(queries);
  for (const doc::Node& one : series->items()) {
    const doc::Node* const points = find_array(one, {"pointlist"});
    if (points == nullptr) return strange("a series without points");
    for (const doc::Node& point : points->items()) {
      if (!point.is_array() || point.items().size() != 2) return strange("a point that is none");
      TOLLGATE_TRY(const Time time, moment(point.items()[0]));
      TOLLGATE_CHECK(sums.add(one.integer_or("query_index", 0), time, point.items()[1]));
    }
  }
  return sums.take();
}

Result<DatadogHistory> parse_slo_history(std::string_view body) {
  TOLLGATE_TRY(const doc::Node node, read(body));
  const doc::Node* const series = find(node, {"data", "series"});
  const doc::Node* const good = series == nullptr ? nullptr : find(*series, {"numerator", "sum"});
  const doc::Node* const total =
      series == nullptr ? nullptr : find(*series, {"denominator", "sum"});
  if (good == nullptr || total == nullptr || !good->is_number() || !total->is_number()) {
    return fail(codes::bad_query,
                "this SLO of Datadog counts no events; name its metric queries instead");
  }
  DatadogHistory history{.good = good->as_number(), .total = total->as_number()};
  history.interval = seconds(series->integer_or("interval", 0));
  const doc::Node* const times = find_array(*series, {"times"});
  const doc::Node* const values = find_array(*series, {"denominator", "values"});
  if (times == nullptr || values == nullptr || times->items().size() != values->items().size())
    return strange("another number of values than of times");
  for (size_t i = 0; i < times->items().size(); ++i) {
    const doc::Node& value = values->items()[i];
    if (!value.is_number() || value.as_number() <= 0) continue;
    TOLLGATE_TRY(history.last_bucket, moment(times->items()[i]));
  }
  return history;
}

Result<MonitorState> parse_monitor(std::string_view body) {
  TOLLGATE_TRY(const doc::Node node, read(body));
  const std::string_view state = node.text_or("overall_state");
  if (state.empty()) return strange("no overall_state");
  if (state == "OK" || state == "Warn") return MonitorState::ok;
  return state == "Alert" ? MonitorState::alert : MonitorState::no_data;
}

}  // namespace tollgate::sources
