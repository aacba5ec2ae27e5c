// What the samples of a native histogram count: the observations since the last sample, by bucket.
// Pure. Source of the merging of buckets: OpenTelemetry metrics data model, "Exponential
// histograms": halving the resolution joins neighbours 2k and 2k+1.
#pragma once

#include "domain/slo/counter.hpp"
#include "edge/intake/batch.hpp"

#include <string>
#include <vector>

namespace tollgate::intake {

/// A histogram with its buckets in one place.
struct OwnHistogram {
  double count = 0;
  bool is_exponential = true;
  int8_t scale = 0;
  double zero_threshold = 0;
  double zero_count = 0;
  std::vector<Bucket> positive;  // sorted by index, no empty ones
  std::vector<Bucket> negative;
  std::vector<double> bounds;
};
OwnHistogram own_histogram(const Batch& batch, const Histogram& histogram);

struct HistogramState {
  slo::CounterState counter;  // of the count
  OwnHistogram last;
};

/// The observations between two samples, and what became of the later one.
struct HistogramStep {
  slo::CounterOutcome outcome = slo::CounterOutcome::first;
  OwnHistogram increase;  // empty if nothing counted
};
HistogramStep count_histogram(HistogramState& state, const slo::CounterSample& sample,
                              PointKind kind, OwnHistogram histogram);

/// Observations at or below `value`. A bucket that the value cuts through does not count: at scale
/// 5 that is at most 2.2 % of the value.
double observations_up_to(const OwnHistogram& histogram, double value);

/// The state as bytes, and back; load takes from the front of `bytes`. False for other bytes.
void save_histogram(const HistogramState& state, std::string& out);
bool load_histogram(std::string_view& bytes, HistogramState& state);

}  // namespace tollgate::intake
