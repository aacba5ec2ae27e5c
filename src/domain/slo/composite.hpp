// Composite SLOs: several objectives, each with an SLI of its own, as one. Pure. Source of the
// meaning: OpenSLO specification, "composite SLO".
//
// Occurrences      burns at the sum of the parts' burn rates, each times its weight
// Timeslices       a slice is bad if it is bad in any part; weights do not count
// RatioTimeslices  a slice's ratio is 1 minus the sum of weight times (1 - ratio) over the parts
#pragma once

#include "domain/model/reading.hpp"
#include "domain/slo/objective.hpp"

#include <span>

namespace tollgate::slo {

/// Slices that are asked for one by one for composite time slices at the most.
inline constexpr int64_t kCompositeSlicesMax = 50'000;

/// The target that a composite of occurrences is judged by: 1 minus the mean of what the parts
/// allow, so that burn rate 1 means the same as for a plain SLO.
Ppm composite_target(std::span<const ObjectivePart> parts);

/// A part as an objective of its own.
Objective part_objective(const Objective& whole, const ObjectivePart& part);

/// The readings of the parts, in order, over one span, as one reading of `whole`. Occurrences: the
/// events of all parts, of which so many are bad as the burn rates come to, rounded up, with
/// squared weights where an event of a part counts more than once, or was sampled. Time slices:
/// each reading is of one slice or of all (RatioTimeslices). A part that failed fails the whole;
/// the watermark is the earliest, completeness the least.
model::Reading combine(const Objective& whole, std::span<const model::Reading> parts);

/// Adds the slices of `more` to those of `sum`.
void add_slices(model::Slices& sum, const model::Slices& more);

}  // namespace tollgate::slo
