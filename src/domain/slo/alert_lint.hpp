// What is wrong or unwise about the alerts of a bundle that only evaluation knows: rule sets that
// can never fire at the SLO's target, and annotations that cannot be read.
#pragma once

#include "domain/model/lint.hpp"

#include <vector>

namespace tollgate::slo {

/// Errors for alert policies that cannot be judged; warnings for rule sets of which nothing can
/// fire, and for annotations tollgate.dev/... that mean nothing on an SLO; infos for rule sets of
/// which a part can never fire. In the bundle's order.
std::vector<model::Finding> lint_alerts(const model::Bundle& bundle);

}  // namespace tollgate::slo
