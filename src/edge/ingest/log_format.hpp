// The form of an access log's lines, written as nginx's log_format is: text and $variables. Lines
// are cut without regular expressions or allocations. Every byte is untrusted. Not thread-safe:
// it remembers the last time it read. Source: nginx.org, "Module ngx_http_log_module".
//
// Known to mean something: $time_local, $time_iso8601, $msec (when); $status; $request_time
// (seconds); $request, of which $method and $path (without the query) are taken, too, and
// $request_method, $uri, $request_uri under the same names. All others are texts.
#pragma once

#include "edge/ingest/line_parser.hpp"
#include "foundation/base/error.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::ingest {

inline constexpr size_t kFieldsMax = 64;
inline constexpr size_t kFormatTextMax = 4096;
inline constexpr std::string_view kMethodField = "method";
inline constexpr std::string_view kPathField = "path";

/// What every line says.
struct LineHead {
  Time time;
  int32_t status = 0;        // 0: the format has none
  int64_t duration_us = -1;  // -1: unknown
};

class LogFormat {
 public:
  /// "common", "combined" (a number behind the last quote is the duration in seconds), or text with
  /// $variables. Errors: bad_value, with what is missing.
  static Result<LogFormat> parse(std::string_view text);

  /// The names of the fields without "$", then method and path.
  const std::vector<std::string>& fields() const { return fields_; }
  /// The number of a field; fields().size() if there is none of the name.
  size_t find(std::string_view name) const;
  bool has_status() const { return status_ < fields_.size(); }
  bool has_duration() const { return duration_ < fields_.size(); }

  /// Says which fields are looked at: method and path are then left empty if they are not among
  /// them, which spares taking $request apart. Without it every field is filled.
  void want(std::span<const size_t> fields);

  /// Cuts a line into `values`, as many as fields(). The values point into the line.
  Refusal read(std::string_view line, LineHead& head, std::span<std::string_view> values);

 private:
  enum class Clock { local, iso, unix };
  /// A field and the text that ends it; empty: it is the last and takes the rest.
  struct Piece {
    size_t field = 0;
    std::string literal = {};
    size_t usual = 0;  // how long a field that can be read is; 0: it varies
  };

  static bool ends_at(const Piece& piece, const char* begin, const char* stop, const char* end);
  Result<void> find_meanings();
  Refusal read_head(std::span<std::string_view> values, LineHead& head);
  void read_request(std::span<std::string_view> values) const;

  std::string head_;  // before the first field
  std::vector<Piece> pieces_;
  std::vector<std::string> fields_;
  Clock clock_ = Clock::local;
  size_t time_ = 0, status_ = 0, duration_ = 0, request_ = 0, method_ = 0, path_ = 0;
  bool is_path_own_ = false;  // $uri or $request_uri, not a part of $request
  bool is_method_own_ = false;
  bool wants_request_parts_ = true;
  AccessTime access_time_;
};

}  // namespace tollgate::ingest
