// The catalogue of the API's addresses, one group a file, sorted by name.
#include "app/api/route.hpp"

#include <array>

namespace tollgate::api {

std::span<const std::span<const RouteDef>> all_routes() {
  static const std::array<std::span<const RouteDef>, 25> routes = {
      kAlertsRoutes,     kAuditsRoutes,     kBackfillRoutes, kCalendarRoutes, kDecisionsRoutes,
      kDeliveriesRoutes, kDoraRoutes,       kEvidenceRoutes, kGatesRoutes,    kHealthRoutes,
      kHooksRoutes,      kIntakeRoutes,     kLatencyRoutes,  kLedgerRoutes,   kMetricsRoutes,
      kOtlpGrpcRoutes,   kOtlpRoutes,       kPagesRoutes,    kPolicyRoutes,   kQueuesRoutes,
      kSignalsRoutes,    kSloLatencyRoutes, kSlosRoutes,     kSourcesRoutes,  kStreamRoutes,
  };
  return routes;
}

}  // namespace tollgate::api
