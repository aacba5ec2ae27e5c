// The records of deliveries as a source: release SLOs are counted from deployments, incidents and
// changes of the ledger.
#include "domain/delivery/sli.hpp"
#include "edge/sources/source.hpp"

#include <algorithm>

namespace tollgate::sources {
namespace {

/// The query of an SLI: whichever of its texts is given; a text for bad events counts the same.
std::string_view query_of(const slo::Indicator& indicator) {
  for (const std::string* text :
       {&indicator.good, &indicator.bad, &indicator.total, &indicator.raw}) {
    if (!text->empty()) return *text;
  }
  return {};
}

class DeliverySource : public engine::SignalSource {
 public:
  explicit DeliverySource(DeliveryFacts* facts) : facts_(facts) {}

  std::string_view name() const override { return "delivery"; }

  model::Reading read(const engine::ReadingRequest& request) override {
    model::Reading reading = start_reading(request, name());
    const auto sli = delivery::parse_sli(query_of(*request.indicator));
    if (!sli) {
      reading.error = sli.error().message;
      return reading;
    }
    if (request.objective->method != slo::BudgetingMethod::occurrences) {
      reading.error = "deliveries are counted as occurrences; slices of time have no meaning here";
      return reading;
    }
    if (facts_ == nullptr) {
      reading.error = "there are no records of deliveries here";
      return reading;
    }
    const auto records = facts_->as_of(request.as_of);
    if (!records) {
      reading.error = records.error().message;
      return reading;
    }
    count(**records, *sli, request, reading);
    return reading;
  }

 private:
  static void count(const delivery::KnownDeliveries& records, const delivery::Sli& sli,
                    const engine::ReadingRequest& request, model::Reading& reading) {
    const std::string& slo = request.objective->slo;
    const std::string service = slo.substr(0, slo.find('/'));
    delivery::Places places;
    for (const auto& name : records.places()) {
      const bool is_here = request.environment.empty() || name.environment == request.environment;
      if (name.service == service && is_here) places.push_back(records.place(name));
    }
    const delivery::SliCounts counts = delivery::count_sli(
        places, sli, {.from = request.span.from, .to = request.span.to, .now = request.as_of});
    reading.good = counts.good;
    reading.bad = counts.bad;
    reading.total = counts.good + counts.bad;
    reading.watermark = request.as_of;
    reading.completeness = {reading.total > 0 ? 1'000'000 : 0};
  }

  DeliveryFacts* facts_;
};

}  // namespace

const SourceKind kDeliverySource = {
    .type = "delivery",
    .title = "Deliveries that the ledger knows",
    .doc =
        "Good and bad deployments, changes, failures and roll-backs. Queries: change-failure-rate, "
        "rollback-success, rework; with a limit lead-time, gap, restore, detect, decide and "
        "roll-back, such as \"lead-time <= 2d\". docs/DORA.md has the definitions.",
    .make = [](const SourceConfig&, const Parts& parts) -> std::unique_ptr<engine::SignalSource> {
      return std::make_unique<DeliverySource>(parts.deliveries);
    },
    .knows_url = true};

}  // namespace tollgate::sources
