// Any text as the form of an access log, and any bytes as its lines; then the same lines through
// the counter of lines. The first line of the input is the form.
#include "edge/follow/follower.hpp"
#include "edge/intake/counters_json.hpp"
#include "foundation/base/assert.hpp"

namespace {

using namespace tollgate;

std::vector<intake::RouteSpec> rows() {
  intake::RouteSpec total{.slo = "shop/ok", .kind = intake::RouteKind::events};
  total.query = "{source=\"log\"}";
  total.signal = "lines";
  intake::RouteSpec good = total;
  good.role = intake::Role::good;
  good.bad = {"5xx"};
  good.slower_than = milliseconds(300);
  total.group = "path";
  return {good, total};
}

void read_lines(ingest::LogFormat& format, std::string_view lines) {
  std::vector<std::string_view> values(format.fields().size());
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    ingest::LineHead head;
    if (format.read(line, head, values).empty()) {
      for (const std::string_view value : values) {
        ASSERT(value.empty() || (value.data() >= line.data() &&
                                 value.data() + value.size() <= line.data() + line.size()));
      }
    }
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view form = text.substr(0, end);
  const std::string_view lines = text.substr(std::min(end + 1, text.size()));
  if (auto format = ingest::LogFormat::parse(form)) read_lines(*format, lines);
  auto format = follow::parse_line_format(form);
  if (!format) return 0;
  follow::LineCounter counter("log", std::move(*format), rows());
  const size_t taken = counter.take(lines);
  ASSERT(taken <= lines.size());
  ASSERT(counter.totals().counted <= counter.totals().lines);
  const std::vector<follow::Count> counts = counter.take_counts();
  if (counts.empty()) return 0;
  // What is handed over must be what the intake reads.
  const std::string body =
      intake::counters_envelope(follow::counters_body(counts), "key", 1'700'000'000'000);
  intake::Batch batch;
  const Result<void> read = intake::decode_counters(body, batch);
  ASSERT(read.has_value());
  ASSERT(batch.increments.size() == counts.size());
  return 0;
}
