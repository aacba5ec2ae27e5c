#include "app/demo/traffic.hpp"

#include "app/demo/chance.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tollgate::demo {
namespace {

constexpr uint64_t kVolume = 1;  // what chance is asked about
constexpr uint64_t kFailure = 2;
constexpr double kStagingShare = 0.05;
constexpr double kMeanShare = 0.675;  // of the day's busiest hour

uint64_t seed_of(std::string_view service, std::string_view environment) {
  uint64_t seed = environment.size();
  for (char c : service) seed = seed * 131 + static_cast<unsigned char>(c);
  return seed;
}

/// Little at night, most in the afternoon: between 0.35 and 1.
double daily_share(Time time) {
  const double hour = static_cast<double>(time.ms % days(1).ms) / static_cast<double>(hours(1).ms);
  return kMeanShare + 0.325 * std::sin((hour - 9.0) / 24.0 * 2.0 * std::numbers::pi);
}

/// The share that fails. An incident costs the same number of requests at any time of the day, so
/// that the story does not depend on when it ends.
double bad_share(const ServiceFact& service, std::string_view environment, Time time, Time end) {
  constexpr double kBadShareMax = 0.95;
  for (const Incident& incident : incidents()) {
    if (incident.service != service.name || incident.environment != environment) continue;
    const Time start = end - incident.before_end;
    if (time < start || time >= start + incident.length) continue;
    return std::min(kBadShareMax, incident.bad_share * kMeanShare / daily_share(time));
  }
  return service.allowed_bad * service.usual_burn;
}

}  // namespace

slo::CellSeries traffic(const ServiceFact& service, std::string_view environment, Time from,
                        Time to, Time end) {
  slo::CellSeries cells;
  const uint64_t seed = seed_of(service.name, environment);
  const double scale = environment == "production" ? 1.0 : kStagingShare;
  Time time{(from.ms + kStep.ms - 1) / kStep.ms * kStep.ms};
  for (; time + kStep <= to; time = time + kStep) {
    const auto when = static_cast<uint64_t>(time.ms);
    const double noise = 0.85 + 0.3 * chance(kVolume, seed, when);
    const auto total =
        static_cast<int64_t>(service.requests_per_minute * scale * daily_share(time) * noise);
    const double expected = static_cast<double>(total) * bad_share(service, environment, time, end);
    const double whole = std::floor(expected);
    const bool has_one_more = chance(kFailure, seed, when) < expected - whole;
    const int64_t bad = std::min(total, static_cast<int64_t>(whole) + (has_one_more ? 1 : 0));
    if (!cells.add(time, {.good = total - bad, .bad = bad})) break;
  }
  return cells;
}

}  // namespace tollgate::demo
