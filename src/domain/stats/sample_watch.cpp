#include "domain/stats/sample_watch.hpp"

namespace tollgate::stats {

SampleTally& SampleTally::operator+=(const SampleTally& other) {
  offered += other.offered;
  kept += other.kept;
  good.weight += other.good.weight;
  good.squares += other.good.squares;
  bad.weight += other.bad.weight;
  bad.squares += other.bad.squares;
  return *this;
}

void SampleWatch::note(Time time, const SampleTally& tally) {
  if (time.ms < 0) return;
  const int64_t step = time.ms / kStep.ms;
  Slot& slot = slots_[static_cast<size_t>(step % kSteps)];
  if (slot.step > step) return;
  if (slot.step < step) slot = {.step = step};
  slot.tally += tally;
}

SampleTally SampleWatch::recent(Time now) const {
  const int64_t newest = now.ms / kStep.ms;
  SampleTally sum;
  for (const Slot& slot : slots_) {
    if (slot.step > newest - kSteps && slot.step <= newest) sum += slot.tally;
  }
  return sum;
}

}  // namespace tollgate::stats
