// Facts that somebody with a Tollgate token tells: `tollgate record deployment` and POST
// /v1/observations.
#pragma once

#include "edge/webhooks/sender.hpp"

namespace tollgate::webhooks {

/// The observation in {"type": "deployment.observed", ...}: strict about names, lenient about what
/// can be filled in: `at` (now), `id` of a deployment (its version, else its commit) and of a
/// change (its version, else its commit). The type may be short: "deployment".
/// Errors: unknown_name for the type; missing_field, bad_value and the like, with the field.
Result<model::Observation> read_told(const doc::Node& body, Time now);

}  // namespace tollgate::webhooks
