#include "edge/intake/remote_write.hpp"

#include "edge/intake/native_histogram.hpp"
#include "edge/intake/proto_reader.hpp"
#include "edge/intake/snappy_block.hpp"
#include "foundation/base/codes.hpp"

#include <cmath>
#include <cstring>

namespace tollgate::intake {
namespace {

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(codes::bad_request, "the remote write request is malformed: {}", what);
}

/// The labels of one series while it is read.
struct Series {
  uint32_t first_label = 0;
  uint32_t label_count = 0;
  uint64_t key = 0;
  int64_t start_ms = 0;
  PointKind kind = PointKind::cumulative;
};

Result<void> add_point(Batch& batch, const Series& series, Point point) {
  if (batch.points.size() >= kPointsMax) {
    return fail(codes::too_large, "the request has more than {} samples", kPointsMax);
  }
  point.first_label = series.first_label;
  point.label_count = series.label_count;
  point.key = series.key;
  point.start_ms = series.start_ms;
  if (point.kind == PointKind::cumulative) point.kind = series.kind;
  batch.points.push_back(point);
  return {};
}

/// Message Sample, the same in both versions.
Result<void> add_sample(std::string_view message, const Series& series, Batch& batch) {
  Point point;
  ProtoReader reader(message);
  while (reader.next()) {
    if (reader.is(1, ProtoReader::fixed64)) {
      point.value = reader.real();
    } else if (reader.is(2, ProtoReader::varint)) {
      point.time_ms = reader.signed_number();
    }
  }
  if (!reader.is_ok()) return malformed("a sample");
  point.is_stale = is_stale_marker(point.value);
  return add_point(batch, series, point);
}

Result<void> add_histogram(std::string_view message, const Series& series, Batch& batch) {
  TOLLGATE_TRY(const NativeHistogram histogram, read_native_histogram(message, batch));
  Point point{.time_ms = histogram.time_ms,
              .histogram = histogram.index,
              .kind = histogram.is_gauge ? PointKind::gauge : PointKind::cumulative,
              .is_stale = histogram.is_stale};
  if (histogram.index >= 0)
    point.value = batch.histograms[static_cast<size_t>(histogram.index)].count;
  return add_point(batch, series, point);
}

Result<void> read_label(std::string_view message, Batch& batch) {
  Label label;
  ProtoReader reader(message);
  while (reader.next()) {
    if (reader.is(1, ProtoReader::bytes)) label.name = reader.text();
    if (reader.is(2, ProtoReader::bytes)) label.value = reader.text();
  }
  if (!reader.is_ok()) return malformed("a label");
  batch.labels.push_back(label);
  return {};
}

/// The fields `labels` of a TimeSeries of 1.0, among others.
Result<void> read_label_fields(std::string_view raw, Batch& batch) {
  const size_t first = batch.labels.size();
  if (raw.size() > kLabelBytesMax) {
    return fail(codes::too_large, "the labels of one series take {} bytes; at most {} are taken",
                raw.size(), kLabelBytesMax);
  }
  ProtoReader reader(raw);
  while (reader.next()) {
    if (!reader.is(1, ProtoReader::bytes)) continue;
    TOLLGATE_CHECK(read_label(reader.text(), batch));
  }
  if (!reader.is_ok()) return malformed("the labels of a series");
  if (batch.labels.size() - first > kLabelsMax)
    return fail(codes::too_large, "a series has more than {} labels", kLabelsMax);
  return {};
}

bool are_all_labels(std::string_view raw) {
  ProtoReader reader(raw);
  while (reader.next()) {
    if (!reader.is(1, ProtoReader::bytes)) return false;
  }
  return reader.is_ok();
}

/// Batch::read_labels.
Result<void> read_labels_1(std::string_view raw, Batch& batch) {
  if (!batch.is_careful && !are_all_labels(raw)) {
    batch.is_ambiguous = true;
    return {};
  }
  return read_label_fields(raw, batch);
}

/// Where the labels end that a TimeSeries of 1.0 begins with. Every sender writes them first.
size_t leading_labels(std::string_view message) {
  constexpr uint8_t kLabelTag = 1 << 3 | ProtoReader::bytes;
  size_t at = 0;
  while (at + 1 < message.size() && static_cast<uint8_t>(message[at]) == kLabelTag) {
    const uint8_t length = static_cast<uint8_t>(message[at + 1]);
    if (length < 0x80) {
      at += 2 + size_t{length};
      continue;
    }
    ProtoReader reader(message.substr(at));
    if (!reader.next()) break;
    at = static_cast<size_t>(reader.position() - message.data());
  }
  return at <= message.size() ? at : 0;
}

bool has_labels(std::string_view message) {
  ProtoReader reader(message);
  while (reader.next()) {
    if (reader.is(1, ProtoReader::bytes)) return true;
  }
  return !reader.is_ok();  // then the next walk says why
}

Result<Series> labels_of_series_1(std::string_view message, size_t labels_end, Batch& batch) {
  Series series;
  const std::string_view raw = message.substr(0, labels_end);
  if (labels_end > 0 && !has_labels(message.substr(labels_end))) {
    series.first_label = static_cast<uint32_t>(batch.raw_labels.size());
    series.label_count = kRawLabels;
    series.key = quick_hash(raw);
    batch.raw_labels.push_back(raw);
    return series;
  }
  series.first_label = static_cast<uint32_t>(batch.labels.size());
  TOLLGATE_CHECK(read_label_fields(message, batch));
  series.label_count = static_cast<uint32_t>(batch.labels.size()) - series.first_label;
  series.key = series_key(batch.labels.data() + series.first_label, series.label_count);
  return series;
}

/// The six bytes of a time in the years 1972 to 2109, as a varint; false for other bytes.
bool read_six_byte_time(const char* at, int64_t& time_ms) {
  uint64_t bytes = 0;
  std::memcpy(&bytes, at - 2, sizeof(bytes));  // two bytes that stand before it come along
  bytes >>= 16;
  if ((bytes & 0x8080'8080'8080) != 0x0080'8080'8080) return false;
  uint64_t time = 0;
  for (uint32_t i = 0; i < 6; ++i) time |= (bytes >> (8 * i) & 0x7f) << (7 * i);
  time_ms = static_cast<int64_t>(time);
  return true;
}

/// How many bytes at the end of a TimeSeries look as one sample does, in the order in which every
/// sender writes it; a value of 0 is left out. 0 if they do not. What stands before them are then
/// most probably labels and nothing else.
size_t ends_with_sample(std::string_view message, Point& point) {
  constexpr char kSampleTag = 2 << 3 | ProtoReader::bytes;
  constexpr char kValueTag = 1 << 3 | ProtoReader::fixed64;
  constexpr char kTimeTag = 2 << 3 | ProtoReader::varint;
  constexpr size_t kShort = 9;  // sample, 7 bytes: time
  constexpr size_t kLong = 18;  // sample, 16 bytes: value, time
  if (message.size() <= kLong) return 0;
  const char* const end = message.data() + message.size();
  if (end[-7] != kTimeTag || !read_six_byte_time(end - 6, point.time_ms)) return 0;
  const char* const at = end - kLong;
  if (at[0] == kSampleTag && at[1] == kLong - 2 && at[2] == kValueTag) {
    std::memcpy(&point.value, at + 3, sizeof(point.value));
    return kLong;
  }
  point.value = 0;
  return end[-9] == kSampleTag && end[-8] == kShort - 2 ? kShort : 0;
}

/// Takes a series of labels and one sample without looking at its labels. False, and nothing is
/// added, if it does not look like that.
bool add_plain_series(std::string_view message, Batch& batch) {
  Point point;
  const size_t tail = ends_with_sample(message, point);
  if (tail == 0 || batch.points.size() >= kPointsMax) return false;
  const std::string_view raw = message.substr(0, message.size() - tail);
  point.first_label = static_cast<uint32_t>(batch.raw_labels.size());
  point.label_count = kRawLabels;
  point.key = quick_hash(raw);
  point.is_stale = is_stale_marker(point.value);
  batch.raw_labels.push_back(raw);
  batch.points.push_back(point);
  return true;
}

/// Whether a series is labels and one sample, as those of most senders all are.
bool is_plain_series(std::string_view message) {
  Point point;
  const size_t labels_end = leading_labels(message);
  return labels_end > 0 && labels_end + ends_with_sample(message, point) == message.size();
}

Result<void> read_series_1(std::string_view message, Batch& batch) {
  const size_t labels_end = leading_labels(message);
  TOLLGATE_TRY(const Series series, labels_of_series_1(message, labels_end, batch));
  ProtoReader reader(message.substr(labels_end));
  while (reader.next()) {
    if (reader.is(2, ProtoReader::bytes)) {
      TOLLGATE_CHECK(add_sample(reader.text(), series, batch));
    } else if (reader.is(3, ProtoReader::bytes)) {
      ++batch.exemplars;
    } else if (reader.is(4, ProtoReader::bytes)) {
      TOLLGATE_CHECK(add_histogram(reader.text(), series, batch));
    }
  }
  if (!reader.is_ok()) return malformed("a series");
  return {};
}

using Symbols = std::vector<std::string_view>;

Result<void> add_symbol(uint64_t reference, const Symbols& symbols,
                        std::vector<std::string_view>& out) {
  if (reference >= symbols.size()) {
    return malformed(fmt::format("symbol {} is used, but there are {}", reference, symbols.size()));
  }
  if (out.size() >= 2 * kLabelsMax)
    return fail(codes::too_large, "a series has more than {} labels", kLabelsMax);
  out.push_back(symbols[reference]);
  return {};
}

/// The samples' kind by the metadata's type, where it says one.
PointKind kind_of_type(std::string_view metadata) {
  constexpr uint64_t kGauge = 2, kGaugeHistogram = 4, kInfo = 6, kStateSet = 7;
  uint64_t type = 0;
  ProtoReader reader(metadata);
  while (reader.next()) {
    if (reader.is(1, ProtoReader::varint)) type = reader.number();
  }
  const bool is_gauge =
      type == kGauge || type == kGaugeHistogram || type == kInfo || type == kStateSet;
  return is_gauge ? PointKind::gauge : PointKind::cumulative;
}

/// Labels, start and kind of a series of 2.0, wherever in the message they stand.
Result<Series> head_of_series_2(std::string_view message, const Symbols& symbols, Batch& batch) {
  Series series;
  std::vector<std::string_view> texts;
  ProtoReader reader(message);
  while (reader.next()) {
    if (reader.is(1, ProtoReader::bytes)) {
      PackedVarints packed(reader.text());
      while (packed.next()) TOLLGATE_CHECK(add_symbol(packed.number(), symbols, texts));
      if (!packed.is_ok()) return malformed("the labels of a series");
    } else if (reader.is(1, ProtoReader::varint)) {
      TOLLGATE_CHECK(add_symbol(reader.number(), symbols, texts));
    } else if (reader.is(5, ProtoReader::bytes)) {
      series.kind = kind_of_type(reader.text());
    } else if (reader.is(6, ProtoReader::varint)) {
      series.start_ms = reader.signed_number();
    }
  }
  if (!reader.is_ok()) return malformed("a series");
  if (texts.size() % 2 != 0) return malformed("a label without a value");
  series.first_label = static_cast<uint32_t>(batch.labels.size());
  series.label_count = static_cast<uint32_t>(texts.size() / 2);
  size_t bytes = 0;
  for (size_t i = 0; i < texts.size(); i += 2) {
    bytes += texts[i].size() + texts[i + 1].size();
    batch.labels.push_back({texts[i], texts[i + 1]});
  }
  if (bytes > kLabelBytesMax) {
    return fail(codes::too_large, "the labels of one series take {} bytes; at most {} are taken",
                bytes, kLabelBytesMax);
  }
  series.key = series_key(batch.labels.data() + series.first_label, series.label_count);
  return series;
}

Result<void> read_series_2(std::string_view message, const Symbols& symbols, Batch& batch) {
  TOLLGATE_TRY(const Series series, head_of_series_2(message, symbols, batch));
  ProtoReader reader(message);
  while (reader.next()) {
    if (reader.is(2, ProtoReader::bytes)) {
      TOLLGATE_CHECK(add_sample(reader.text(), series, batch));
    } else if (reader.is(3, ProtoReader::bytes)) {
      TOLLGATE_CHECK(add_histogram(reader.text(), series, batch));
    } else if (reader.is(4, ProtoReader::bytes)) {
      ++batch.exemplars;
    }
  }
  return {};
}

}  // namespace

