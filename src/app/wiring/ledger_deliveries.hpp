// The ledger's records of deliveries for the signal source: the engine's own fold for questions of
// now, a fold of the ledger for questions about the past.
#pragma once

#include "edge/sources/source.hpp"
#include "engine/engine.hpp"

#include <mutex>

namespace tollgate::wiring {

/// Safe from any thread; one at a time folds a past.
class LedgerDeliveries : public sources::DeliveryFacts {
 public:
  /// A question about a moment so short ago sees what was recorded since, too: a gate is asked,
  /// and while its readings are fetched another deployment ends.
  static constexpr Duration kNow = minutes(1);

  /// Set once, before the first question.
  void follow(const engine::Engine& engine) { engine_ = &engine; }

  Result<std::shared_ptr<const delivery::KnownDeliveries>> as_of(Time time) override;

 private:
  Result<void> catch_up(Time time);

  const engine::Engine* engine_ = nullptr;
  std::mutex mutex_;
  // The past that was asked about last; all guarded by mutex_.
  std::shared_ptr<delivery::DeliveryRecords> records_;
  int64_t size_ = 0;  // positions folded
  Time last_;         // time of the last one
};

}  // namespace tollgate::wiring
