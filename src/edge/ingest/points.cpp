#include "edge/ingest/points.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>
#include <array>

namespace tollgate::ingest {
namespace {

using doc::Node;

constexpr double kMargin = 0.25;
constexpr double kUnixMsFrom = 1e11;  // larger numbers are milliseconds

std::string_view unquoted(std::string_view cell) {
  cell = trim(cell);
  if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"')
    cell = cell.substr(1, cell.size() - 2);
  return cell;
}

/// RFC 3339, a bare date and time in UTC, or Unix seconds or milliseconds.
Result<Time> read_time(std::string_view text) {
  if (const Result<double> number = parse_number(text)) {
    const double ms = *number > kUnixMsFrom ? *number : *number * 1000;
    return Time{static_cast<int64_t>(ms)};
  }
  std::string form(text);
  if (const size_t space = form.find(' '); space != std::string::npos) form[space] = 'T';
  const bool has_zone = form.find('Z') != std::string::npos ||
                        form.find_first_of("+-", form.find('T')) != std::string::npos;
  return parse_time(has_zone ? form : form + "Z");
}

struct Columns {
  size_t time = 0;
  size_t value = 0;
  std::optional<size_t> label;
};

/// Where `name` stands among the names of time columns, the most telling first; their number if it
/// is none.
size_t time_rank(std::string_view name) {
  static constexpr std::array<std::string_view, 4> names = {"timestamp", "unix_timestamp", "time",
                                                            "date"};
  const auto* const found = std::find(names.begin(), names.end(), lower_case(name));
  return static_cast<size_t>(found - names.begin());
}
constexpr size_t kNoTime = 4;

/// Column names, which may take several lines: the pieces of a column are joined by '/'. The line
/// that names the time is the last one.
class Header {
 public:
  /// True if more lines belong to it.
  bool take(std::string_view line) {
    const std::vector<std::string_view> cells = split(line, ',');
    names_.resize(std::max(names_.size(), cells.size()));
    ++lines_;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string_view name = unquoted(cells[i]);
      if (name.empty()) continue;
      if (!names_[i].empty()) names_[i] += '/';
      names_[i] += name;
      const size_t rank = time_rank(name);
      if (rank >= time_rank_) continue;
      time_rank_ = rank;
      time_ = i;
    }
    return time_rank_ == kNoTime && lines_ < kLinesMax;
  }

  Result<Columns> columns(std::string_view wanted) const {
    if (time_rank_ == kNoTime)
      return fail(codes::bad_log_line, "the header has no column timestamp, time or date");
    Columns columns{.time = time_, .value = names_.size(), .label = {}};
    for (size_t i = 0; i < names_.size(); ++i) {
      const std::string name = lower_case(names_[i]);
      if (wanted.empty() ? name == "value" : names_[i] == wanted) columns.value = i;
      if (name == "label") columns.label = i;
    }
    if (columns.value == names_.size() && wanted.empty()) columns.value = time_ + 1;
    if (columns.value < names_.size()) return columns;
    return fail(codes::bad_log_line, "the header has no column \"{}\"{}", wanted,
                did_you_mean(wanted, names_));
  }

 private:
  static constexpr size_t kLinesMax = 8;
  std::vector<std::string> names_;
  size_t lines_ = 0;
  size_t time_ = 0;
  size_t time_rank_ = kNoTime;
};

Result<slo::Span> span_of(std::string_view from, std::string_view to) {
  TOLLGATE_TRY(const Time begin, read_time(from));
  TOLLGATE_TRY(const Time end, read_time(to));
  if (end < begin) return fail(codes::bad_time, "an incident ends at {}, before it begins", to);
  return slo::Span{begin, end};
}

Result<std::vector<slo::Span>> spans_of(const Node& list) {
  std::vector<slo::Span> spans;
  if (!list.is_array()) return fail(codes::syntax, "incidents are a list of [from, to]");
  for (const Node& item : list.items()) {
    const bool is_pair = item.is_array() && item.items().size() == 2 && item.items()[0].is_text() &&
                         item.items()[1].is_text();
    if (!is_pair) return fail(codes::syntax, "an incident is [\"from\", \"to\"]");
    TOLLGATE_TRY(const slo::Span span,
                 span_of(item.items()[0].as_text(), item.items()[1].as_text()));
    spans.push_back(span);
  }
  return spans;
}

Result<std::vector<slo::Span>> spans_by_name(const Node& object, std::string_view path) {
  const Node* best = nullptr;
  size_t length = 0;
  for (const doc::Member& member : object.members()) {
    if (!path.ends_with(member.key) || member.key.size() < length) continue;
    best = &member.value;
    length = member.key.size();
  }
  if (best == nullptr) return fail(codes::not_found, "the incidents name no file like {}", path);
  return spans_of(*best);
}

Result<std::vector<slo::Span>> spans_of_csv(std::string_view text) {
  std::vector<slo::Span> spans;
  bool is_first = true;
  for (const std::string_view line : split(text, '\n')) {
    if (trim(line).empty()) continue;
    const std::vector<std::string_view> cells = split(line, ',');
    if (cells.size() < 2) return fail(codes::syntax, "an incident is from,to: {}", trim(line));
    const bool is_header = is_first && !read_time(unquoted(cells[0]));
    is_first = false;
    if (is_header) continue;
    TOLLGATE_TRY(const slo::Span span, span_of(unquoted(cells[0]), unquoted(cells[1])));
    spans.push_back(span);
  }
  return spans;
}

}  // namespace

