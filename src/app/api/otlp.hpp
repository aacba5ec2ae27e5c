// OpenTelemetry's answers from the intake's receipts, for the API and for local mode alike.
#pragma once

#include "edge/intake/service.hpp"
#include "edge/otlp/otlp.hpp"

#include <string>

namespace tollgate::api {

/// ExportMetricsServiceResponse or its siblings: with a partial success if something was left out.
std::string otlp_answer(otlp::Signal signal, bool is_json, const intake::Receipt& receipt);

}  // namespace tollgate::api
