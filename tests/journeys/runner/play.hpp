// Plays a journey in a world and says where the story and the program part.
#pragma once

#include "runner/journey.hpp"
#include "runner/world.hpp"

namespace tollgate::journeys {

/// Plays all steps. Errors: the first step whose expectation does not hold, with its line and what
/// came instead.
Result<void> play(const Journey& journey, World& world);

}  // namespace tollgate::journeys
