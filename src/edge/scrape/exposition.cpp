#include "edge/scrape/exposition.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

namespace tollgate::scrape {
namespace {

using intake::Batch;
using intake::Label;
using intake::Point;
using intake::PointKind;

constexpr std::string_view kUp = "up";
constexpr double kTimeMsMax = 253'402'300'800'000.0;  // the year 10000

/// What # TYPE says of a family.
enum class Type { untyped, counter, gauge, histogram, summary };

Type type_of(std::string_view word) {
  if (word == "counter") return Type::counter;
  if (word == "histogram") return Type::histogram;
  if (word == "summary") return Type::summary;
  return word == "untyped" || word == "unknown" ? Type::untyped : Type::gauge;
}

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
bool is_name_char(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

/// "1.5", "+Inf", "NaN"; nothing for anything else.
std::optional<double> value_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size()) return std::nullopt;
  // Too large or too small for a double: as far as a double goes.
  if (error == std::errc::result_out_of_range) return text.front() == '-' ? -HUGE_VAL : HUGE_VAL;
  if (error != std::errc()) return std::nullopt;
  return value;
}

class Reader {
 public:
  Reader(std::string_view bytes, Batch& batch) : rest_(bytes), batch_(batch) {}

  Result<void> read() {
    TOLLGATE_CHECK(read_envelope());
    while (!rest_.empty() && !has_ended_) TOLLGATE_CHECK(read_line());
    if (is_open_metrics_ && is_up_ && !has_ended_) return bad("the text has no # EOF; it was cut");
    if (has_ended_ && !rest_.empty()) return bad("there is text behind # EOF");
    end_family();
    return {};
  }

 private:
  tl::unexpected<Error> bad(std::string_view what) const {
    return fail(codes::bad_request, "line {}: {}", line_number_, what);
  }

  /// Takes the next line, without its end, into line_. A line without an end was cut.
  Result<void> take_line() {
    const size_t end = rest_.find('\n');
    ++line_number_;
    if (end == std::string_view::npos) return bad("the text ends inside this line; it was cut");
    line_ = rest_.substr(0, end);
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    rest_.remove_prefix(end + 1);
    return {};
  }

  void skip_spaces() {
    const size_t at = line_.find_first_not_of(" \t");
    line_.remove_prefix(std::min(at, line_.size()));
  }

  std::string_view take_word() {
    skip_spaces();
    const std::string_view word = line_.substr(0, line_.find_first_of(" \t"));
    line_.remove_prefix(word.size());
    return word;
  }

  std::string_view take_name() {
    size_t size = 0;
    if (!line_.empty() && is_name_start(line_.front())) {
      while (size < line_.size() && is_name_char(line_[size])) ++size;
    }
    const std::string_view name = line_.substr(0, size);
    line_.remove_prefix(size);
    return name;
  }

