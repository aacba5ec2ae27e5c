#include "engine/writer/merged_places.hpp"

#include <algorithm>

namespace tollgate::engine {

std::shared_ptr<const delivery::Place> MergedPlaces::get(
    const Name& name, const Revision& revision,
    const std::function<delivery::PlaceRecords()>& read) const {
  {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(name);
    if (found != kept_.end() && found->second.revision == revision) {
      found->second.asked = ++asked_;
      return found->second.place;
    }
  }
  const delivery::PlaceRecords records = read();
  auto place = std::make_shared<const delivery::Place>(delivery::merged(records));
  keep(name, {.revision = records.revision,
              .place = place,
              .size = records.parts.size() + place->incidents.size() + place->changes.size() + 1});
  return place;
}

void MergedPlaces::keep(const Name& name, Kept kept) const {
  const std::lock_guard lock(mutex_);
  kept.asked = ++asked_;
  Kept& slot = kept_[name];
  // Another reader may have merged a later state meanwhile.
  if (slot.place != nullptr && slot.revision > kept.revision) return;
  size_ += kept.size - slot.size;
  slot = std::move(kept);
  while (size_ > kMergedRecordsMax && kept_.size() > 1) {
    const auto stalest = std::min_element(
        kept_.begin(), kept_.end(),
        [](const auto& a, const auto& b) { return a.second.asked < b.second.asked; });
    size_ -= stalest->second.size;
    kept_.erase(stalest);
  }
}

}  // namespace tollgate::engine
