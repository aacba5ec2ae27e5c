#include "domain/traces/latency_book.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/time.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tollgate::traces {
namespace {

constexpr uint8_t kFormat = 1;

int64_t slot_of(int64_t time_us) {
  const int64_t length_us = kSlotLength.ms * 1000;
  return time_us / length_us * kSlotLength.ms;
}

bool matches(std::string_view wanted, std::string_view text) {
  return wanted.empty() || wanted == text;
}

bool matches(const LatencyBook::Selection& selection, const Place& place) {
  return place.service == selection.service && matches(selection.version, place.version) &&
         matches(selection.track, place.track) && matches(selection.environment, place.environment);
}

template <class T>
void put_raw(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
void put_text(std::string& out, std::string_view text) {
  put_raw(out, static_cast<uint32_t>(text.size()));
  out += text;
}
void put_place(std::string& out, const Place& place) {
  for (const std::string* text : {&place.service, &place.environment, &place.track, &place.version})
    put_text(out, *text);
}
void put_operation(std::string& out, const Operation& operation) {
  put_text(out, operation.service);
  put_text(out, operation.name);
}
void put_cell(std::string& out, const DurationCell& cell) {
  put_raw(out, cell.all);
  put_raw(out, cell.errors);
  stats::append_histogram(cell.durations, out);
}

/// Reads what the functions above wrote; is_ok turns false at the first byte that is missing.
struct SlotReader {
  std::string_view bytes;
  bool is_ok = true;

  template <class T>
  T raw() {
    T value{};
    if (bytes.size() < sizeof(T)) {
      is_ok = false;
      return value;
    }
    std::memcpy(&value, bytes.data(), sizeof(T));
    bytes.remove_prefix(sizeof(T));
    return value;
  }
  std::string_view text() {
    const auto size = raw<uint32_t>();
    if (size > bytes.size()) is_ok = false;
    if (!is_ok) return {};
    const std::string_view text = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return text;
  }
  uint32_t place(Names& names) {
    const std::string_view service = text(), environment = text(), track = text();
    return names.place(service, environment, track, text());
  }
  uint32_t operation(Names& names) {
    const std::string_view service = text();
    return names.operation(service, text());
  }
  DurationCell cell() {
    DurationCell cell;
    cell.all = raw<stats::WeightSums>();
    cell.errors = raw<stats::WeightSums>();
    auto histogram = stats::take_histogram(bytes);
    if (histogram) cell.durations = std::move(*histogram);
    is_ok = is_ok && histogram.has_value();
    return cell;
  }
};

void merge(stats::WeightSums& into, const stats::WeightSums& other) {
  into.weight += other.weight;
  into.squares += other.squares;
}

}  // namespace

void DurationCell::add(int64_t duration_us, double weight, bool is_error) {
  all.add(weight);
  if (is_error) errors.add(weight);
  const auto count = static_cast<int64_t>(weight * kWeightUnit + 0.5);
  (void)durations.add(static_cast<double>(duration_us), std::max<int64_t>(count, 1));
}

void DurationCell::merge(const DurationCell& other) {
  durations.merge(other.durations);
  traces::merge(all, other.all);
  traces::merge(errors, other.errors);
}

void VisitCell::add(const Visit& visit) {
  const double weight = visit.entry.weight;
  visits.add(visit.entry.duration_us, weight, visit.entry.is_error);
  duration_us.add(static_cast<double>(visit.entry.duration_us), weight);
  spans.add(visit.spans, weight);
  for (const Part& part : visit.parts) {
    PartCell& cell = parts[part.operation];
    cell.calls += part.calls * weight;
    cell.own_us.add(static_cast<double>(part.own_us), weight);
  }
}

void VisitCell::merge(const VisitCell& other) {
  visits.merge(other.visits);
  duration_us.merge(other.duration_us);
  spans.merge(other.spans);
  for (const auto& [operation, part] : other.parts) {
    PartCell& cell = parts[operation];
    cell.calls += part.calls;
    cell.own_us.merge(part.own_us);
  }
}

TraceCounts& TraceCounts::operator+=(const TraceCounts& other) {
  spans += other.spans;
  traces += other.traces;
  rootless += other.rootless;
  orphans += other.orphans;
  late += other.late;
  skewed += other.skewed;
  shed += other.shed;
  return *this;
}

Slot& LatencyBook::slot_at(int64_t time_us) {
  const int64_t start = slot_of(time_us);
  if (!slots_.contains(start)) {
    slots_[start];
    forget_old();
  }
  changed_[start] = true;
  return slots_[start];
}

void LatencyBook::forget_old() {
  const int64_t newest = slots_.rbegin()->first;
  while (slots_.size() > 1 &&
         (slots_.begin()->first < newest - kSlotsKept.ms || cell_count_ > kCellsMax)) {
    cell_count_ -= slots_.begin()->second.cell_count();
    changed_[slots_.begin()->first] = true;
    slots_.erase(slots_.begin());
  }
}

void LatencyBook::add_operation(const Span& span) {
  Slot& slot = slot_at(span.start_us + span.duration_us);
  const auto [cell, is_new] = slot.operations.try_emplace({span.place, span.operation});
  if (is_new) ++cell_count_;
  cell->second.add(span.duration_us, span.weight, span.is_error);
}

void LatencyBook::add_visit(const Visit& visit) {
  Slot& slot = slot_at(visit.entry.start_us + visit.entry.duration_us);
  const auto [cell, is_new] = slot.visits.try_emplace({visit.entry.place, visit.entry.operation});
  if (is_new) ++cell_count_;
  cell->second.add(visit);
}

template <class Visitor>
void LatencyBook::for_each_slot(const slo::Span& span, const Visitor& visitor) const {
  const bool is_all = span.to.ms <= span.from.ms;
  for (const auto& [start, slot] : slots_) {
    if (is_all || (start + kSlotLength.ms > span.from.ms && start < span.to.ms))
      visitor(start, slot);
  }
}

VisitCell LatencyBook::visits(const Selection& selection) const {
  VisitCell sum;
  for_each_slot(selection.span, [&](int64_t, const Slot& slot) {
    for (const auto& [key, cell] : slot.visits) {
      if (matches(selection, names_.place(key.first)) &&
          matches(selection.operation, names_.operation(key.second).name))
        sum.merge(cell);
    }
  });
  return sum;
}

std::map<uint32_t, DurationCell> LatencyBook::operations(const Selection& selection) const {
  std::map<uint32_t, DurationCell> sums;
  for_each_slot(selection.span, [&](int64_t, const Slot& slot) {
    for (const auto& [key, cell] : slot.operations) {
      if (matches(selection, names_.place(key.first)) &&
          matches(selection.operation, names_.operation(key.second).name))
        sums[key.second].merge(cell);
    }
  });
  return sums;
}

std::vector<LatencyBook::Version> LatencyBook::versions(std::string_view service) const {
  std::map<std::string, Version> found;
  for_each_slot({}, [&](int64_t start, const Slot& slot) {
    for (const auto& [key, cell] : slot.visits) {
      const Place& place = names_.place(key.first);
      if (place.service != service) continue;
      const auto [at, is_new] = found.try_emplace(place.version);
      Version& version = at->second;
      if (is_new) version = {.version = place.version, .first = {start}, .last = {}, .visits = 0};
      version.last = Time{start} + kSlotLength;
      version.visits += cell.visits.all.weight;
    }
  });
  std::vector<Version> out;
  for (auto& [name, version] : found) out.push_back(std::move(version));
  std::stable_sort(out.begin(), out.end(),
                   [](const Version& a, const Version& b) { return a.first < b.first; });
  return out;
}

std::vector<std::string> LatencyBook::services() const {
  std::map<std::string, bool> found;
  for_each_slot({}, [&](int64_t, const Slot& slot) {
    for (const auto& [key, cell] : slot.visits) found[names_.place(key.first).service] = true;
  });
  std::vector<std::string> out;
  for (const auto& [service, is_there] : found) out.push_back(service);
  return out;
}

std::string LatencyBook::encode(const Slot& slot) const {
  std::string out;
  put_raw(out, kFormat);
  put_raw(out, static_cast<uint32_t>(slot.visits.size()));
  for (const auto& [key, cell] : slot.visits) {
    put_place(out, names_.place(key.first));
    put_operation(out, names_.operation(key.second));
    put_cell(out, cell.visits);
    put_raw(out, cell.duration_us);
    put_raw(out, cell.spans);
    put_raw(out, static_cast<uint32_t>(cell.parts.size()));
    for (const auto& [operation, part] : cell.parts) {
      put_operation(out, names_.operation(operation));
      put_raw(out, part);
    }
  }
  put_raw(out, static_cast<uint32_t>(slot.operations.size()));
  for (const auto& [key, cell] : slot.operations) {
    put_place(out, names_.place(key.first));
    put_operation(out, names_.operation(key.second));
    put_cell(out, cell);
  }
  return out;
}

std::vector<std::pair<int64_t, std::string>> LatencyBook::take_changes() {
  std::vector<std::pair<int64_t, std::string>> out;
  for (const auto& [start, is_changed] : changed_) {
    const auto slot = slots_.find(start);
    out.emplace_back(start, slot == slots_.end() ? std::string() : encode(slot->second));
  }
  changed_.clear();
  return out;
}

Result<void> LatencyBook::put(int64_t start, std::string_view bytes) {
  SlotReader reader{bytes};
  const auto broken = [&] {
    return fail(codes::store_failed, "the latencies of {} are damaged", time_text(Time{start}));
  };
  if (reader.raw<uint8_t>() != kFormat) return broken();
  Slot slot;
  const auto visits = reader.raw<uint32_t>();
  for (uint32_t i = 0; i < visits && reader.is_ok; ++i) {
    const uint32_t place = reader.place(names_);
    VisitCell cell;
    const uint32_t operation = reader.operation(names_);
    cell.visits = reader.cell();
    cell.duration_us = reader.raw<Moments>();
    cell.spans = reader.raw<Moments>();
    const auto parts = reader.raw<uint32_t>();
    for (uint32_t k = 0; k < parts && reader.is_ok; ++k) {
      const uint32_t part = reader.operation(names_);
      cell.parts[part] = reader.raw<PartCell>();
    }
    slot.visits[{place, operation}].merge(cell);
  }
  const auto operations = reader.raw<uint32_t>();
  for (uint32_t i = 0; i < operations && reader.is_ok; ++i) {
    const uint32_t place = reader.place(names_);
    const uint32_t operation = reader.operation(names_);
    slot.operations[{place, operation}].merge(reader.cell());
  }
  if (!reader.is_ok || !reader.bytes.empty()) return broken();
  cell_count_ += slot.cell_count();
  slots_[start] = std::move(slot);
  return {};
}

}  // namespace tollgate::traces
