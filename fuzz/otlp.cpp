// Any bytes as OTLP of every signal, in both encodings, plain or compressed.
#include "edge/otlp/otlp.hpp"

#include "edge/otlp/gzip.hpp"

namespace {

using namespace tollgate;

void check(Result<void> (*decode)(std::string_view, intake::Batch&), std::string_view body) {
  static intake::Batch batch;
  batch.clear();
  if (!decode(body, batch)) return;
  for (const intake::Point& point : batch.points) {
    if (point.first_label >= batch.raw_labels.size()) __builtin_trap();
    (void)batch.read_labels(batch.raw_labels[point.first_label], batch);
  }
  for (const intake::Event& event : batch.events) {
    if (event.first_label + event.label_count > batch.labels.size()) __builtin_trap();
    if (event.span >= static_cast<int32_t>(batch.spans.size())) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check(otlp::decode_metrics, text);
  check(otlp::decode_logs, text);
  check(otlp::decode_traces, text);
  check(otlp::decode_metrics_json, text);
  check(otlp::decode_logs_json, text);
  check(otlp::decode_traces_json, text);
  return 0;
}
