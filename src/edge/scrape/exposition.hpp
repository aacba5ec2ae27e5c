// What an exporter shows at /metrics, read into a batch: Prometheus' text format and OpenMetrics
// 1.0. Pure, all or nothing. Formats: prometheus.io "Exposition formats"; OpenMetrics 1.0.
#pragma once

#include "edge/intake/batch.hpp"
#include "foundation/base/time.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tollgate::scrape {

/// Bytes that one target may show; lines and labels have the limits of intake/batch.hpp.
inline constexpr size_t kExpositionBytesMax = 16 * 1024 * 1024;

enum class Form { prometheus_text, open_metrics };
/// By the Content-Type of an answer; Prometheus' text unless it says OpenMetrics.
Form form_of(std::string_view content_type);

/// One visit of one target.
struct Visit {
  std::span<const intake::Label> target_labels;  // job, instance, ...: win over the target's own
  Time time;                                     // of samples that name no time
  bool is_up = false;                            // the target answered, and its text could be read
  Form form = Form::prometheus_text;
  std::string_view text = {};  // empty if not up
};

/// The bytes of intake::Encoding::scrape: a line with labels, time and what is known of the target,
/// then its text.
std::string encode_visit(const Visit& visit);

/// Fills `batch` from encode_visit's bytes: one point for each sample and a gauge `up` (1 or 0) of
/// the target. Counters, and the buckets, counts and sums of histograms and summaries, are
/// cumulative; `_created` becomes the start_ms of its series. A label that a target label hides is
/// called exported_NAME. Exemplars are counted and left out. Errors: bad_request with the line,
/// too_large. An intake::Decode.
Result<void> decode_visit(std::string_view bytes, intake::Batch& batch);

}  // namespace tollgate::scrape
