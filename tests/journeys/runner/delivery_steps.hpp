// Steps of journeys about delivery figures and the days of a calendar:
//   dora [service S] [environment E] [team T] [year Y] [by PERIOD] [zone Z] => PATH VALUE ...
//   recommend SERVICE "FIGURE" in ENVIRONMENT => PATH VALUE ...
//   days ENVIRONMENT DATE [zone Z] => open|part|closed ["words"] ...
// PATH names a member of the answer, such as all.rework.rate or places.0.service; VALUE is JSON, or
// "words" that it contains.
#pragma once

#include "runner/journey.hpp"
#include "runner/world.hpp"

namespace tollgate::journeys {

Result<void> dora_step(World& world, const Step& step);
Result<void> recommend_step(World& world, const Step& step);
Result<void> days_step(World& world, const Step& step);

}  // namespace tollgate::journeys
