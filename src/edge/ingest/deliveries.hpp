// Deployments from CSV files, for histories that no webhook told.
#pragma once

#include "domain/model/observation.hpp"

#include <vector>

namespace tollgate::ingest {

inline constexpr size_t kDeliveriesMax = 1'000'000;

/// One row a deployment, with a header; docs/DORA.md lists the columns. A row may bring an incident
/// and the commits that it ships along. Times are RFC 3339. Errors: bad_value with the line,
/// limit_exceeded.
Result<std::vector<model::Observation>> parse_deliveries(std::string_view text,
                                                         std::string_view file);

}  // namespace tollgate::ingest
