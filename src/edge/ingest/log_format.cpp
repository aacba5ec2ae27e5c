#include "edge/ingest/log_format.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <bit>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace tollgate::ingest {
namespace {

constexpr std::string_view kCommon =
    R"($remote_addr $remote_ident $remote_user [$time_local] "$request" $status $body_bytes_sent)";
constexpr std::string_view kCombined =
    R"($remote_addr $remote_ident $remote_user [$time_local] "$request" $status $body_bytes_sent)"
    R"( "$http_referer" "$http_user_agent"$request_time)";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The first `c` in [at, end), or end. Fields are short: a call of memchr costs more than they do.
inline const char* find_character(const char* at, const char* end, char c) {
#ifdef __SSE2__
  const __m128i wanted = _mm_set1_epi8(c);
  while (end - at >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto hits = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)));
    if (hits != 0) return at + std::countr_zero(hits);
    at += 16;
  }
#endif
  while (at < end && *at != c) ++at;
  return at;
}

/// True if an odd number of backslashes stands before `at`.
bool is_escaped(const char* begin, const char* at) {
  const char* before = at;
  while (before > begin && before[-1] == '\\') --before;
  return (at - before) % 2 != 0;
}

/// "0.123" in microseconds; -1 if it is none ("-"). Of several upstreams ("0.1, 0.2") the first.
int64_t microseconds_of(std::string_view text) {
  constexpr int64_t kWholeMax = 1'000'000'000;
  int64_t whole = 0;
  size_t at = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9' && whole < kWholeMax)
    whole = whole * 10 + (text[at++] - '0');
  if (at == 0) return -1;
  int64_t part = 0;
  int64_t unit = 1'000'000;
  if (at < text.size() && text[at] == '.') {
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      if (unit == 1) continue;
      unit /= 10;
      part += (text[at] - '0') * unit;
    }
  }
  const bool is_end = at == text.size() || text[at] == ' ' || text[at] == ',';
  return is_end ? whole * 1'000'000 + part : -1;
}

}  // namespace

Result<LogFormat> LogFormat::parse(std::string_view text) {
  LogFormat format;
  if (text == "common") text = kCommon;
  if (text == "combined") text = kCombined;
  if (text.size() > kFormatTextMax)
    return fail(codes::bad_value, "the log format is longer than {}", kFormatTextMax);
  std::string* literal = &format.head_;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      *literal += text[at++];
      continue;
    }
    size_t end = ++at;
    const bool is_braced = at < text.size() && text[at] == '{';
    if (is_braced) end = ++at;
    while (end < text.size() && is_name_character(text[end])) ++end;
    const std::string name(text.substr(at, end - at));
    at = end + (is_braced ? 1 : 0);
    if (name.empty()) return fail(codes::bad_value, "a \"$\" in the log format names no variable");
    if (!format.pieces_.empty() && literal->empty()) {
      return fail(codes::bad_value,
                  "nothing in the log format parts ${} from the variable before it", name);
    }
    format.pieces_.push_back({.field = format.fields_.size()});
    format.fields_.push_back(name);
    literal = &format.pieces_.back().literal;
    if (format.fields_.size() > kFieldsMax)
      return fail(codes::bad_value, "the log format has more than {} variables", kFieldsMax);
  }
  TOLLGATE_CHECK(format.find_meanings());
  return format;
}

size_t LogFormat::find(std::string_view name) const {
  return static_cast<size_t>(std::find(fields_.begin(), fields_.end(), name) - fields_.begin());
}

void LogFormat::want(std::span<const size_t> fields) {
  wants_request_parts_ = std::any_of(fields.begin(), fields.end(), [this](size_t field) {
    return field + 2 >= fields_.size() && field < fields_.size();
  });
}

Result<void> LogFormat::find_meanings() {
  const size_t variables = fields_.size();
  const auto first_of = [this](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      if (const size_t field = find(name); field < fields_.size()) return field;
    }
    return fields_.size();
  };
  if (const size_t local = find("time_local"); local < variables) {
    time_ = local;
  } else if (const size_t iso = find("time_iso8601"); iso < variables) {
    time_ = iso;
    clock_ = Clock::iso;
  } else if (const size_t msec = find("msec"); msec < variables) {
    time_ = msec;
    clock_ = Clock::unix;
  } else {
    return fail(codes::bad_value,
                "the log format has none of $time_local, $time_iso8601 and $msec: without a time "
                "lines cannot be counted");
  }
  const size_t method = first_of({"request_method"});
  const size_t path = first_of({"uri", "request_uri"});
  const size_t request = find("request");
  const size_t status = find("status");
  const size_t duration = find("request_time");
  is_method_own_ = method < variables;
  is_path_own_ = path < variables;
  fields_.emplace_back(kMethodField);
  fields_.emplace_back(kPathField);
  const auto or_none = [&](size_t field) { return field < variables ? field : fields_.size(); };
  method_ = or_none(method);
  path_ = or_none(path);
  request_ = or_none(request);
  status_ = or_none(status);
  duration_ = or_none(duration);
  constexpr size_t kStatusLength = 3;
  for (Piece& piece : pieces_) {
    if (piece.field == time_ && clock_ == Clock::local) piece.usual = AccessTime::kLength;
    if (piece.field == status_) piece.usual = kStatusLength;
  }
  return {};
}

