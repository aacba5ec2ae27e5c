// How those fare who are told.
#pragma once

#include "foundation/base/time.hpp"

#include <cstdint>
#include <string>

namespace tollgate::engine {

/// How a target fares.
struct TargetHealth {
  std::string target = {};  // name, or "integration/NAME"
  int64_t pending = 0;
  int64_t done = 0;     // of the whole ledger
  int64_t gave_up = 0;  // dead letters, of the whole ledger
  Time last_done = {};  // 0: never
  Time last_gave_up = {};
  int64_t failures = 0;  // attempts in a row that failed, since the process began
  Time last_failure = {};
  std::string last_error = {};
  /// Nothing is sent before; 0: it is not held back.
  Time held_until = {};
};

}  // namespace tollgate::engine
