#include "edge/intake/event_codec.hpp"

#include "foundation/base/codes.hpp"

#include <cstring>
#include <unordered_map>

namespace tollgate::intake {
namespace {

constexpr uint8_t kVersion = 1;
constexpr int64_t kEventBytes = 40;  // of its numbers
constexpr int64_t kSpanBytes = 48;   // of its identifiers
constexpr int64_t kLabelBytes = 4;   // of a number in the table
constexpr size_t kIdentifierMax = 255;

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<uint32_t>(text.size()));
  out += text;
}
void put_identifier(std::string& out, std::string_view id) {
  put(out, static_cast<uint8_t>(std::min(id.size(), kIdentifierMax)));
  out += id.substr(0, kIdentifierMax);
}

/// Takes values off the front of the bytes; once something is missing, everything is.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  T number() {
    T value{};
    const std::string_view raw = take(sizeof(value));
    if (is_ok_) std::memcpy(&value, raw.data(), sizeof(value));
    return value;
  }
  std::string_view text() { return take(number<uint32_t>()); }
  std::string_view identifier() { return take(number<uint8_t>()); }
  bool is_ok() const { return is_ok_; }
  bool is_at_end() const { return is_ok_ && bytes_.empty(); }
  size_t rest() const { return bytes_.size(); }

 private:
  std::string_view take(size_t size) {
    is_ok_ = is_ok_ && size <= bytes_.size();
    if (!is_ok_) return {};
    const std::string_view part = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return part;
  }
  std::string_view bytes_;
  bool is_ok_ = true;
};

/// Labels that are the same stand in the table once.
class Table {
 public:
  uint32_t number_of(const Label& label) {
    std::vector<uint32_t>& same = by_hash_[hash_bytes(label.value, hash_bytes(label.name))];
    for (const uint32_t each : same) {
      if (labels_[each] == label) return each;
    }
    labels_.push_back(label);
    same.push_back(static_cast<uint32_t>(labels_.size() - 1));
    return same.back();
  }
  void write(std::string& out) const {
    put(out, static_cast<uint32_t>(labels_.size()));
    for (const Label& label : labels_) {
      put_text(out, label.name);
      put_text(out, label.value);
    }
  }

 private:
  std::vector<Label> labels_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> by_hash_;
};

void put_event(const Batch& batch, const Event& event, Table& table, std::string& out) {
  put(out, event.time_ms);
  put(out, event.duration_us);
  put(out, event.weight);
  put(out, static_cast<uint8_t>(event.kind));
  put(out, static_cast<uint8_t>(event.is_error));
  put(out, static_cast<uint8_t>(event.span >= 0));
  if (event.span >= 0) {
    const SpanPlace& span = batch.spans[static_cast<size_t>(event.span)];
    put_identifier(out, span.trace_id);
    put_identifier(out, span.span_id);
    put_identifier(out, span.parent_id);
    put(out, span.start_us);
  }
  put(out, static_cast<uint16_t>(event.label_count));
  for (uint32_t i = 0; i < event.label_count; ++i)
    put(out, table.number_of(batch.labels[event.first_label + i]));
}

Error broken() {
  return {.code = codes::bad_request, .message = "the events of a journal entry are damaged"};
}

Result<void> read_event(Reader& reader, std::span<const Label> table, Batch& batch) {
  Event event;
  event.time_ms = reader.number<int64_t>();
  event.duration_us = reader.number<int64_t>();
  event.weight = reader.number<double>();
  const auto kind = reader.number<uint8_t>();
  event.is_error = reader.number<uint8_t>() != 0;
  if (kind > static_cast<uint8_t>(EventKind::line)) return tl::unexpected(broken());
  event.kind = static_cast<EventKind>(kind);
  if (reader.number<uint8_t>() != 0) {
    event.span = static_cast<int32_t>(batch.spans.size());
    SpanPlace span;
    span.trace_id = reader.identifier();
    span.span_id = reader.identifier();
    span.parent_id = reader.identifier();
    span.start_us = reader.number<int64_t>();
    batch.spans.push_back(span);
  }
  event.first_label = static_cast<uint32_t>(batch.labels.size());
  event.label_count = reader.number<uint16_t>();
  for (uint32_t i = 0; i < event.label_count && reader.is_ok(); ++i) {
    const auto index = reader.number<uint32_t>();
    if (index >= table.size()) return tl::unexpected(broken());
    batch.labels.push_back(table[index]);
  }
  if (!reader.is_ok()) return tl::unexpected(broken());
  batch.events.push_back(event);
  return {};
}

}  // namespace

int64_t journal_bytes(const Batch& batch, const Event& event) {
  int64_t bytes = kEventBytes + (event.span >= 0 ? kSpanBytes : 0);
  for (uint32_t i = 0; i < event.label_count; ++i) {
    const Label& label = batch.labels[event.first_label + i];
    bytes += static_cast<int64_t>(label.name.size() + label.value.size()) + kLabelBytes;
  }
  return bytes;
}

std::string encode_events(const Batch& batch) {
  Table table;
  std::string events;
  for (const Event& event : batch.events) put_event(batch, event, table, events);
  std::string out;
  put(out, kVersion);
  table.write(out);
  put(out, static_cast<uint32_t>(batch.events.size()));
  return out + events;
}

Result<void> decode_events(std::string_view bytes, Batch& batch) {
  Reader reader(bytes);
  const auto version = reader.number<uint8_t>();
  const auto labels = reader.number<uint32_t>();
  // A label takes eight bytes at the least, an event more than one.
  if (version != kVersion || labels > reader.rest()) return tl::unexpected(broken());
  std::vector<Label> table;
  for (uint32_t i = 0; i < labels && reader.is_ok(); ++i) {
    const std::string_view name = reader.text();
    table.push_back({.name = name, .value = reader.text()});
  }
  const auto events = reader.number<uint32_t>();
  if (!reader.is_ok() || events > reader.rest()) return tl::unexpected(broken());
  if (events > kPointsMax) return fail(codes::too_large, "more than {} events", kPointsMax);
  for (uint32_t i = 0; i < events; ++i) TOLLGATE_CHECK(read_event(reader, table, batch));
  if (!reader.is_at_end()) return tl::unexpected(broken());
  return {};
}

}  // namespace tollgate::intake
