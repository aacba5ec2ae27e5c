// One metrics server as sources speak to it: address, credentials, one deadline for all calls of a
// reading, and the server's own limits respected: who says "too many requests" is left alone until
// the time it named.
#pragma once

#include "edge/sources/source.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::sources {

/// The moment by which all calls of one reading must be answered.
using Deadline = std::chrono::steady_clock::time_point;

/// Back-off without a Retry-After, and the longest that a server may ask for.
inline constexpr Duration kRetryAfterDefault = seconds(30);
inline constexpr Duration kRetryAfterMax = hours(1);

/// The wait that an answer asks for: Retry-After (seconds or an HTTP date, measured from the
/// answer's own Date) of a 429 or 503, or the reset of a used-up X-RateLimit. 0 if it asks for
/// none.
Duration wanted_wait(const engine::HttpResponse& response);

class Connection {
 public:
  /// `http` outlives the connection.
  Connection(SourceConfig config, engine::HttpClient& http);

  const SourceConfig& config() const { return config_; }
  Deadline deadline(Duration timeout) const;
  /// How far the server's clock is ahead of ours, by the Date of its last answer, to a second;
  /// below 0 behind. Nothing before the first.
  std::optional<Duration> clock_ahead() const;

  /// POSTs `body` to the source's URL plus `path`, or GETs it if `content_type` is empty. Errors:
  /// those of HttpClient::send; too_many_requests while the server asks to be left alone (then
  /// nothing is sent); timed_out once the deadline has passed. Safe from any thread.
  Result<engine::HttpResponse> send(std::string_view path, std::string_view content_type,
                                    std::string body, Deadline deadline);

 private:
  SourceConfig config_;
  engine::HttpClient& http_;
  std::atomic<int64_t> not_before_ms_{0};  // steady clock; nothing is sent earlier
  static constexpr int64_t kNoClock = INT64_MIN;
  std::atomic<int64_t> ahead_ms_{kNoClock};
};

}  // namespace tollgate::sources
