// One simulated life of the program: the real engine on the real store over a disk that fails, with
// callers who retry, in virtual time. The same seed lives the same life.
#pragma once

#include "sim/auditor.hpp"
#include "sim/fault_vfs.hpp"
#include "sim/parts.hpp"

#include <memory>

namespace tollgate::sim {

struct Life {
  uint64_t seed = 0;
  int64_t steps = 0;
};

/// What happened, to show that something did.
struct Tally {
  int64_t commands = 0;
  int64_t repeats = 0;
  int64_t conflicts = 0;
  int64_t restarts = 0;
  int64_t faults = 0;
  int64_t events = 0;
  int64_t verdicts = 0;
  int64_t allowed = 0;
  int64_t turns = 0;  // asked for in the queue
};

/// Lives it to the end. Errors: the first promise that was broken.
Result<Tally> live(const Life& life);

}  // namespace tollgate::sim
