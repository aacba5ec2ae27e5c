// From a delivery to observations: the one way in for the server and for `hook translate`.
#pragma once

#include "edge/webhooks/sender.hpp"

namespace tollgate::webhooks {

/// What `delivery` of `sender` says; each record carries sender, event, delivery and the digest of
/// the body as its origin, and fits what the ledger takes (texts for people are cut, identifiers
/// that are too long refuse the delivery).
/// Errors: bad_webhook for a body that is no JSON or lacks what its event must hold; too_large;
/// limit_exceeded.
Result<Translation> translate(const SenderDef& sender, const Delivery& delivery);

/// The wire form of an observation: its event type and its data.
std::string_view observation_type(const model::Observation& observation);
doc::Node observation_json(const model::Observation& observation);
/// The origin inside an observation.
model::Origin& origin_of(model::Observation& observation);

}  // namespace tollgate::webhooks
