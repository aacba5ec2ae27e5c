// The catalogue of the API's addresses, one group a file, sorted by name.
#include "app/api/route.hpp"

#include <array>

namespace tollgate::api {

std::span<const std::span<const RouteDef>> all_routes() {
  static const std::array<std::span<const RouteDef>, 12> routes = {
      kDecisionsRoutes, kDoraRoutes,  kEvidenceRoutes, kGatesRoutes,   kHealthRoutes, kLedgerRoutes,
      kMetricsRoutes,   kPagesRoutes, kPolicyRoutes,   kSignalsRoutes, kSlosRoutes,   kStreamRoutes,
  };
  return routes;
}

}  // namespace tollgate::api
