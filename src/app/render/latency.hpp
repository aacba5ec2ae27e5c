// How latency changed between releases, as JSON and in words.
#pragma once

#include "app/render/output.hpp"
#include "domain/stats/exponential_histogram.hpp"
#include "edge/spans/span_book.hpp"
#include "foundation/doc/node.hpp"

#include <string>
#include <vector>

namespace tollgate::render {

doc::Node latency_json(const spans::CompareAnswer& answer);
doc::Node operations_json(const std::string& service,
                          const std::vector<spans::OperationLatency>& operations,
                          const std::vector<traces::LatencyBook::Version>& versions);
/// How long the events of an SLO took within a span: quantiles between two bounds.
doc::Node slo_latency_json(const std::string& slo, const slo::Span& span,
                           const stats::ExponentialHistogram& latencies);
// From the JSON, so that a server's answer reads the same.
std::string operations_words(const doc::Node& answer, const Palette& palette);
std::string slo_latency_words(const doc::Node& answer, const Palette& palette);
std::string latency_words(const doc::Node& answer, const Palette& palette);

}  // namespace tollgate::render
