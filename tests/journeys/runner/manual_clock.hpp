// A clock that stands still until it is set.
#pragma once

#include "engine/ports/clock.hpp"

#include <atomic>

namespace tollgate::journeys {

class ManualClock : public engine::Clock {
 public:
  Time now() override { return {ms_.load()}; }
  void set(Time time) { ms_.store(time.ms); }

 private:
  std::atomic<int64_t> ms_{0};
};

}  // namespace tollgate::journeys