Refusal LogFormat::read(std::string_view line, LineHead& head, std::span<std::string_view> values) {
  const char* at = line.data();
  const char* const end = at + line.size();
  if (!line.starts_with(head_)) return "not in the format";
  at += head_.size();
  for (const Piece& piece : pieces_) {
    if (piece.literal.empty()) {  // the last one takes the rest
      values[piece.field] = {at, static_cast<size_t>(end - at)};
      at = end;
      break;
    }
    const char* stop = at + piece.usual;
    const bool is_usual = piece.usual > 0 && static_cast<size_t>(end - at) > piece.usual &&
                          *stop == piece.literal[0] && ends_at(piece, at, stop, end);
    if (!is_usual) stop = find_character(at, end, piece.literal[0]);
    while (stop < end && !ends_at(piece, at, stop, end))
      stop = find_character(stop + 1, end, piece.literal[0]);
    if (stop == end) return "not in the format";
    values[piece.field] = {at, static_cast<size_t>(stop - at)};
    at = stop + piece.literal.size();
  }
  if (at != end) return "not in the format";
  return read_head(values, head);
}

/// Whether a field that begins at `begin` ends at `stop`, where its literal's first character is.
bool LogFormat::ends_at(const Piece& piece, const char* begin, const char* stop, const char* end) {
  const size_t size = piece.literal.size();
  if (static_cast<size_t>(end - stop) < size) return false;
  for (size_t i = 1; i < size; ++i) {  // a few characters: a call of memcmp costs more
    if (stop[i] != piece.literal[i]) return false;
  }
  return piece.literal[0] != '"' || !is_escaped(begin, stop);
}

Refusal LogFormat::read_head(std::span<std::string_view> values, LineHead& head) {
  const std::string_view time = values[time_];
  const bool is_time = clock_ == Clock::local ? time.size() == AccessTime::kLength &&
                                                    access_time_.parse(time.data(), head.time)
                                              : parse_log_time(time, head.time);
  if (!is_time) return "bad time";
  if (status_ < values.size()) {
    const std::string_view text = values[status_];
    const bool is_status = text.size() == 3 && text[0] >= '1' && text[0] <= '9' && text[1] >= '0' &&
                           text[1] <= '9' && text[2] >= '0' && text[2] <= '9';
    if (!is_status) return "no status";
    head.status = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
  }
  head.duration_us = -1;
  if (duration_ < values.size()) {
    std::string_view text = values[duration_];
    if (const size_t quote = text.rfind('"'); quote != std::string_view::npos)
      text.remove_prefix(quote + 1);  // combined, with further texts behind the agent
    if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    if (!text.empty()) head.duration_us = microseconds_of(text);
  }
  if (wants_request_parts_) {
    read_request(values);
  } else {
    values[values.size() - 2] = values[values.size() - 1] = {};
  }
  return {};
}

void LogFormat::read_request(std::span<std::string_view> values) const {
  std::string_view& method = values[values.size() - 2];
  std::string_view& path = values[values.size() - 1];
  method = is_method_own_ ? values[method_] : std::string_view{};
  path = is_path_own_ ? values[path_] : std::string_view{};
  if (request_ < values.size() && !(is_method_own_ && is_path_own_)) {
    const std::string_view request = values[request_];
    const char* const begin = request.data();
    const char* const end = begin + request.size();
    const char* const blank = find_character(begin, end, ' ');
    if (!is_method_own_) method = {begin, static_cast<size_t>(blank - begin)};
    if (!is_path_own_ && blank < end)
      path = {blank + 1, static_cast<size_t>(find_character(blank + 1, end, ' ') - blank - 1)};
  }
  const char* const query = find_character(path.data(), path.data() + path.size(), '?');
  path = {path.data(), static_cast<size_t>(query - path.data())};
}

}  // namespace tollgate::ingest
