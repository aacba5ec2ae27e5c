// A believable world to look at: teams, services, weeks of traffic with a few incidents, two
// hundred releases with their evidence and verdicts. Made through the engine's own calls,
// deterministic, different only in where it ends.
#pragma once

#include "app/wiring/wiring.hpp"
#include "engine/ports/clock.hpp"

#include <atomic>

namespace tollgate::demo {

/// A clock that is set while the world is made, and then follows the real one. Safe from any
/// thread.
class Clock : public engine::Clock {
 public:
  /// `real` outlives this clock.
  explicit Clock(engine::Clock& real) : real_(real) {}
  Time now() override {
    const int64_t set = set_ms_.load(std::memory_order_relaxed);
    return set == kReal ? real_.now() : Time{set};
  }
  void set(Time time) { set_ms_.store(time.ms, std::memory_order_relaxed); }
  void follow_real() { set_ms_.store(kReal, std::memory_order_relaxed); }

 private:
  static constexpr int64_t kReal = INT64_MIN;
  engine::Clock& real_;
  std::atomic<int64_t> set_ms_{kReal};
};

struct Summary {
  int64_t services = 0;
  int64_t releases = 0;
  int64_t verdicts = 0;
  int64_t days = 0;
};

/// Fills an empty house with a world that ends at `end`. `clock` is the house's; afterwards it
/// follows the real one. Errors: those of the engine and the stores.
Result<Summary> fill(wiring::House& house, Clock& clock, Time end);
/// Lets the traffic go on up to `now`, also over the time that the server was off. Call it every
/// few seconds.
Result<void> keep_alive(wiring::House& house, Time now);

}  // namespace tollgate::demo
