// The counters that the router knows: their state by the labels that make them, whatever the order
// in which those come. It outlives changes of the policy and restarts. Not thread-safe.
#pragma once

#include "domain/slo/counter.hpp"
#include "edge/intake/batch.hpp"
#include "edge/intake/histogram_counter.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tollgate::intake {

/// A series by its sorted labels; 128 bits, so that no two series are ever taken for one.
struct SeriesIdentity {
  uint64_t high = 0;
  uint64_t low = 0;
  friend bool operator==(const SeriesIdentity&, const SeriesIdentity&) = default;
};

/// What a sample needs of its series: 40 bytes.
struct CountedSeries {
  slo::CounterState counter;
  uint32_t first_route = 0;  // of the router
  uint32_t route_count = 0;  // 0: not resolved under the routes in force
};

class SeriesBook {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  SeriesIdentity identity_of(std::span<const Label> labels);
  /// kNone for one that is not known.
  uint32_t find(const SeriesIdentity& identity) const;
  uint32_t add(const SeriesIdentity& identity);
  size_t size() const { return series_.size(); }
  CountedSeries& at(uint32_t series) { return series_[series]; }
  const CountedSeries& at(uint32_t series) const { return series_[series]; }
  /// Tells a series from others, the same over restarts.
  uint64_t tag(uint32_t series) const { return identities_[series].low; }
  void prefetch(uint32_t series) const {
    if (series < series_.size()) __builtin_prefetch(&series_[series]);
  }
  /// Made where it is asked for.
  HistogramState& histogram(uint32_t series) { return histograms_[series]; }
  /// No series is resolved any more.
  void forget_routes();

  /// The state of all counters that still send, opaque, and back. Errors: store_failed for bytes
  /// that save() did not write.
  std::string save() const;
  Result<void> load(std::string_view bytes);

 private:
  struct Hash {
    size_t operator()(const SeriesIdentity& identity) const { return identity.low; }
  };
  std::vector<CountedSeries> series_;
  std::vector<SeriesIdentity> identities_;  // of series_
  std::unordered_map<SeriesIdentity, uint32_t, Hash> numbers_;
  std::unordered_map<uint32_t, HistogramState> histograms_;
  std::vector<Label> sorted_;  // reused from call to call
};

}  // namespace tollgate::intake
