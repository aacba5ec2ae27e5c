// OTLP/JSON as the protobuf bytes that say the same, so that both forms have one decoder.
// Source: opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding": identifiers in hexadecimal,
// 64-bit integers as texts, enumerations as numbers, names in lowerCamelCase; unknown ones are
// ignored.
#pragma once

#include "edge/otlp/otlp.hpp"
#include "foundation/base/error.hpp"

#include <string>
#include <string_view>

namespace tollgate::otlp {

/// Puts the message that a JSON body stands for into `out`; fields that count nowhere are left out.
/// Errors: those of parse_json; bad_request with the path of a value of the wrong type.
Result<void> protobuf_of_json(Signal signal, std::string_view body, std::string& out);

}  // namespace tollgate::otlp
