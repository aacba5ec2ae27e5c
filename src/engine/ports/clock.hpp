// Where the engine gets the time from. Only the thread that stamps events asks; everything below
// takes time as argument. And how much CPU time a thread has used, for budgets of it.
#pragma once

#include "foundation/base/time.hpp"

namespace tollgate::engine {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time, UTC. Safe from any thread.
  virtual Time now() = 0;
};

class CpuClock {
 public:
  virtual ~CpuClock() = default;
  /// CPU time that the calling thread has used, in nanoseconds since any start. Safe from any
  /// thread.
  virtual int64_t thread_ns() = 0;
};

}  // namespace tollgate::engine
