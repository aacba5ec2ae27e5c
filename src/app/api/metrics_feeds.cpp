#include "app/api/metrics_feeds.hpp"

#include "app/render/metrics_text.hpp"

namespace tollgate::api {
namespace {

using render::family;
using render::label;

using Log = follow::FollowerStatus;
using Target = scrape::TargetHealth;

std::string labels(const Log& log) { return fmt::format("source=\"{}\"", label(log.source)); }
std::string labels(const Target& target) {
  return fmt::format("source=\"{}\",target=\"{}\"", label(target.source), label(target.url));
}

std::string seconds_text(Duration span) {
  return fmt::format("{:.3f}", static_cast<double>(span.ms) / 1000);
}

/// One family with a sample for each feed; a text that is empty leaves its sample out.
template <class Feed, class Value>
void each(std::string& out, const std::vector<Feed>& feeds, std::string_view name,
          std::string_view type, std::string_view help, const Value& value) {
  family(out, name, type, help);
  for (const Feed& feed : feeds) {
    const std::string text = fmt::format("{}", value(feed));
    if (text.empty()) continue;
    out +=
        fmt::format("{}{}{{{}}} {}\n", name, type == "counter" ? "_total" : "", labels(feed), text);
  }
}

void log_figures(std::string& out, const std::vector<Log>& logs) {
  const auto counter = [&](std::string_view name, std::string_view help,
                           int64_t (*value)(const Log&)) {
    each(out, logs, name, "counter", help, value);
  };
  each(out, logs, "tollgate_log_up", "gauge", "1 while the log can be read and counted.",
       [](const Log& log) { return log.problem.empty() ? 1 : 0; });
  counter("tollgate_log_lines", "Lines read.", [](const Log& log) { return log.lines.lines; });
  counter("tollgate_log_lines_counted", "Lines that count for an SLO.",
          [](const Log& log) { return log.lines.counted; });
  counter("tollgate_log_lines_rejected", "Lines that are none of the log's format.",
          [](const Log& log) { return log.lines.rejected; });
  counter("tollgate_log_lines_too_long", "Lines passed over for their length.",
          [](const Log& log) { return log.tail.long_lines; });
  counter("tollgate_log_rotations", "Times that another file came under the name.",
          [](const Log& log) { return log.tail.rotations; });
  counter("tollgate_log_truncations", "Times that the file was cut.",
          [](const Log& log) { return log.tail.truncations; });
  counter("tollgate_log_read_bytes", "Bytes read.", [](const Log& log) { return log.bytes; });
  each(out, logs, "tollgate_log_behind_bytes", "gauge", "Bytes of the log not read yet.",
       [](const Log& log) { return log.behind_bytes; });
}

void target_figures(std::string& out, const std::vector<Target>& targets, Time now) {
  each(out, targets, "tollgate_scrape_up", "gauge",
       "1 if the last visit of the exporter succeeded.",
       [](const Target& target) { return target.is_up ? 1 : 0; });
  each(out, targets, "tollgate_scrape_samples", "gauge", "Samples that the last visit showed.",
       [](const Target& target) { return target.samples; });
  each(out, targets, "tollgate_scrape_duration_seconds", "gauge", "How long the last visit took.",
       [](const Target& target) { return seconds_text(target.took); });
  each(out, targets, "tollgate_scrape_failures_in_a_row", "gauge",
       "Visits that failed since the last success.",
       [](const Target& target) { return target.failures; });
  each(out, targets, "tollgate_scrape_missed", "counter",
       "Visits left out because the one before took too long.",
       [](const Target& target) { return target.missed; });
  each(out, targets, "tollgate_scrape_lag_seconds", "gauge",
       "Time since the last visit that succeeded.", [now](const Target& target) {
         return target.last_up.ms == 0 ? std::string() : seconds_text(now - target.last_up);
       });
}

}  // namespace

void feed_figures(std::string& out, const SignalFeeds& feeds, Time now) {
  if (!feeds.logs.empty()) log_figures(out, feeds.logs);
  if (!feeds.targets.empty()) target_figures(out, feeds.targets, now);
}

}  // namespace tollgate::api
