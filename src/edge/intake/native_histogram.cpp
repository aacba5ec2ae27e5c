// Source: types.proto of Prometheus, message Histogram.
#include "edge/intake/native_histogram.hpp"

#include "edge/intake/proto_reader.hpp"
#include "foundation/base/codes.hpp"

#include <bit>
#include <cmath>

namespace tollgate::intake {
namespace {

constexpr uint64_t kStaleBits = 0x7ff0000000000002ULL;
constexpr int64_t kCustomSchema = -53;
constexpr int64_t kSchemaMin = -9;  // 4 to the power of 2^7 and coarser say nothing any more
constexpr int64_t kSchemaMax = 20;
constexpr int64_t kGaugeHint = 3;
constexpr size_t kSpansMax = kBucketsMax;

struct Span {
  int64_t offset = 0;
  uint64_t length = 0;
};

/// What stands in the message for one sign. Packed or not: both forms are legal.
struct Side {
  std::vector<Span> spans;
  std::vector<int64_t> deltas;
  std::vector<double> counts;
  bool is_ok = true;

  void add_span(std::string_view message) {
    Span span;
    ProtoReader reader(message);
    while (reader.next()) {
      if (reader.is(1, ProtoReader::varint)) span.offset = reader.zigzag();
      if (reader.is(2, ProtoReader::varint)) span.length = reader.number();
    }
    is_ok = is_ok && reader.is_ok() && span.length <= kBucketsMax && spans.size() < kSpansMax;
    if (is_ok) spans.push_back(span);
  }
  void add_deltas(const ProtoReader& reader) {
    if (reader.wire() == ProtoReader::varint) return add_delta(reader.zigzag());
    PackedVarints packed(reader.text());
    while (is_ok && packed.next()) add_delta(packed.zigzag());
    is_ok = is_ok && packed.is_ok();
  }
  void add_delta(int64_t delta) {
    is_ok = is_ok && deltas.size() < kBucketsMax;
    if (is_ok) deltas.push_back(delta);
  }
};

void add_doubles(const ProtoReader& reader, std::vector<double>& out, bool& is_ok) {
  if (reader.wire() == ProtoReader::fixed64) {
    is_ok = is_ok && out.size() < kBucketsMax;
    if (is_ok) out.push_back(reader.real());
    return;
  }
  const std::string_view text = reader.text();
  is_ok = is_ok && text.size() % 8 == 0 && out.size() + text.size() / 8 <= kBucketsMax;
  for (size_t at = 0; is_ok && at < text.size(); at += 8) {
    double value = 0;
    std::memcpy(&value, text.data() + at, sizeof(value));
    out.push_back(value);
  }
}

/// Appends the side's buckets; their number, or bad_request.
Result<uint32_t> append_buckets(const Side& side, int64_t shift, Batch& batch) {
  const bool is_float = !side.counts.empty();
  const size_t known = is_float ? side.counts.size() : side.deltas.size();
  int64_t index = shift;
  double count = 0;
  size_t next = 0;
  uint32_t added = 0;
  for (const Span& span : side.spans) {
    index += span.offset;
    for (uint64_t i = 0; i < span.length; ++i, ++index) {
      if (next == known || index < INT32_MIN || index > INT32_MAX) {
        return fail(codes::bad_request, "a histogram's spans do not fit its buckets");
      }
      count = is_float ? side.counts[next] : count + static_cast<double>(side.deltas[next]);
      ++next;
      if (!(count >= 0)) {
        return fail(codes::bad_request, "a histogram has a bucket with the count {}", count);
      }
      if (count == 0) continue;
      batch.buckets.push_back({static_cast<int32_t>(index), count});
      ++added;
    }
  }
  if (next != known) return fail(codes::bad_request, "a histogram has buckets outside its spans");
  return added;
}

/// One message while it is read.
struct Message {
  Histogram histogram;
  NativeHistogram sample;
  Side positive;
  Side negative;
  std::vector<double> bounds;
  int64_t schema = 0;
  bool is_ok = true;

