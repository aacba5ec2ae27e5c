// The parameters of the query that each address knows, as openapi.yaml describes them. A parameter
// that nobody reads would be a question about something else, answered without a word.
#pragma once

#include "app/api/route.hpp"

namespace tollgate::api {

/// Errors: bad_request for a parameter that openapi.yaml does not name at this address, with the
/// nearest that it does. Addresses outside /v1, those that are open to everybody (webhooks: what
/// stands there is the sender's) and those of protocols that others made take any. Safe from any
/// thread.
Result<void> check_parameters(const RouteDef& route, std::string_view query);

}  // namespace tollgate::api
