// How many requests each service of the demo world gets, and how many of them fail. Pure, a
// function of time.
#pragma once

#include "app/demo/world.hpp"
#include "domain/slo/cells.hpp"

namespace tollgate::demo {

/// One cell of traffic is this long.
inline constexpr Duration kStep = minutes(1);

/// The traffic of [from, to) in whole steps. `end` is the end of the story: incidents count back
/// from it.
slo::CellSeries traffic(const ServiceFact& service, std::string_view environment, Time from,
                        Time to, Time end);

}  // namespace tollgate::demo