Result<std::vector<Point>> read_points(std::string_view csv, std::string_view column) {
  std::vector<Point> points;
  Header header;
  std::optional<Columns> columns;
  for (const std::string_view raw : split(csv, '\n')) {
    const std::string_view line = trim(raw);
    if (line.empty()) continue;
    if (!columns) {
      if (header.take(line)) continue;
      TOLLGATE_TRY(columns, header.columns(column));
      continue;
    }
    const std::vector<std::string_view> cells = split(line, ',');
    if (cells.size() <= std::max(columns->time, columns->value)) continue;
    const Result<Time> time = read_time(unquoted(cells[columns->time]));
    const Result<double> value = parse_number(unquoted(cells[columns->value]));
    if (!time || !value) continue;
    if (points.size() >= kPointsMax)
      return fail(codes::limit_exceeded, "more than {} points", kPointsMax);
    std::optional<bool> is_anomaly;
    if (columns->label) {
      is_anomaly = *columns->label < cells.size() && unquoted(cells[*columns->label]) == "1";
    }
    points.push_back({.time = *time, .value = *value, .is_anomaly = is_anomaly});
  }
  if (!columns) {
    TOLLGATE_TRY(columns, header.columns(column));
  }
  if (points.empty()) return fail(codes::bad_log_line, "there is no point in it");
  std::stable_sort(points.begin(), points.end(),
                   [](const Point& a, const Point& b) { return a.time < b.time; });
  return points;
}

Bounds learn_bounds(const std::vector<Point>& points, double share) {
  const auto count = std::max<size_t>(
      1, std::min(points.size(), static_cast<size_t>(share * static_cast<double>(points.size()))));
  const auto [low, high] =
      std::minmax_element(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(count),
                          [](const Point& a, const Point& b) { return a.value < b.value; });
  const double margin = kMargin * (high->value - low->value);
  return {.low = low->value - margin, .high = high->value + margin};
}

slo::CellSeries count_points(const std::vector<Point>& points, const Bounds& bounds) {
  slo::CellSeries cells;
  for (const Point& point : points) {
    const bool is_bad =
        (bounds.low && point.value < *bounds.low) || (bounds.high && point.value > *bounds.high);
    // Times outside the years that cells know are no part of any past.
    static_cast<void>(cells.add(point.time, {.good = is_bad ? 0 : 1, .bad = is_bad ? 1 : 0}));
  }
  return cells;
}

std::optional<std::vector<slo::Span>> labelled_spans(const std::vector<Point>& points) {
  if (points.empty() || !points.front().is_anomaly) return std::nullopt;
  std::vector<slo::Span> spans;
  bool is_open = false;
  for (const Point& point : points) {
    const bool is_anomaly = point.is_anomaly.value_or(false);
    if (is_anomaly && !is_open) spans.push_back({point.time, point.time});
    if (is_anomaly || is_open) spans.back().to = point.time;
    is_open = is_anomaly;
  }
  return spans;
}

Result<std::vector<slo::Span>> read_incidents(std::string_view text, std::string_view path) {
  const std::string_view start = trim(text);
  if (!start.starts_with('[') && !start.starts_with('{')) return spans_of_csv(text);
  TOLLGATE_TRY(const Node node, doc::parse_json(text));
  return node.is_object() ? spans_by_name(node, path) : spans_of(node);
}

}  // namespace tollgate::ingest
