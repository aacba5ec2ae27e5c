// Any bytes as measured values and as labelled incidents: what is read is sorted, finite where it
// is counted, and each point is one event.
#include "edge/ingest/points.hpp"

#include "foundation/base/assert.hpp"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace tollgate;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const size_t line = std::min(text.find('\n'), text.size());
  for (const std::string_view body : {text, text.substr(std::min(line + 1, text.size()))}) {
    for (const std::string_view column : {std::string_view(), text.substr(0, line)}) {
      const auto points = ingest::read_points(body, std::string(column));
      if (!points) continue;
      ASSERT(!points->empty());
      ASSERT(std::is_sorted(points->begin(), points->end(),
                            [](const auto& a, const auto& b) { return a.time < b.time; }));
      const ingest::Bounds bounds = ingest::learn_bounds(*points, 0.15);
      const slo::CellSeries cells = ingest::count_points(*points, bounds);
      ASSERT(cells.total().total() <= static_cast<int64_t>(points->size()));
      for (const slo::Span& span : ingest::labelled_spans(*points)) ASSERT(span.from <= span.to);
    }
  }
  (void)ingest::read_incidents(text, "a/realKnownCause/machine.csv");
  return 0;
}
