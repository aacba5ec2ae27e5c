// What the intake's receipt says as JSON, for the API and for local mode alike.
#pragma once

#include "edge/intake/service.hpp"
#include "foundation/doc/node.hpp"

namespace tollgate::api {

/// The answer to counters: {accepted, refused, too_far_ahead, duplicate, message?}.
doc::Node counters_json(const intake::Receipt& receipt);

}  // namespace tollgate::api
