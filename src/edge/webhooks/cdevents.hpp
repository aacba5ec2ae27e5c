// CDEvents inside or outside of CloudEvents.
#pragma once

#include "edge/webhooks/sender.hpp"

namespace tollgate::webhooks {

/// True if `node` is a CDEvent: an object with context and subject.
bool is_cdevent(const doc::Node& node);
/// What one CDEvent says; nothing for those that say nothing about deliveries.
/// Errors: bad_webhook for a context or subject that is not whole.
Result<Translation> translate_cdevent(const doc::Node& event);

/// CloudEvents in all three modes (binary, structured, batched) and bare CDEvents.
Result<Translation> translate_cloud_events(const Delivery& delivery, const doc::Node& body);
/// The type and identity of a delivery of either form.
std::string cloud_event_type(const Delivery& delivery, const doc::Node& body);
std::string cloud_event_id(const Delivery& delivery, const doc::Node& body);

}  // namespace tollgate::webhooks
