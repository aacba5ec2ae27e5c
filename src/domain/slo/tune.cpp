#include "domain/slo/tune.hpp"

#include "domain/slo/ratio.hpp"
#include "foundation/base/text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace tollgate::slo {
namespace {

/// What is tried: each set as it ships, and the default one with other guards and limits.
std::vector<Candidate> candidates() {
  constexpr std::array<int64_t, 4> kConfidences = {0, 900'000, 950'000, 990'000};
  constexpr std::array<int64_t, 3> kBadEvents = {1, 3, 10};
  constexpr std::array<int64_t, 3> kLimits = {70, 100, 150};
  std::vector<Candidate> all = {{.name = "ratio-only", .set = RuleSet::ratio_only},
                                {.name = "pyrra", .set = RuleSet::pyrra},
                                {.name = "cusum", .set = RuleSet::cusum_only}};
  for (const int64_t confidence : kConfidences) {
    for (const int64_t bad : kBadEvents) {
      for (const int64_t limit : kLimits) {
        Candidate candidate{.set = RuleSet::defaults,
                            .guards = {.bad_events_min = bad, .confidence = {confidence}},
                            .limit_percent = limit};
        candidate.name = "default";
        if (limit != 100)
          candidate.name += fmt::format(", limits x{:.1f}", static_cast<double>(limit) / 100);
        candidate.name +=
            confidence == 0 ? ", unproved" : ", " + percent_text(confidence) + " sure";
        candidate.name += fmt::format(", {} bad", bad);
        all.push_back(std::move(candidate));
      }
    }
  }
  return all;
}

/// Half of the places must be noticed for the median to be a time.
void inject(const AlertRule& rule, const WeighedCells& cells, const Span& past,
            const TuneOptions& options, Candidate& candidate) {
  std::vector<Duration> times;
  const int64_t room = past.length().ms - options.patience.ms;
  if (room <= 0 || options.places <= 0) return;
  for (int64_t i = 0; i < options.places; ++i) {
    const Time start{past.from.ms + room * (2 * i + 1) / (2 * options.places)};
    if (const auto time = detection_time(rule, cells, start, options.injected, options.patience,
                                         options.backtest))
      times.push_back(*time);
  }
  std::sort(times.begin(), times.end());
  candidate.found = static_cast<double>(times.size()) / static_cast<double>(options.places);
  const auto half = static_cast<size_t>(options.places) / 2;
  if (times.size() > half) candidate.detection = times[half];
}

bool beats(const Candidate& a, const Candidate& b) {
  const double noise_a = a.noise.false_per_week();
  const double noise_b = b.noise.false_per_week();
  const int64_t never = INT64_MAX;
  const int64_t time_a = a.detection ? a.detection->ms : never;
  const int64_t time_b = b.detection ? b.detection->ms : never;
  return noise_a <= noise_b && time_a <= time_b && (noise_a < noise_b || time_a < time_b);
}

}  // namespace

AlertRule candidate_rule(const Objective& objective, const Candidate& candidate,
                         std::string_view severity) {
  AlertRule rule = standard_rule(objective, candidate.set, severity);
  if (candidate.set != RuleSet::defaults) return rule;
  rule.guards = candidate.guards;
  for (BurnPair& pair : rule.pairs)
    pair.limit.thousandths = pair.limit.thousandths * candidate.limit_percent / 100;
  std::erase_if(rule.pairs,
                [&objective](const BurnPair& pair) { return !is_reachable(pair, objective); });
  return rule;
}

std::vector<Candidate> tune(const Objective& objective, const WeighedCells& cells, const Span& past,
                            std::span<const Span> incidents, const TuneOptions& options) {
  std::vector<Candidate> all = candidates();
  for (Candidate& candidate : all) {
    const AlertRule rule = candidate_rule(objective, candidate, options.severity);
    candidate.noise = backtest(rule, cells, past, incidents, options.backtest);
    if (candidate.noise.incidents > 0) {
      candidate.found = candidate.noise.recall().value_or(0);
      if (2 * candidate.noise.detected > candidate.noise.incidents)
        candidate.detection = candidate.noise.median_delay();
    } else {
      inject(rule, cells, past, options, candidate);
    }
  }
  for (Candidate& candidate : all) {
    candidate.is_efficient =
        std::none_of(all.begin(), all.end(),
                     [&candidate](const Candidate& other) { return beats(other, candidate); });
  }
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    const int64_t never = INT64_MAX;
    return std::pair(a.noise.false_per_week(), a.detection ? a.detection->ms : never) <
           std::pair(b.noise.false_per_week(), b.detection ? b.detection->ms : never);
  });
  return all;
}

}  // namespace tollgate::slo
