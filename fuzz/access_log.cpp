// Any bytes through every log format and classifier, and through the readers of stored cells and
// PromQL answers.
#include "edge/cells/cell_codec.hpp"
#include "edge/ingest/ingest.hpp"
#include "edge/sources/promql.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace tollgate;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static const auto plain = ingest::parse_classifier().value();
  static const auto slow = ingest::parse_classifier("5xx,429", milliseconds(300)).value();
  for (const auto format : {ingest::Format::common, ingest::Format::combined, ingest::Format::json,
                            ingest::Format::csv}) {
    for (const auto* classifier : {&plain, &slow}) {
      const ingest::Summary summary = ingest::ingest_bytes(text, format, *classifier).summary;
      if (summary.accepted + summary.rejected != summary.lines) __builtin_trap();
    }
  }
  (void)cells::decode_cells(7, text);
  (void)sources::parse_answer(text);
  (void)sources::expand_query(text, days(30));
  return 0;
}
