// From the SLO that a person wrote to the form that evaluation uses, for one environment.
#pragma once

#include "domain/model/bundle.hpp"
#include "domain/slo/objective.hpp"

namespace tollgate::slo {

/// An SLO as it holds in one environment.
struct Resolved {
  Objective objective;
  Indicator indicator;
};

/// The objective of `slo`, with the environment's own target if it names one; `environment` may be
/// null. Several objectives with SLIs of their own are a composite (composite.hpp); several over
/// one SLI are judged by the first. Parts without a DataSource count the cells of the SLO that has
/// the name of their SLI, if there is one, else those of the composite. Metrics with a DataSource
/// are asked for there; all others are counted into the cell store. Errors: bad_value for a window
/// or slice that cannot be evaluated.
Result<Resolved> resolve(const model::Bundle& bundle, const model::Slo& slo,
                         const model::Environment* environment);

/// Where the counts of an SLI come from; empty (the cell store) without a DataSource.
Indicator indicator_of(const model::Bundle& bundle, const model::Sli& sli);

}  // namespace tollgate::slo