  void take(const ProtoReader& reader) {
    switch (reader.field()) {
      case 1:
        histogram.count = static_cast<double>(reader.number());
        break;
      case 2:
        histogram.count = reader.real();
        break;
      case 3:
        histogram.sum = reader.real();
        break;
      case 4:
        schema = reader.zigzag();
        break;
      case 5:
        histogram.zero_threshold = reader.real();
        break;
      case 6:
        histogram.zero_count = static_cast<double>(reader.number());
        break;
      case 7:
        histogram.zero_count = reader.real();
        break;
      case 8:
        negative.add_span(reader.text());
        break;
      case 9:
        negative.add_deltas(reader);
        break;
      case 10:
        add_doubles(reader, negative.counts, is_ok);
        break;
      case 11:
        positive.add_span(reader.text());
        break;
      case 12:
        positive.add_deltas(reader);
        break;
      case 13:
        add_doubles(reader, positive.counts, is_ok);
        break;
      case 14:
        sample.is_gauge = reader.signed_number() == kGaugeHint;
        break;
      case 15:
        sample.time_ms = reader.signed_number();
        break;
      case 16:
        add_doubles(reader, bounds, is_ok);
        break;
      default:
        break;
    }
  }
};

/// Whether a field came in a wire type in which it may come.
bool fits(const ProtoReader& reader) {
  switch (reader.field()) {
    case 1:
    case 4:
    case 6:
    case 14:
    case 15:
      return reader.wire() == ProtoReader::varint;
    case 2:
    case 3:
    case 5:
    case 7:
      return reader.wire() == ProtoReader::fixed64;
    case 8:
    case 11:
      return reader.wire() == ProtoReader::bytes;
    case 9:
    case 12:
      return reader.wire() == ProtoReader::varint || reader.wire() == ProtoReader::bytes;
    case 10:
    case 13:
    case 16:
      return reader.wire() == ProtoReader::fixed64 || reader.wire() == ProtoReader::bytes;
    default:
      return true;
  }
}

Result<void> take_schema(Message& message, Batch& batch) {
  Histogram& histogram = message.histogram;
  histogram.is_exponential = message.schema != kCustomSchema;
  if (histogram.is_exponential) {
    if (message.schema < kSchemaMin || message.schema > kSchemaMax) {
      return fail(codes::bad_request, "a histogram has the unknown schema {}", message.schema);
    }
    histogram.scale = static_cast<int8_t>(message.schema);
    return {};
  }
  for (size_t i = 1; i < message.bounds.size(); ++i) {
    if (!(message.bounds[i - 1] < message.bounds[i]))
      return fail(codes::bad_request, "a histogram's custom bounds do not ascend");
  }
  histogram.first_bound = static_cast<uint32_t>(batch.bounds.size());
  histogram.bound_count = static_cast<uint32_t>(message.bounds.size());
  batch.bounds.insert(batch.bounds.end(), message.bounds.begin(), message.bounds.end());
  return {};
}

}  // namespace

bool is_stale_marker(double value) { return std::bit_cast<uint64_t>(value) == kStaleBits; }

Result<NativeHistogram> read_native_histogram(std::string_view text, Batch& batch) {
  Message message;
  ProtoReader reader(text);
  while (reader.next() && message.is_ok) {
    message.is_ok = fits(reader);
    if (message.is_ok) message.take(reader);
  }
  if (!reader.is_ok() || !message.is_ok || !message.positive.is_ok || !message.negative.is_ok) {
    return fail(codes::bad_request, "a native histogram is malformed or has more than {} buckets",
                kBucketsMax);
  }
  Histogram& histogram = message.histogram;
  NativeHistogram& sample = message.sample;
  sample.is_stale = is_stale_marker(histogram.sum);
  if (sample.is_stale) return sample;
  if (!(histogram.count >= 0) || !(histogram.zero_count >= 0))
    return fail(codes::bad_request, "a histogram has a count below 0");
  TOLLGATE_CHECK(take_schema(message, batch));
  // Prometheus numbers a bucket by its upper bound, the batch by its lower one.
  const int64_t shift = histogram.is_exponential ? -1 : 0;
  histogram.first_positive = static_cast<uint32_t>(batch.buckets.size());
  TOLLGATE_TRY(histogram.positive_count, append_buckets(message.positive, shift, batch));
  histogram.first_negative = static_cast<uint32_t>(batch.buckets.size());
  TOLLGATE_TRY(histogram.negative_count, append_buckets(message.negative, shift, batch));
  if (!histogram.is_exponential && histogram.positive_count > 0) {
    const Bucket& first = batch.buckets[histogram.first_positive];
    const Bucket& last = batch.buckets[histogram.first_negative - 1];
    if (first.index < 0 || last.index > static_cast<int64_t>(histogram.bound_count))
      return fail(codes::bad_request, "a histogram has buckets beyond its custom bounds");
  }
  sample.index = static_cast<int32_t>(batch.histograms.size());
  batch.histograms.push_back(histogram);
  return sample;
}

}  // namespace tollgate::intake
