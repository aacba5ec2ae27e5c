#include "edge/intake/source_status.hpp"

#include "foundation/doc/json.hpp"

#include <fmt/core.h>

#include <array>
#include <cstdlib>
#include <vector>

namespace tollgate::intake {
namespace {

/// Every number of a status that is kept, in the order in which they are written; new ones go to
/// the end.
std::array<int64_t*, 24> numbers_of(SourceStatus& s) {
  RouterCounts& c = s.counts;
  return {&s.requests,        &s.malformed,
          &s.duplicates,      &s.revised,
          &s.too_old,         &s.first_arrival.ms,
          &s.last_arrival.ms, &s.watermark.ms,
          &s.last_refused.ms, &s.ahead.ms,
          &s.arrivals.newest, &c.samples,
          &c.counted,         &c.events,
          &c.events_counted,  &c.stale,
          &c.resets,          &c.gaps,
          &c.repeats,         &c.late,
          &c.invalid,         &c.future,
          &c.refused,         &c.conflicts};
}

}  // namespace

std::string save_sources(const SourceStatuses& sources) {
  doc::Node list = doc::Node::array();
  for (const auto& [name, kept] : sources) {
    SourceStatus status = kept;
    doc::Node numbers = doc::Node::array();
    for (const int64_t* number : numbers_of(status)) numbers.push(std::to_string(*number));
    doc::Node row = doc::Node::array();
    row.push(name);
    row.push(status.last_refusal);
    row.push(fmt::format("{:016x}", status.arrivals.minutes));
    row.push(std::move(numbers));
    list.push(std::move(row));
  }
  return doc::compact_json(list);
}

bool load_sources(std::string_view bytes, SourceStatuses& sources) {
  sources.clear();
  if (bytes.empty()) return true;
  const Result<doc::Node> list = doc::parse_json(bytes);
  if (!list || !list->is_array()) return false;
  for (const doc::Node& row : list->items()) {
    const bool is_row = row.is_array() && row.items().size() == 4 && row.items()[0].is_text() &&
                        row.items()[1].is_text() && row.items()[2].is_text() &&
                        row.items()[3].is_array();
    if (!is_row) return false;
    SourceStatus status;
    status.source = row.items()[0].as_text();
    status.last_refusal = row.items()[1].as_text();
    status.arrivals.minutes = std::strtoull(row.items()[2].as_text().c_str(), nullptr, 16);
    const auto& written = row.items()[3].items();
    size_t i = 0;
    for (int64_t* number : numbers_of(status)) {
      if (i >= written.size()) break;  // of an earlier version
      if (!written[i].is_text()) return false;
      *number = std::strtoll(written[i++].as_text().c_str(), nullptr, 10);
    }
    sources[status.source] = std::move(status);
  }
  return true;
}

}  // namespace tollgate::intake
