#include "edge/sources/promql.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace tollgate::sources {
namespace {

constexpr std::array<std::string_view, 6> kPlainPlaceholders = {
    "${window}", "$__rate_interval", "$__interval", "$__range", "$window", "[WINDOW]"};

/// Replaces {{ .window }} in all its spellings. True if there was one.
bool replace_braces(std::string& query, std::string_view window) {
  bool is_found = false;
  size_t at = 0;
  while ((at = query.find("{{", at)) != std::string::npos) {
    const size_t end = query.find("}}", at);
    if (end == std::string::npos) break;
    std::string_view name = trim(std::string_view(query).substr(at + 2, end - at - 2));
    if (name.starts_with('.')) name.remove_prefix(1);
    if (name != "window") {
      at = end;
      continue;
    }
    query.replace(at, end + 2 - at, window);
    at += window.size();
    is_found = true;
  }
  return is_found;
}

bool replace_plain(std::string& query, std::string_view window) {
  bool is_found = false;
  for (const std::string_view placeholder : kPlainPlaceholders) {
    const bool is_bracketed = placeholder.front() == '[';
    const std::string value = is_bracketed ? fmt::format("[{}]", window) : std::string(window);
    size_t at = 0;
    while ((at = query.find(placeholder, at)) != std::string::npos) {
      query.replace(at, placeholder.size(), value);
      at += value.size();
      is_found = true;
    }
  }
  return is_found;
}

/// A metric name with labels and nothing else.
bool is_selector(std::string_view query) {
  const std::string_view name = query.substr(0, query.find('{'));
  const bool is_name = !trim(name).empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':' || c == ' ';
  });
  return is_name && (name.size() == query.size() || query.back() == '}');
}

Result<Point> parse_point(const doc::Node& node) {
  const auto bad = [] {
    return fail(codes::bad_response, "the answer holds a point that is none");
  };
  if (!node.is_array() || node.items().size() != 2) return bad();
  const doc::Node& time = node.items()[0];
  const doc::Node& value = node.items()[1];
  constexpr double kSecondsEnd = 253'402'300'800.0;  // the year 10000
  if (!time.is_number() || !value.is_text()) return bad();
  const double moment = time.as_number();
  if (!(moment >= 0) || moment >= kSecondsEnd) return bad();
  const auto number = parse_number(value.as_text());
  // "NaN" and "+Inf" are values of PromQL, but no counts.
  const double amount = number ? *number : std::nan("");
  return Point{.time = {std::llround(moment * 1000)}, .value = amount};
}

Result<void> add_point(std::map<Time, double>& sums, const doc::Node& node) {
  TOLLGATE_TRY(const Point point, parse_point(node));
  sums[point.time] += point.value;
  return {};
}

Result<void> add_series(std::map<Time, double>& sums, const doc::Node& series) {
  if (const doc::Node* value = series.find("value")) return add_point(sums, *value);
  const doc::Node* values = series.find("values");
  if (values == nullptr || !values->is_array()) {
    return fail(codes::bad_response, "a series of the answer has no values");
  }
  for (const doc::Node& value : values->items()) TOLLGATE_CHECK(add_point(sums, value));
  return {};
}

Result<void> add_result(QueryAnswer& answer, const doc::Node& data) {
  const std::string_view type = data.text_or("resultType");
  const doc::Node* result = data.find("result");
  if (result == nullptr || !result->is_array())
    return fail(codes::bad_response, "the answer has no result");
  std::map<Time, double> sums;
  if (type == "scalar") {
    answer.has_series = true;
    TOLLGATE_CHECK(add_point(sums, *result));
  } else if (type == "vector" || type == "matrix") {
    answer.has_series = !result->items().empty();
    for (const doc::Node& series : result->items()) TOLLGATE_CHECK(add_series(sums, series));
  } else {
    return fail(codes::bad_response,
                "the answer is of the type \"{}\"; a vector, matrix or scalar was expected", type);
  }
  for (const auto& [time, value] : sums) answer.points.push_back({time, value});
  return {};
}

}  // namespace

std::string promql_duration(Duration duration) {
  constexpr std::array<std::pair<int64_t, std::string_view>, 4> kUnits = {
      {{days(1).ms, "d"}, {hours(1).ms, "h"}, {minutes(1).ms, "m"}, {seconds(1).ms, "s"}}};
  for (const auto& [length, unit] : kUnits) {
    if (duration.ms >= length && duration.ms % length == 0)
      return fmt::format("{}{}", duration.ms / length, unit);
  }
  return fmt::format("{}ms", duration.ms);
}

Result<std::string> expand_query(std::string_view query, Duration window) {
  const std::string length = promql_duration(window);
  std::string expanded(trim(query));
  const bool has_braces = replace_braces(expanded, length);
  const bool has_plain = replace_plain(expanded, length);
  if (has_braces || has_plain) return expanded;
  if (is_selector(expanded)) return fmt::format("sum(increase({}[{}]))", expanded, length);
  return fail(
      codes::bad_query,
      "the query `{}` names no window; write {{{{.window}}}} where its range belongs, as in "
      "sum(increase(requests_total[{{{{.window}}}}]))",
      query);
}

std::string expand_ratio(std::string_view query, Duration window) {
  const std::string length = promql_duration(window);
  std::string expanded(trim(query));
  const bool has_braces = replace_braces(expanded, length);
  const bool has_plain = replace_plain(expanded, length);
  if (has_braces || has_plain) return expanded;
  if (is_selector(expanded)) return fmt::format("avg(avg_over_time({}[{}]))", expanded, length);
  return fmt::format("avg_over_time(({})[{}:])", expanded, length);
}

Result<QueryAnswer> parse_answer(std::string_view body) {
  const auto node = doc::parse_json(body);
  if (!node || !node->is_object()) return fail(codes::bad_response, "the answer is not JSON");
  if (node->text_or("status") != "success") {
    return fail(codes::bad_response, "the server refused the query: {} {}",
                node->text_or("errorType"), node->text_or("error", "without giving a reason"));
  }
  QueryAnswer answer;
  const doc::Node* data = node->find("data");
  if (data == nullptr) return fail(codes::bad_response, "the answer has no data");
  TOLLGATE_CHECK(add_result(answer, *data));
  if (node->boolean_or("isPartial", false)) answer.warnings.emplace_back("some storage nodes");
  const doc::Node* warnings = node->find("warnings");
  if (warnings == nullptr || !warnings->is_array()) return answer;
  for (const doc::Node& warning : warnings->items()) {
    // Prometheus marks remarks on the query itself in this way; all others say that data is
    // missing.
    if (warning.is_text() && !warning.as_text().starts_with("PromQL "))
      answer.warnings.push_back(warning.as_text());
  }
  return answer;
}

}  // namespace tollgate::sources
