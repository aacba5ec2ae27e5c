// Where the counts of an SLO come from. A source that cannot answer says so in the reading: a
// failed fetch is evidence too, and what it means for a release is policy.
#pragma once

#include "domain/model/reading.hpp"
#include "domain/slo/objective.hpp"

#include <string>
#include <string_view>

namespace tollgate::engine {

/// One question: how many good and bad events (and slices, for a time-slice SLO) there were.
/// The pointers are never null and live until the answer.
struct ReadingRequest {
  const slo::Objective* objective = nullptr;
  const slo::Indicator* indicator = nullptr;
  std::string environment;  // empty: none in particular
  slo::Span span;           // counts over exactly this
  Time as_of;               // the moment of asking; nothing later counts. Becomes fetched_at
  Duration timeout = seconds(10);
};

class SignalSource {
 public:
  virtual ~SignalSource() = default;
  /// "cells", "prometheus:eu": as it stands in readings.
  virtual std::string_view name() const = 0;
  /// The counts, or why there are none (Reading::error).
  /// Safe from any thread; may block up to the timeout.
  virtual model::Reading read(const ReadingRequest& request) = 0;
};

}  // namespace tollgate::engine
