// The ledger's records of deliveries for the signal source, folded as the ledger grows.
#pragma once

#include "edge/sources/source.hpp"
#include "engine/engine.hpp"

#include <mutex>

namespace tollgate::wiring {

/// Safe from any thread; one at a time folds.
class LedgerDeliveries : public sources::DeliveryFacts {
 public:
  /// Set once, before the first question.
  void follow(const engine::Engine& engine) { engine_ = &engine; }

  Result<std::shared_ptr<const delivery::DeliveryRecords>> as_of(Time time) override;

 private:
  Result<void> catch_up(Time time);

  const engine::Engine* engine_ = nullptr;
  std::mutex mutex_;
  // All below: guarded by mutex_.
  std::shared_ptr<delivery::DeliveryRecords> records_;
  int64_t size_ = 0;  // positions folded
  Time last_;         // time of the last one
};

}  // namespace tollgate::wiring
