#include "edge/cells/resident.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::cells {
namespace {

/// The squares of one addition as whole numbers; beyond the largest count they stay there.
int64_t whole(double squares) {
  constexpr double kMost = 1e15;
  return std::llround(std::clamp(squares, -kMost, kMost));
}

}  // namespace

void Resident::prefetch(Depth depth) const {
  constexpr size_t kLine = 64;
  switch (depth) {
    case Depth::self: {
      const auto* const end = reinterpret_cast<const char*>(this + 1);
      for (auto at = reinterpret_cast<const char*>(&id); at < end; at += kLine)
        __builtin_prefetch(at);
      break;
    }
    case Depth::lists:
      __builtin_prefetch(marks.data());
      __builtin_prefetch(dirty_hours[0].data());
      cells.prefetch_last_hour();
      break;
    case Depth::cells:
      cells.prefetch_last_cell();
      break;
  }
}

void Resident::mark(uint32_t source, Time time) {
  newest = std::max(newest, time);
  for (Mark& each : marks) {
    if (each.source != source) continue;
    if (time <= each.time) return;
    each.time = time;
    each.is_dirty = true;
    return;
  }
  marks.push_back({source, true, time});
}

Time Resident::mark_of(uint32_t source) const {
  for (const Mark& each : marks) {
    if (each.source == source) return each.time;
  }
  return {};
}

void Resident::note_revision(uint32_t source, Time cell) {
  for (RevisionNote& note : revisions) {
    if (note.source != source) continue;
    ++note.count;
    note.oldest = std::min(note.oldest, cell);
    note.last = newest;
    note.is_dirty = true;
    return;
  }
  revisions.push_back(
      {.source = source, .is_dirty = true, .count = 1, .oldest = cell, .last = newest});
}

void Resident::note_dirty(HourTable table, int64_t hour) {
  std::vector<int64_t>& hours = dirty_hours[static_cast<size_t>(table)];
  if (!hours.empty() && hours.back() == hour) return;
  if (std::find(hours.begin(), hours.end(), hour) == hours.end()) hours.push_back(hour);
}

void Resident::add(const Addition& addition, uint32_t source, const FindEdges& edges,
                   Pushed& pushed) {
  const Time cell{addition.slot * slo::kCellLength.ms};
  if (addition.good != 0 || addition.bad != 0) {
    if (cell < newest - retention.all) {
      ++pushed.too_old;
      return;
    }
    const int64_t hour = addition.slot / slo::kCellsPerHour;
    if (!cells.add_part(cell, {addition.good, addition.bad})) {
      ++pushed.refused;
      return;
    }
    note_dirty(HourTable::cells, hour);
    if (cell + slo::kCellLength + CellStore::kRevisedAfter <= newest) {
      ++pushed.revised;
      note_revision(source, cell);
    }
    if (hour > retained_hour) retain(hour, edges);
  }
  mark(source, Time{addition.seen_ms});
}

void Resident::add(const WeightAddition& addition) {
  if (squares == nullptr) squares = std::make_unique<slo::CellSeries>();
  const Time cell{addition.slot * slo::kCellLength.ms};
  (void)squares->add_part(cell, {whole(addition.good_squares), whole(addition.bad_squares)});
  note_dirty(HourTable::squares, addition.slot / slo::kCellsPerHour);
}

void Resident::add(const LatencyAddition& addition) {
  if (latencies == nullptr) latencies = std::make_unique<slo::LatencyCells>();
  const Time time{addition.time_ms};
  const bool is_added = addition.bucket
                            ? latencies->add_bucket(time, addition.bucket->scale,
                                                    addition.bucket->index, addition.count)
                            : latencies->add(time, addition.seconds, addition.count);
  if (is_added) note_dirty(HourTable::latencies, addition.time_ms / hours(1).ms);
}

void Resident::retain(int64_t hour, const FindEdges& find_edges) {
  retained_hour = hour;
  slo::FindEdges edges;
  if (find_edges) edges = [&](const slo::Span& span) { return find_edges(key, span); };
  const Time now = Time{0} + hours(hour);
  for (const int64_t each : slo::retain(cells, now, retention, edges))
    note_dirty(HourTable::cells, each);
  if (squares != nullptr) {
    for (const int64_t each : slo::retain(*squares, now, retention, edges))
      note_dirty(HourTable::squares, each);
  }
  if (latencies != nullptr) {
    for (const int64_t each : latencies->retain(now)) note_dirty(HourTable::latencies, each);
  }
}

void Resident::collect(const SourceNames& sources, Rows& rows) {
  if (!is_stored) rows.series.push_back({id, key, is_live});
  is_stored = true;
  for (const int64_t hour : dirty_hours[0])
    rows.hours.push_back({HourTable::cells, id, hour, cells.copy_hour(hour)});
  for (const int64_t hour : dirty_hours[1])
    rows.hours.push_back({HourTable::squares, id, hour, squares->copy_hour(hour)});
  for (const int64_t hour : dirty_hours[2])
    rows.hours.push_back({HourTable::latencies, id, hour, {}, latencies->hour_bytes(hour)});
  for (std::vector<int64_t>& hours : dirty_hours) hours.clear();
  for (Mark& each : marks) {
    if (each.is_dirty) rows.watermarks.push_back({id, sources[each.source], each.time});
    each.is_dirty = false;
  }
  for (RevisionNote& note : revisions) {
    if (note.is_dirty)
      rows.revisions.push_back({id, sources[note.source], note.count, note.oldest, note.last});
    note.is_dirty = false;
  }
}

void Resident::mark_all_dirty() {
  is_stored = false;  // writing the row again is harmless
  for (Mark& each : marks) each.is_dirty = true;
  for (RevisionNote& note : revisions) note.is_dirty = true;
}

size_t Resident::memory_bytes() const {
  size_t sum = cells.memory_bytes();
  if (squares != nullptr) sum += squares->memory_bytes();
  if (latencies != nullptr) sum += latencies->memory_bytes();
  return sum;
}

}  // namespace tollgate::cells
