// A target proposed for a delivery figure from its history and from what failures cost, with the
// arithmetic shown.
#pragma once

#include "domain/delivery/sli.hpp"
#include "domain/model/bundle.hpp"
#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::render {

struct RecommendQuery {
  std::string service = {};
  std::string environment = {};  // empty: all
  std::string figure = {};       // "lead-time <= 2d"
  Duration window = days(90);    // history that is looked at, and window of the proposed SLO
};

/// Fewer events carry no proposal.
inline constexpr int64_t kRecommendEventsMin = 10;

/// {service, figure, window, events, bad, observed, interval, target or null, reason, allowed_bad,
/// impact: {...} or null, arithmetic: [sentences], slo: the resource to apply}. The target is the
/// lower end of the history's 95 % interval, rounded down to half a percent: what was kept so far
/// can be promised. Errors: unknown_service, those of parse_sli.
Result<doc::Node> recommend_json(const delivery::KnownDeliveries& records,
                                 const model::Bundle& policy, const RecommendQuery& query,
                                 Time now);
Result<doc::Node> recommend_json(const engine::Engine& engine, const RecommendQuery& query);

std::string recommend_text(const doc::Node& answer);

}  // namespace tollgate::render
