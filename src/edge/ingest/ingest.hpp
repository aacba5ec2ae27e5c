// Counts good and bad events in logs: access logs, JSON lines and CSV. Every byte is untrusted; a
// line that is no event is refused with its number and the reason, and is never fatal. Order does
// not matter.
//
//   common    host ident user [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326
//   combined  the same and "referer" "agent"; a number behind them is the request's duration in
//   seconds, as nginx
//             writes $request_time
//   json      one object a line. Time: time, timestamp, @timestamp, ts, time_iso8601, time_local,
//   msec; RFC 3339 or Unix
//             time in s, ms, us or ns. Status: status, status_code, http_status, code. Duration:
//             request_time, duration, duration_s (seconds); duration_ms, latency_ms,
//             response_time_ms (milliseconds). Other members are ignored
//   $...      what nginx' log_format says (log_format.hpp), with $status
//   csv       a header line names the columns. One is a time (names and forms as above). Then
//   either counts, `good`
//             with `bad` or `total`, or `bad` with `total`; or one event a line, `status` and
//             perhaps a duration; or `value`, where above 0 is one bad event and 0 a good one
#pragma once

#include "domain/slo/cells.hpp"
#include "foundation/base/digest.hpp"
#include "foundation/base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::ingest {

enum class Format { common, combined, json, csv };

/// How a file is read: by one of the formats above, or by the one that the server which wrote it
/// was given.
class FileFormat {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a format of ours says all.
  FileFormat(Format format) : format_(format) {}
  /// "common", "combined", "json", "csv", or text with $variables, as LogFormat::parse takes it,
  /// with $status among them. Errors: unknown_name with the nearest one; bad_value.
  static Result<FileFormat> parse(std::string_view text);

  Format format() const { return format_; }
  /// The text with $variables; empty: format() says all.
  const std::string& pattern() const { return pattern_; }

 private:
  Format format_;
  std::string pattern_;
};

inline constexpr size_t kStatusEnd = 1000;

/// What makes an event bad.
struct Classifier {
  std::vector<bool> bad_status;  // for each status below kStatusEnd
  Duration slower_than =
      {};  // longer ones are bad, lines without a duration are refused; 0: durations do not count
};
/// `bad` lists statuses, classes and ranges: "5xx", "500-504,429". Errors: bad_usage.
Result<Classifier> parse_classifier(std::string_view bad = "5xx", Duration slower_than = {});

/// A line that was refused.
struct Reject {
  int64_t line = 0;  // counted from 1
  std::string reason;
};

inline constexpr size_t kRejectsMax = 20;              // kept; all of them are counted
inline constexpr size_t kLineLengthMax = 1024 * 1024;  // longer lines are refused

struct Summary {
  int64_t lines = 0;  // not counting empty ones and the header of a CSV
  int64_t accepted = 0;
  int64_t rejected = 0;
  int64_t good = 0;
  int64_t bad = 0;
  std::optional<Time> first;  // earliest and latest event
  std::optional<Time> last;
  std::vector<Reject> rejects;  // the first kRejectsMax

  int64_t total() const { return good + bad; }
};

/// What a file came to.
struct Ingested {
  Summary summary;
  slo::CellSeries cells;
  Digest digest;  // of all bytes
};

/// Reads a whole file. Errors: io_failed.
Result<Ingested> ingest_file(const std::string& path, const FileFormat& format,
                             const Classifier& classifier);
/// The same for bytes in memory.
Ingested ingest_bytes(std::string_view bytes, const FileFormat& format,
                      const Classifier& classifier);

}  // namespace tollgate::ingest
