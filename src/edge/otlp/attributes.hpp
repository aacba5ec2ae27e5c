// Attributes of the OpenTelemetry protocol as labels, and the names that metrics get in the manner
// of Prometheus. Pure but for the batch's memory.
#pragma once

#include "edge/intake/batch.hpp"

#include <string>
#include <string_view>

namespace tollgate::otlp {

/// The label that a message KeyValue makes: texts as they are, numbers and booleans written out.
/// Lists, maps and bytes have no label: the value is empty then. Errors: bad_request.
Result<intake::Label> read_attribute(std::string_view key_value, intake::Batch& batch);
/// The text of a message AnyValue, empty as above. Errors: bad_request.
Result<std::string_view> read_value(std::string_view any_value, intake::Batch& batch);

/// What makes the name of a metric besides its own.
enum class MetricForm : uint8_t { gauge, counter, other };

/// "http.server.request.duration" in "s" as "http_server_request_duration_seconds"; a counter ends
/// in _total, a gauge of unit 1 in _ratio. Source: OpenTelemetry "Prometheus and OpenMetrics
/// Compatibility".
std::string metric_name(std::string_view name, std::string_view unit, MetricForm form);
/// "http.route" as "http_route".
std::string label_name(std::string_view attribute);

/// bad_request, with what is malformed.
tl::unexpected<Error> malformed(std::string_view what);

}  // namespace tollgate::otlp
