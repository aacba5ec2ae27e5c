// Events as a journal keeps them when not all of a request's events were kept: the form that
// Encoding::events names. What came whole stands there as it came.
#pragma once

#include "edge/intake/batch.hpp"

#include <string>
#include <string_view>

namespace tollgate::intake {

/// About how many bytes of the journal an event takes.
int64_t journal_bytes(const Batch& batch, const Event& event);

/// The events of the batch with their spans; nothing else of it.
std::string encode_events(const Batch& batch);

/// Fills Batch::events, spans and labels. Errors: bad_request for bytes that encode_events did not
/// write, too_large.
Result<void> decode_events(std::string_view bytes, Batch& batch);

}  // namespace tollgate::intake
