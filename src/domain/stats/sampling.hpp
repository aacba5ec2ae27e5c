// What a sample says about everything: consistent probability sampling as OpenTelemetry defines it,
// totals that are right on average, and how many unsampled events the sample is worth.
// Pure. A span carries 56 bits of randomness R and was kept iff R >= T, its sampler's threshold;
// one kept span stands for 2^56 / (2^56 - T). Because all samplers of a trace share R, a second
// sampler does not multiply: the largest threshold alone decides. Sources: OpenTelemetry
// specification, "TraceState: Probability Sampling"; W3C Trace Context Level 2; L. Kish, Survey
// Sampling (1965); Horvitz and Thompson, JASA 47 (1952).
#pragma once

#include "domain/stats/interval.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::stats {

inline constexpr int kRandomBits = 56;
inline constexpr uint64_t kRandomWhole = uint64_t{1} << kRandomBits;

/// What `ot=th:...;rv:...` of a tracestate header says. A part that is missing or malformed is
/// unset, as the specification asks: a broken th must not change a weight.
struct SamplingState {
  std::optional<uint64_t> threshold;   // below kRandomWhole
  std::optional<uint64_t> randomness;  // below kRandomWhole; otherwise the trace id's last 56 bits
  friend bool operator==(const SamplingState&, const SamplingState&) = default;
};
SamplingState parse_tracestate(std::string_view tracestate);

/// How many spans one that was kept at `threshold` stands for; 1 for 0. threshold < kRandomWhole.
double adjusted_count(uint64_t threshold);
/// The threshold that keeps `share` of everything: 0 keeps all, never more than kRandomWhole - 1.
uint64_t sampling_threshold(double share);

/// Sums over sampled events of one kind: `weight` estimates how many there were (Horvitz-Thompson,
/// right on average), `squares` says how rough that is.
struct WeightSums {
  double weight = 0;
  double squares = 0;
  void add(double event_weight) {
    weight += event_weight;
    squares += event_weight * event_weight;
  }
};
/// How many equally weighted events would be as good: (sum w)^2 / sum w^2; 0 without events.
double effective_size(const WeightSums& sums);

/// How many unsampled events the estimate of a bad share is worth, good and bad events being two
/// strata with their own weights. Equal to effective_size of both together if all weights are
/// equal, and far more if a tail sampler keeps all errors (weight 1) and few successes: pooling
/// would then throw away what is known exactly. From the delta method on the log odds:
/// 1 / (p (1 - p) (1 / n_bad + 1 / n_good)) with effective sizes n and p the weighted share. If one
/// kind was never seen, its events are taken to weigh as much as those that were.
double effective_total(const WeightSums& good, const WeightSums& bad);

/// Wilson's interval of a share that was estimated from a weighted sample worth `effective` events;
/// [0, 1] without any. 0 <= share <= 1 (asserted).
Interval wilson_weighted(double share, double effective, Ppm confidence);
/// The exact interval over effective events, of which `share` are hits, whole or not; [0, 1]
/// without any. Wilson's bounds are too tight where few are hits. Source: E. L. Korn and B. I.
/// Graubard, Survey Methodology 24 (1998).
Interval clopper_pearson_weighted(double share, double effective, Ppm confidence);
/// The exact one while at most kExactHitsMax effective events are hits, or are none; Wilson's
/// beyond, where both agree.
Interval weighted_interval(double share, double effective, Ppm confidence);
inline constexpr int64_t kExactHitsMax = 100;

}  // namespace tollgate::stats
