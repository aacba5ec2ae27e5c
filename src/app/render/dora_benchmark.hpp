// Delivery figures beside others: the nearest cluster of a published survey, and peers inside.
#pragma once

#include "domain/delivery/service_figures.hpp"
#include "domain/model/bundle.hpp"
#include "foundation/doc/node.hpp"

#include <cstdint>

namespace tollgate::render {

/// {year, source, FIGURE: {cluster, label, share_percent} or {cluster: null, reason}}: each figure
/// alone, never an average.
doc::Node benchmark_json(const delivery::ServiceFigures& figures, int64_t year);

/// Fewer comparable services or teams than this would tell who is who.
inline constexpr size_t kPeersMin = 5;

/// How many services of the same tier in the same environment do no better, figure by figure:
/// {kind: "services", tier, services, FIGURE: {of, not_better}}; a figure that fewer than kPeersMin
/// have is left out.
doc::Node service_peers_json(const delivery::KnownDeliveries& records, const model::Bundle& policy,
                             const delivery::Place& own, const delivery::RecordRules& rules);
/// The same of teams, by what their services did in `environments`: {kind: "teams", teams, ...}.
doc::Node team_peers_json(const delivery::KnownDeliveries& records, const model::Bundle& policy,
                          const std::string& team, const std::vector<std::string>& environments,
                          const delivery::RecordRules& rules);

}  // namespace tollgate::render
