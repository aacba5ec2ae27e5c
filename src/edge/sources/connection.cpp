#include "edge/sources/connection.hpp"

#include "domain/slo/trust.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <ctime>
#include <optional>

namespace tollgate::sources {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

int64_t steady_ms(Deadline moment) {
  return duration_cast<milliseconds>(moment.time_since_epoch()).count();
}

std::string_view header(const engine::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

/// Seconds since 1970 of "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<int64_t> http_date(std::string_view text) {
  std::tm parts = {};
  const std::string copy(text);
  const char* const end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return timegm(&parts);
}

/// Whole seconds, as headers write them; at most kRetryAfterMax.
std::optional<Duration> seconds_in(std::string_view text) {
  const auto number = parse_number(trim(text));
  if (!number || !(*number >= 0)) return std::nullopt;
  const auto most = static_cast<double>(kRetryAfterMax.ms);
  return Duration{static_cast<int64_t>(std::min(*number * 1000, most))};
}

std::optional<Duration> retry_after(const engine::HttpResponse& response) {
  const std::string_view text = header(response, "retry-after");
  if (text.empty()) return std::nullopt;
  if (const auto wait = seconds_in(text)) return wait;
  const auto until = http_date(text);
  const auto now = http_date(header(response, "date"));
  if (!until || !now) return kRetryAfterDefault;
  return std::clamp(seconds(*until - *now), Duration{0}, kRetryAfterMax);
}

}  // namespace

Duration wanted_wait(const engine::HttpResponse& response) {
  const auto asked = retry_after(response);
  const auto reset = seconds_in(header(response, "x-ratelimit-reset"));
  if (response.status == 429) return asked.value_or(reset.value_or(kRetryAfterDefault));
  if (response.status == 503) return asked.value_or(Duration{0});
  const auto left = parse_number(trim(header(response, "x-ratelimit-remaining")));
  return left && *left <= 0 ? reset.value_or(Duration{0}) : Duration{0};
}

Connection::Connection(SourceConfig config, engine::HttpClient& http, SteadyClock now)
    : config_(std::move(config)), http_(http), now_(std::move(now)) {
  while (config_.url.ends_with('/')) config_.url.pop_back();
}

Deadline Connection::deadline(Duration timeout) const {
  return now_() + milliseconds(std::min(timeout, config_.timeout).ms);
}

std::optional<Duration> Connection::clock_ahead() const {
  const int64_t ahead = ahead_ms_.load();
  if (ahead == kNoClock) return std::nullopt;
  return Duration{ahead};
}

std::optional<model::Doubt> Connection::clock_doubt(std::string_view name) const {
  const std::optional<Duration> ahead = clock_ahead();
  if (!ahead || std::abs(ahead->ms) <= slo::kSkewMax.ms) return std::nullopt;
  const Duration span{std::abs(ahead->ms) / 1000 * 1000};
  return model::Doubt{
      .reason = model::DoubtReason::clock_skew,
      .source = config_.name,
      .detail = fmt::format("{}: its clock is {} {} ours", name, duration_words(span),
                            ahead->ms > 0 ? "ahead of" : "behind")};
}

std::string Connection::how_long() const {
  const int64_t since = limited_since_ms_.load();
  return since == 0 ? std::string() : limit_words({steady_ms(now_()) - since});
}

std::string limit_words(Duration limited) {
  if (limited < kLimitedLong) return {};
  return fmt::format("; it has been so for {}: ask it for less, or for a higher limit",
                     duration_words({limited.ms / 60'000 * 60'000}));
}

Result<engine::HttpResponse> Connection::send(std::string_view path, std::string_view content_type,
                                              std::string body, Deadline deadline) {
  const Deadline now = now_();
  const int64_t not_before = not_before_ms_.load();
  if (steady_ms(now) < not_before) {
    return fail(codes::too_many_requests,
                "the server asked to be left alone for another {}; it is asked again after that{}",
                duration_words({(not_before - steady_ms(now) + 999) / 1000 * 1000}), how_long());
  }
  const int64_t left = duration_cast<milliseconds>(deadline - now).count();
  if (left <= 0) {
    return fail(codes::timed_out, "the source took longer than {} in all",
                duration_text(config_.timeout));
  }
  engine::HttpRequest call{.method = content_type.empty() ? "GET" : "POST",
                           .url = config_.url + std::string(path),
                           .headers = config_.headers,
                           .body = std::move(body),
                           .timeout = Duration{left},
                           .ca_file = config_.ca_file,
                           .cert_file = config_.cert_file,
                           .key_file = config_.key_file};
  if (!content_type.empty()) call.headers.emplace_back("Content-Type", content_type);
  TOLLGATE_TRY(engine::HttpResponse response, http_.send(call));
  if (const auto date = http_date(header(response, "date"))) {
    const auto ours = std::chrono::system_clock::now().time_since_epoch();
    ahead_ms_.store(*date * 1000 - duration_cast<milliseconds>(ours).count());
  }
  const Duration wait = wanted_wait(response);
  if (wait.ms > 0) not_before_ms_.store(steady_ms(now_()) + wait.ms);
  if (response.status == 429) {
    int64_t never = 0;
    limited_since_ms_.compare_exchange_strong(never, steady_ms(now_()));
    return fail(codes::too_many_requests,
                "the server asks for fewer requests (status 429); it is asked again in {}{}",
                duration_words(wait), how_long());
  }
  if (response.status == 200) limited_since_ms_.store(0);
  return response;
}

}  // namespace tollgate::sources
