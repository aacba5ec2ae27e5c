// One metrics server as sources speak to it: address, credentials, one deadline for all calls of a
// reading, and the server's own limits respected: who says "too many requests" is left alone until
// the time it named.
#pragma once

#include "edge/sources/source.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::sources {

/// The moment by which all calls of one reading must be answered.
using Deadline = std::chrono::steady_clock::time_point;
/// A clock that only goes forward, by which deadlines and waits are kept. Safe from any thread.
using SteadyClock = std::function<Deadline()>;

/// Back-off without a Retry-After, and the longest that a server may ask for.
inline constexpr Duration kRetryAfterDefault = seconds(30);
inline constexpr Duration kRetryAfterMax = hours(1);
/// Who is told to wait again and again for so long asks too much.
inline constexpr Duration kLimitedLong = minutes(5);

/// The wait that an answer asks for: Retry-After (seconds or an HTTP date, measured from the
/// answer's own Date) of a 429 or 503, or the reset of a used-up X-RateLimit. 0 if it asks for
/// none.
Duration wanted_wait(const engine::HttpResponse& response);

/// What is said of a server that has asked for fewer requests for so long; empty before
/// kLimitedLong.
std::string limit_words(Duration limited);

class Connection {
 public:
  /// `http` outlives the connection.
  Connection(SourceConfig config, engine::HttpClient& http,
             SteadyClock now = std::chrono::steady_clock::now);

  const SourceConfig& config() const { return config_; }
  Deadline deadline(Duration timeout) const;
  /// How far the server's clock is ahead of ours, by the Date of its last answer, to a second;
  /// below 0 behind. Nothing before the first.
  std::optional<Duration> clock_ahead() const;
  /// The doubt that this makes of what the server says; none up to slo::kSkewMax. `name` is that of
  /// the source in readings.
  std::optional<model::Doubt> clock_doubt(std::string_view name) const;

  /// POSTs `body` to the source's URL plus `path`, or GETs it if `content_type` is empty. Errors:
  /// those of HttpClient::send; too_many_requests while the server asks to be left alone (then
  /// nothing is sent), which says since when once that is long; timed_out once the deadline has
  /// passed. Safe from any thread.
  Result<engine::HttpResponse> send(std::string_view path, std::string_view content_type,
                                    std::string body, Deadline deadline);

 private:
  SourceConfig config_;
  engine::HttpClient& http_;
  const SteadyClock now_;
  std::string how_long() const;

  std::atomic<int64_t> not_before_ms_{0};     // steady clock; nothing is sent earlier
  std::atomic<int64_t> limited_since_ms_{0};  // steady clock; 0: the last answer was none of these
  static constexpr int64_t kNoClock = INT64_MIN;
  std::atomic<int64_t> ahead_ms_{kNoClock};
};

}  // namespace tollgate::sources