Result<void> read_write_request_1(std::string_view message, Batch& batch) {
  batch.read_labels = read_labels_1;
  ProtoReader reader(message);
  bool is_plain = false;
  bool is_first = !batch.is_careful;
  while (reader.next()) {
    if (!reader.is(1, ProtoReader::bytes)) continue;
    // The first series tells how the sender writes them all; a wrong guess is found out by whoever
    // resolves the batch, because its labels are then unknown.
    if (is_first) is_plain = is_plain_series(reader.text());
    is_first = false;
    if (is_plain && add_plain_series(reader.text(), batch)) continue;
    TOLLGATE_CHECK(read_series_1(reader.text(), batch));
  }
  if (!reader.is_ok()) return malformed("its outermost message");
  return {};
}

Result<void> read_write_request_2(std::string_view message, Batch& batch) {
  Symbols symbols;
  ProtoReader first(message);
  while (first.next()) {
    if (first.is(4, ProtoReader::bytes)) symbols.push_back(first.text());
  }
  if (!first.is_ok()) return malformed("its outermost message");
  if (!symbols.empty() && !symbols.front().empty())
    return malformed("the symbols do not begin with the empty text");
  ProtoReader reader(message);
  while (reader.next()) {
    if (reader.is(5, ProtoReader::bytes))
      TOLLGATE_CHECK(read_series_2(reader.text(), symbols, batch));
  }
  return {};
}

Result<void> decode_remote_write_1(std::string_view body, Batch& batch) {
  TOLLGATE_TRY(const std::string_view message, uncompress_snappy(body, batch.bytes));
  return read_write_request_1(message, batch);
}

Result<void> decode_remote_write_2(std::string_view body, Batch& batch) {
  TOLLGATE_TRY(const std::string_view message, uncompress_snappy(body, batch.bytes));
  return read_write_request_2(message, batch);
}

}  // namespace tollgate::intake
