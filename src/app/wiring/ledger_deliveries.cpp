#include "app/wiring/ledger_deliveries.hpp"

#include "foundation/base/codes.hpp"

namespace tollgate::wiring {

namespace {

/// Whether it tells of a delivery, or of what let one begin.
bool concerns_deliveries(const model::Event& event) {
  return std::holds_alternative<model::DeploymentObserved>(event.data) ||
         std::holds_alternative<model::IncidentObserved>(event.data) ||
         std::holds_alternative<model::ChangeObserved>(event.data) ||
         std::holds_alternative<model::VerdictGiven>(event.data);
}

}  // namespace

Result<std::shared_ptr<const delivery::KnownDeliveries>> LedgerDeliveries::as_of(Time time) {
  if (engine_ == nullptr) return fail(codes::no_data, "the ledger is not open yet");
  const engine::Views& views = engine_->views();
  const bool is_all_known = time >= views.newest_observation();
  if (is_all_known || time + kNow >= engine_->now()) {
    // The views outlive every question.
    return std::shared_ptr<const delivery::KnownDeliveries>(
        std::shared_ptr<const delivery::KnownDeliveries>(), &views);
  }
  const std::lock_guard lock(mutex_);
  if (!records_ || time < last_) {  // a question about the past begins anew
    records_ = std::make_shared<delivery::DeliveryRecords>();
    size_ = 0;
    last_ = {};
  }
  TOLLGATE_CHECK(catch_up(time));
  return std::shared_ptr<const delivery::KnownDeliveries>(records_);
}

Result<void> LedgerDeliveries::catch_up(Time time) {
  const int64_t end = engine_->views().size();
  bool is_later = false;
  const auto visit = [&](const engine::StoredLeaf& leaf) -> Result<void> {
    if (is_later) return {};
    TOLLGATE_TRY(const model::Event event,
                 model::decode_event(leaf.leaf, model::EventParts::outline));
    is_later = event.time > time;
    if (is_later) return {};
    last_ = event.time;
    size_ = event.position + 1;
    if (!concerns_deliveries(event)) return {};
    // Readers keep the one they found.
    if (records_.use_count() > 1) records_ = std::make_shared<delivery::DeliveryRecords>(*records_);
    records_->take(event);
    return {};
  };
  return engine_->ledger().read(size_, end - size_, visit);
}

}  // namespace tollgate::wiring