  Result<void> read_envelope() {
    TOLLGATE_CHECK(take_line());
    line_number_ = 0;
    const uint32_t first = begin_labels();
    TOLLGATE_CHECK(read_labels(first));
    target_.assign(batch_.labels.begin() + first, batch_.labels.end());
    batch_.labels.resize(first);
    const std::string_view time = take_word();
    const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), time_ms_, 10);
    if (error != std::errc() || end != time.data() + time.size() || time_ms_ < 0 ||
        static_cast<double>(time_ms_) > kTimeMsMax) {
      return bad("the envelope has no time");
    }
    is_up_ = take_word() == "up";
    is_open_metrics_ = take_word() == "openmetrics";
    if (!is_up_ && !rest_.empty()) return bad("a target that is down shows nothing");
    const uint32_t own = begin_labels();
    batch_.labels.push_back({intake::kNameLabel, kUp});
    return add_point(own, time_ms_, is_up_ ? 1 : 0, PointKind::gauge);
  }

  Result<void> read_line() {
    TOLLGATE_CHECK(take_line());
    skip_spaces();
    if (line_.empty()) return {};
    if (line_.front() == '#') return read_comment();
    return read_sample();
  }

  Result<void> read_comment() {
    line_.remove_prefix(1);
    const std::string_view verb = take_word();
    if (verb == "EOF" && is_open_metrics_) {
      has_ended_ = true;
      return {};
    }
    if (verb != "TYPE") return {};
    const std::string_view name = take_word();
    const std::string_view type = take_word();
    skip_spaces();
    if (name.empty() || type.empty() || !line_.empty())
      return bad("# TYPE needs a name and a type");
    end_family();
    family_ = name;
    type_ = type_of(type);
    return {};
  }

  uint32_t begin_labels() const { return static_cast<uint32_t>(batch_.labels.size()); }

  /// The labels in braces, if there are any, appended to the batch.
  Result<void> read_labels(uint32_t first) {
    skip_spaces();
    if (line_.empty() || line_.front() != '{') return {};
    line_.remove_prefix(1);
    size_t bytes = 0;
    while (true) {
      skip_spaces();
      if (!line_.empty() && line_.front() == '}') break;
      const std::string_view name = take_name();
      if (name.empty() || name.find(':') != std::string_view::npos)
        return bad("a label has no name");
      if (name == intake::kNameLabel) return bad("a label may not be called __name__");
      skip_spaces();
      if (!line_.starts_with('=')) return bad("a label has no value");
      line_.remove_prefix(1);
      skip_spaces();
      TOLLGATE_TRY(const std::string_view value, read_quoted());
      for (size_t i = first; i < batch_.labels.size(); ++i) {
        if (batch_.labels[i].name == name) return bad("a label stands there twice");
      }
      bytes += name.size() + value.size();
      if (batch_.labels.size() - first >= intake::kLabelsMax || bytes > intake::kLabelBytesMax)
        return fail(codes::too_large, "line {}: the labels are too many or too long", line_number_);
      if (!value.empty()) batch_.labels.push_back({name, value});  // empty is the same as absent
      skip_spaces();
      if (line_.starts_with(',')) {
        line_.remove_prefix(1);
      } else if (!line_.starts_with('}')) {
        return bad("the labels do not end");
      }
    }
    line_.remove_prefix(1);
    return {};
  }

  /// A text in quotes; \\, \" and \n are decoded into the arena, other text is borrowed.
  Result<std::string_view> read_quoted() {
    if (!line_.starts_with('"')) return bad("the value of a label is not in quotes");
    line_.remove_prefix(1);
    const size_t plain = line_.find_first_of("\"\\");
    if (plain == std::string_view::npos) return bad("the value of a label does not end");
    if (line_[plain] == '"') {
      const std::string_view value = line_.substr(0, plain);
      line_.remove_prefix(plain + 1);
      return value;
    }
    scratch_.assign(line_.substr(0, plain));
    line_.remove_prefix(plain);
    while (!line_.empty() && line_.front() != '"') {
      if (line_.front() == '\\' && line_.size() > 1) {
        const char escaped = line_[1];
        if (escaped != 'n' && escaped != '"' && escaped != '\\') scratch_ += '\\';
        scratch_ += escaped == 'n' ? '\n' : escaped;
        line_.remove_prefix(2);
      } else {
        scratch_ += line_.front();
        line_.remove_prefix(1);
      }
    }
    if (line_.empty()) return bad("the value of a label does not end");
    line_.remove_prefix(1);
    return batch_.arena.keep(scratch_);
  }

  Result<void> read_sample() {
    const std::string_view name = take_name();
    if (name.empty()) return bad("a sample needs a name");
    const uint32_t first = begin_labels();
    batch_.labels.push_back({intake::kNameLabel, name});
    TOLLGATE_CHECK(read_labels(first + 1));
    const std::optional<double> value = value_of(take_word());
    if (!value) return bad(fmt::format("{} has no value that is a number", name));
    TOLLGATE_TRY(const int64_t time_ms, read_time());
    TOLLGATE_CHECK(read_exemplar());
    return take_sample(name, first, time_ms, *value);
  }

  Result<int64_t> read_time() {
    skip_spaces();
    if (line_.empty() || line_.front() == '#') return time_ms_;
    const std::optional<double> time = value_of(take_word());
    const double ms = time ? *time * (is_open_metrics_ ? 1000 : 1) : -1;
    if (!(ms >= 0) || ms > kTimeMsMax) return bad("the time of the sample is none");
    return static_cast<int64_t>(std::llround(ms));
  }

  Result<void> read_exemplar() {
    skip_spaces();
    if (line_.empty()) return {};
    if (!is_open_metrics_ || line_.front() != '#') return bad("there is text behind the sample");
    ++batch_.exemplars;
    return {};
  }

  /// What a sample of the current family is; nullopt: the `_created` of its series.
  std::optional<PointKind> kind_of(std::string_view name) const {
    const bool is_of_family = !family_.empty() && name.starts_with(family_);
    const std::string_view suffix = is_of_family ? name.substr(family_.size()) : std::string_view();
    const bool is_part =
        suffix == "_bucket" || suffix == "_count" || suffix == "_sum" || suffix == "_total";
    if (is_of_family && (suffix.empty() || is_part || suffix == "_created")) {
      const bool has_created =
          type_ == Type::counter || type_ == Type::histogram || type_ == Type::summary;
      if (suffix == "_created" && has_created) return std::nullopt;
      if (type_ == Type::counter) return PointKind::cumulative;
      if (type_ == Type::histogram || type_ == Type::summary)
        return is_part ? PointKind::cumulative : PointKind::gauge;
      if (type_ == Type::gauge) return PointKind::gauge;
    }
    // Nobody says what it is: the name does, by the convention of both formats.
    const bool is_counter = name.ends_with("_total") || name.ends_with("_bucket") ||
                            name.ends_with("_count") || name.ends_with("_sum");
    return is_counter ? PointKind::cumulative : PointKind::gauge;
  }

  /// Hash of the labels behind the name, without those that tell the parts of one series apart.
  uint64_t group_of(uint32_t first) const {
    uint64_t key = 0;
    for (size_t i = first + 1; i < batch_.labels.size(); ++i) {
      const Label& label = batch_.labels[i];
      if (label.name == "le" || label.name == "quantile") continue;
      key += intake::hash_bytes(label.value, intake::hash_bytes(label.name));
    }
    return key;
  }

  Result<void> take_sample(std::string_view name, uint32_t first, int64_t time_ms, double value) {
    const std::optional<PointKind> kind = kind_of(name);
    if (!kind) {
      const double ms = value * 1000;
      if (ms > 0 && ms <= kTimeMsMax) created_[group_of(first)] = std::llround(ms);
      batch_.labels.resize(first);
      return {};
    }
    const bool is_in_family = is_open_metrics_ && !family_.empty() && name.starts_with(family_);
    const uint64_t group = is_in_family ? group_of(first) : 0;
    TOLLGATE_CHECK(add_point(first, time_ms, value, *kind));
    if (is_in_family) groups_.emplace_back(batch_.points.size() - 1, group);
    return {};
  }

  /// The labels from `first` on, with the target's, as a point.
  Result<void> add_point(uint32_t first, int64_t time_ms, double value, PointKind kind) {
    if (batch_.points.size() >= intake::kPointsMax)
      return fail(codes::too_large, "the target shows more than {} samples", intake::kPointsMax);
    for (const Label& label : target_) {
      for (size_t i = first + 1; i < batch_.labels.size(); ++i) {
        if (batch_.labels[i].name == label.name) {
          scratch_ = fmt::format("exported_{}", label.name);
          batch_.labels[i].name = batch_.arena.keep(scratch_);
        }
      }
    }
    batch_.labels.insert(batch_.labels.end(), target_.begin(), target_.end());
    const auto count = static_cast<uint32_t>(batch_.labels.size() - first);
    batch_.points.push_back({.first_label = first,
                             .label_count = count,
                             .key = intake::series_key(&batch_.labels[first], count),
                             .time_ms = time_ms,
                             .value = value,
                             .kind = kind});
    return {};
  }

  /// Gives the points of the family the moments at which their series began.
  void end_family() {
    for (const auto& [point, group] : groups_) {
      const auto created = created_.find(group);
      if (created != created_.end()) batch_.points[point].start_ms = created->second;
    }
    groups_.clear();
    created_.clear();
    family_ = {};
    type_ = Type::untyped;
  }

  std::string_view rest_;
  Batch& batch_;
  std::string_view line_;
  int64_t line_number_ = 0;
  std::vector<Label> target_;
  int64_t time_ms_ = 0;
  bool is_up_ = false;
  bool is_open_metrics_ = false;
  bool has_ended_ = false;
  std::string_view family_;
  Type type_ = Type::untyped;
  std::vector<std::pair<size_t, uint64_t>> groups_;  // of the family: point, group_of its labels
  std::unordered_map<uint64_t, int64_t> created_;    // of the family, by group
  std::string scratch_;
};

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

}  // namespace

Form form_of(std::string_view content_type) {
  const bool is_open = content_type.find("openmetrics") != std::string_view::npos;
  return is_open ? Form::open_metrics : Form::prometheus_text;
}

std::string encode_visit(const Visit& visit) {
  std::string bytes = "{";
  for (const Label& label : visit.target_labels) {
    bytes += bytes.size() > 1 ? "," : "";
    bytes += label.name;
    bytes += "=\"";
    append_escaped(bytes, label.value);
    bytes += '"';
  }
  bytes += fmt::format("}} {} {} {}\n", visit.time.ms, visit.is_up ? "up" : "down",
                       visit.form == Form::open_metrics ? "openmetrics" : "text");
  if (visit.is_up) bytes += visit.text;
  return bytes;
}

Result<void> decode_visit(std::string_view bytes, Batch& batch) {
  if (bytes.size() > kExpositionBytesMax + intake::kLabelBytesMax)
    return fail(codes::too_large, "the target shows more than {} bytes", kExpositionBytesMax);
  return Reader(bytes, batch).read();
}

}  // namespace tollgate::scrape
