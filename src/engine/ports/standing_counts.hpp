// The counts of one SLO in one place, found once and then asked again and again, as alert rules do:
// nobody looks names up, and who asks can tell without asking that nothing has changed.
#pragma once

#include "domain/slo/cells.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

namespace tollgate::engine {

class StandingCounts {
 public:
  virtual ~StandingCounts() = default;
  /// What SignalSource::count_spans() says. Safe from any thread; never waits for others.
  virtual std::optional<Time> count(std::span<const slo::Span> spans,
                                    std::span<slo::Counts> counts) = 0;
  /// Another number whenever the counts of any span, or the watermark, may be others than before.
  /// Read before count(), it never claims more than was counted. Lives as long as this.
  virtual const std::atomic<uint32_t>& version() const = 0;
};

}  // namespace tollgate::engine
