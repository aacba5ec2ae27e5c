// Where the engine gets the time from. Only the thread that stamps events asks; everything below
// takes time as argument.
#pragma once

#include "foundation/base/time.hpp"

namespace tollgate::engine {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time, UTC. Safe from any thread.
  virtual Time now() = 0;
};

}  // namespace tollgate::engine
