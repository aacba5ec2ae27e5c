// What the engine's parts are bounded by.
#pragma once

#include "foundation/base/time.hpp"

#include <cstddef>

namespace tollgate::engine {

struct WriterLimits {
  size_t queue_max = 4096;  // commands waiting; more are refused with queue_full
  size_t batch_max = 256;   // commands in one commit
};

struct CollectorLimits {
  size_t threads = 8;       // requests that wait for remote sources at the same time
  size_t queue_max = 1024;  // requests that wait for a thread; more are answered without readings
  Duration timeout = seconds(10);  // for one reading
};

struct OutboxLimits {
  Duration first_wait = seconds(2);  // before the second attempt; doubled for each further one
  Duration longest_wait = hours(1);
  Duration give_up_after = days(3);  // since the effect was asked for
};

/// How often rules of SLOs are looked at that Collector::count_spans() has no counts of: the source
/// must be asked, or there is more to tell than sums, as with time slices.
inline constexpr Duration kRemoteAlertsEvery = seconds(30);

struct AlertPace {
  Duration every = seconds(1);  // those that sums in this process answer; at most that
  /// Looks although nothing can have changed. The same is recorded, at a higher cost: to compare
  /// with.
  bool always_looks = false;
};

struct ConfirmLimits {
  Duration first_wait = seconds(2);  // before the second asking; doubled for each further one
  Duration longest_wait = minutes(10);
  Duration give_up_after = hours(6);  // since the fact came
  size_t askings_max = 100;           // of one look
};

}  // namespace tollgate::engine
