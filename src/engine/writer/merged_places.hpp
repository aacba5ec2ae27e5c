// Deployments of places as they were merged last, kept until something about the place changes.
// Merging takes no lock that the writer needs. Safe from any thread.
#pragma once

#include "domain/delivery/records.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace tollgate::engine {

/// Deployments, incidents and changes that are kept merged; beyond that the places that nobody has
/// asked for longest are merged anew.
inline constexpr size_t kMergedRecordsMax = 200'000;

class MergedPlaces {
 public:
  using Name = delivery::DeploymentBook::Place;
  using Revision = delivery::PlaceRevision;

  /// The place as of `revision`; `read` is asked for its records if it is not at hand.
  std::shared_ptr<const delivery::Place> get(
      const Name& name, const Revision& revision,
      const std::function<delivery::PlaceRecords()>& read) const;

 private:
  struct Kept {
    Revision revision;
    std::shared_ptr<const delivery::Place> place;
    size_t size = 0;
    int64_t asked = 0;
  };

  void keep(const Name& name, Kept kept) const;

  mutable std::mutex mutex_;
  // All below: guarded by mutex_.
  mutable std::map<Name, Kept> kept_;
  mutable size_t size_ = 0;
  mutable int64_t asked_ = 0;
};

}  // namespace tollgate::engine
