// Metrics: every point becomes a point of the batch whose labels stay raw until its key is unknown.
#include "edge/intake/proto_reader.hpp"
#include "edge/otlp/attributes.hpp"
#include "edge/otlp/gzip.hpp"
#include "edge/otlp/metric_buckets.hpp"
#include "edge/otlp/metric_series.hpp"
#include "edge/otlp/otlp.hpp"
#include "edge/otlp/wire.hpp"
#include "foundation/base/codes.hpp"

#include <cmath>
#include <limits>

namespace tollgate::otlp {
namespace {

using intake::Batch;
using intake::Point;
using intake::PointKind;
using intake::ProtoReader;

constexpr uint64_t kKeySeed = 0x6f746c70;  // keys of other encodings are other numbers
constexpr int64_t kTimeMaxMs = 253'402'300'799'999;
constexpr uint64_t kNanosPerMs = 1'000'000;

// Names grow by prefixes and escapes, and the resource's name comes back as `job`.
constexpr size_t kAttributeBytesMax = intake::kLabelBytesMax / 2;

/// One data point while it is read: what all kinds of them have.
struct PointHead {
  std::string_view message;
  uint32_t attributes = 0;
  uint64_t key = 0;
  uint64_t start_ns = 0;
  uint64_t time_ns = 0;
  size_t attribute_count = 0;
  size_t attribute_bytes = 0;
  bool is_stale = false;
};

class Metrics {
 public:
  explicit Metrics(Batch& batch) : batch_(batch) {}

  Result<void> read(std::string_view request) {
    batch_.read_labels = read_series_labels;
    ProtoReader reader(request);
    while (reader.next()) {
      if (reader.is(wire::request::kResources, ProtoReader::bytes))
        TOLLGATE_CHECK(read_resource(reader.text()));
    }
    if (!reader.is_ok()) return malformed("its outermost message");
    return {};
  }

 private:
  Result<void> read_resource(std::string_view message) {
    raw_ = {};
    ProtoReader head(message);
    while (head.next()) {
      if (head.is(wire::resources::kResource, ProtoReader::bytes)) raw_.resource = head.text();
    }
    if (!head.is_ok()) return malformed("the metrics of a resource");
    resource_attributes_ = 0;
    ProtoReader attributes(raw_.resource);
    while (attributes.next()) ++resource_attributes_;
    const uint64_t key = intake::hash_bytes(raw_.resource, kKeySeed);
    ProtoReader reader(message);
    while (reader.next()) {
      if (reader.is(wire::resources::kScopes, ProtoReader::bytes))
        TOLLGATE_CHECK(read_scope(reader.text(), key));
    }
    return {};
  }

  Result<void> read_scope(std::string_view message, uint64_t key) {
    raw_.scope = {};
    ProtoReader head(message);
    while (head.next()) {
      if (head.is(wire::scopes::kScope, ProtoReader::bytes)) raw_.scope = head.text();
    }
    if (!head.is_ok()) return malformed("the metrics of a scope");
    key = intake::hash_bytes(raw_.scope, key);
    ProtoReader reader(message);
    while (reader.next()) {
      if (reader.is(wire::scopes::kItems, ProtoReader::bytes))
        TOLLGATE_CHECK(read_metric(reader.text(), key));
    }
    return {};
  }

  Result<void> read_metric(std::string_view message, uint64_t key) {
    raw_.name = raw_.unit = {};
    uint32_t kind = 0;
    std::string_view points;
    ProtoReader reader(message);
    while (reader.next()) {
      if (reader.wire() != ProtoReader::bytes) continue;
      if (reader.field() == wire::metric::kName) raw_.name = reader.text();
      if (reader.field() == wire::metric::kUnit) raw_.unit = reader.text();
      if (reader.field() >= wire::metric::kGauge && reader.field() <= wire::metric::kSummary) {
        kind = reader.field();
        points = reader.text();
      }
    }
    if (!reader.is_ok()) return malformed("a metric");
    if (kind == 0) return {};  // of a kind that did not exist when this was written
    TOLLGATE_TRY(const PointKind point_kind, read_kind(kind, points));
    key = intake::hash_bytes(raw_.name, key + kind);
    key = intake::hash_bytes(raw_.unit, key + static_cast<uint64_t>(raw_.form));
    metric_ = nullptr;
    ProtoReader each(points);
    while (each.next()) {
      if (!each.is(wire::metric::kPoints, ProtoReader::bytes)) continue;
      TOLLGATE_CHECK(read_point(kind, point_kind, each.text(), key));
    }
    return {};
  }

  /// Sets raw_.form, and is_without_temporality_ if the points cannot be counted.
  Result<PointKind> read_kind(uint32_t kind, std::string_view message) {
    uint64_t temporality = 0;
    bool is_monotonic = false;
    ProtoReader reader(message);
    while (reader.next()) {
      if (reader.is(wire::metric::kTemporality, ProtoReader::varint)) temporality = reader.number();
      if (reader.is(wire::metric::kIsMonotonic, ProtoReader::varint))
        is_monotonic = reader.number() != 0;
    }
    if (!reader.is_ok()) return malformed(fmt::format("the points of {}", raw_.name));
    is_without_temporality_ = false;
    raw_.form = MetricForm::other;
    if (kind == wire::metric::kGauge) raw_.form = MetricForm::gauge;
    if (kind == wire::metric::kSum && is_monotonic) raw_.form = MetricForm::counter;
    if (kind == wire::metric::kGauge || (kind == wire::metric::kSum && !is_monotonic) ||
        kind == wire::metric::kSummary)
      return PointKind::gauge;
    if (temporality == wire::metric::kDelta) return PointKind::delta;
    is_without_temporality_ = temporality != wire::metric::kCumulative;
    return PointKind::cumulative;
  }

  Result<void> read_point(uint32_t kind, PointKind point_kind, std::string_view message,
                          uint64_t key) {
    if (kind == wire::metric::kSummary) {
      ++batch_.summaries;
      return {};
    }
    if (batch_.points.size() >= intake::kPointsMax)
      return fail(codes::too_large, "the request has more than {} points", intake::kPointsMax);
    PointHead head{.message = message, .key = key};
    if (kind == wire::metric::kHistogram) return read_histogram(point_kind, head);
    if (kind == wire::metric::kExponentialHistogram) return read_exponential(point_kind, head);
    return read_number(point_kind, head);
  }

  void leave_out(std::string_view why) {
    ++batch_.unusable;
    if (batch_.unusable_why.empty()) batch_.unusable_why = fmt::format("{}: {}", raw_.name, why);
  }

  /// True if the point has a time and can be counted; otherwise it has been left out.
  bool is_usable(const PointHead& head) {
    if (is_without_temporality_) {
      leave_out("the metric has no aggregation temporality");
      return false;
    }
    constexpr size_t kOtherLabels = 6;  // name, le, job, instance and the scope's
    if (head.attribute_count + resource_attributes_ + kOtherLabels > intake::kLabelsMax ||
        head.attribute_bytes + raw_.resource.size() + raw_.name.size() > kAttributeBytesMax) {
      leave_out("a point and its resource have too many attributes, or too long ones");
      return false;
    }
    if (head.time_ns != 0 && head.time_ns / kNanosPerMs <= static_cast<uint64_t>(kTimeMaxMs))
      return true;
    leave_out("a point has no time");
    return false;
  }

  /// Reads a field that all points have, under the numbers that differ.
  void take_common(const ProtoReader& reader, uint32_t flags, PointHead& head) {
    if (reader.is(head.attributes, ProtoReader::bytes)) {
      head.key = intake::hash_bytes(reader.text(), head.key);
      ++head.attribute_count;
      head.attribute_bytes += reader.text().size();
    } else if (reader.is(wire::point::kStart, ProtoReader::fixed64)) {
      head.start_ns = reader.number();
    } else if (reader.is(wire::point::kTime, ProtoReader::fixed64)) {
      head.time_ns = reader.number();
    } else if (reader.is(flags, ProtoReader::varint)) {
      head.is_stale = (reader.number() & wire::point::kNoRecordedValue) != 0;
    }
  }

  void add(const PointHead& head, PointKind kind, double value, int32_t histogram, Suffix suffix,
           double bound) {
    if (metric_ == nullptr) metric_ = keep(batch_, raw_);
    uint64_t key = head.key;
    if (suffix != Suffix::none) {
      const double parts[2] = {static_cast<double>(suffix), bound};
      key = intake::hash_bytes({reinterpret_cast<const char*>(parts), sizeof(parts)}, key);
    }
    const RawSeries series{metric_, head.message, head.attributes, suffix, bound};
    batch_.raw_labels.emplace_back(keep(batch_, series), sizeof(series));
    batch_.points.push_back({.first_label = static_cast<uint32_t>(batch_.raw_labels.size() - 1),
                             .label_count = intake::kRawLabels,
                             .key = key,
                             .time_ms = static_cast<int64_t>(head.time_ns / kNanosPerMs),
                             .start_ms = static_cast<int64_t>(head.start_ns / kNanosPerMs),
                             .value = value,
                             .histogram = histogram,
                             .kind = kind,
                             .is_stale = head.is_stale});
  }

  Result<void> read_number(PointKind kind, PointHead& head) {
    using namespace wire::number_point;
    head.attributes = kAttributes;
    double value = 0;
    ProtoReader reader(head.message);
    while (reader.next()) {
      if (reader.is(kReal, ProtoReader::fixed64)) {
        value = reader.real();
      } else if (reader.is(kInteger, ProtoReader::fixed64)) {
        value = static_cast<double>(reader.signed_number());
      } else if (reader.is(kExemplars, ProtoReader::bytes)) {
        ++batch_.exemplars;
      } else {
        take_common(reader, kFlags, head);
      }
    }
    if (!reader.is_ok()) return malformed(fmt::format("a point of {}", raw_.name));
    if (is_usable(head)) add(head, kind, value, -1, Suffix::none, 0);
    return {};
  }

  Result<void> read_histogram(PointKind kind, PointHead& head) {
    using namespace wire::histogram_point;
    head.attributes = kAttributes;
    uint64_t count = 0;
    counts_.clear();
    bounds_.clear();
    ProtoReader reader(head.message);
    while (reader.next()) {
      if (reader.field() == kBucketCounts) {
        TOLLGATE_CHECK(take_fixed(reader, counts_));
      } else if (reader.field() == kBounds) {
        TOLLGATE_CHECK(take_fixed(reader, bounds_));
      } else if (reader.is(kCount, ProtoReader::fixed64)) {
        count = reader.number();
      } else if (reader.is(kExemplars, ProtoReader::bytes)) {
        ++batch_.exemplars;
      } else {
        take_common(reader, kFlags, head);
      }
    }
    if (!reader.is_ok()) return malformed(fmt::format("a point of {}", raw_.name));
    if (is_usable(head) && (head.is_stale || is_histogram(count))) add_histogram(kind, head, count);
    return {};
  }

  bool is_histogram(uint64_t count) {
    uint64_t sum = 0;
    for (const uint64_t each : counts_) sum += each;
    const bool is_plain = counts_.empty() && bounds_.empty();
    if (!is_plain && counts_.size() != bounds_.size() + 1) {
      leave_out("a histogram needs one bucket more than bounds");
      return false;
    }
    if (!is_plain && sum != count) {
      leave_out("the buckets of a histogram do not add up to its count");
      return false;
    }
    for (size_t i = 0; i < bounds_.size(); ++i) {
      if (!std::isnan(bounds_[i]) && (i == 0 || bounds_[i - 1] < bounds_[i])) continue;
      leave_out("the bounds of a histogram do not ascend");
      return false;
    }
    return true;
  }

  void add_histogram(PointKind kind, const PointHead& head, uint64_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < bounds_.size() && i < counts_.size(); ++i) {
      sum += counts_[i];
      add(head, kind, static_cast<double>(sum), -1, Suffix::bucket, bounds_[i]);
    }
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    add(head, kind, static_cast<double>(count), -1, Suffix::bucket, kInfinity);
    add(head, kind, static_cast<double>(count), -1, Suffix::count, 0);
  }

  Result<void> read_exponential(PointKind kind, PointHead& head) {
    using namespace wire::exponential_point;
    head.attributes = kAttributes;
    intake::Histogram histogram;
    uint64_t count = 0;
    int64_t scale = 0;
    std::string_view positive, negative;
    ProtoReader reader(head.message);
    while (reader.next()) {
      if (reader.is(kCount, ProtoReader::fixed64)) {
        count = reader.number();
      } else if (reader.is(kSum, ProtoReader::fixed64)) {
        histogram.sum = reader.real();
      } else if (reader.is(kScale, ProtoReader::varint)) {
        scale = reader.zigzag();
      } else if (reader.is(kZeroCount, ProtoReader::fixed64)) {
        histogram.zero_count = static_cast<double>(reader.number());
      } else if (reader.is(kZeroThreshold, ProtoReader::fixed64)) {
        histogram.zero_threshold = reader.real();
      } else if (reader.is(kPositive, ProtoReader::bytes)) {
        positive = reader.text();
      } else if (reader.is(kNegative, ProtoReader::bytes)) {
        negative = reader.text();
      } else if (reader.is(kExemplars, ProtoReader::bytes)) {
        ++batch_.exemplars;
      } else {
        take_common(reader, kFlags, head);
      }
    }
    if (!reader.is_ok()) return malformed(fmt::format("a point of {}", raw_.name));
    histogram.count = static_cast<double>(count);
    if (!is_usable(head)) return {};
    if (head.is_stale) {
      add(head, kind, 0, -1, Suffix::none, 0);
      return {};
    }
    return add_exponential(kind, head, histogram, scale, positive, negative);
  }

  Result<void> add_exponential(PointKind kind, const PointHead& head, intake::Histogram& histogram,
                               int64_t scale, std::string_view positive,
                               std::string_view negative) {
    constexpr int64_t kScaleMin = -10, kScaleMax = 20;
    if (scale < kScaleMin || scale > kScaleMax) {
      leave_out(fmt::format("an exponential histogram has the scale {}; known are {} to {}", scale,
                            kScaleMin, kScaleMax));
      return {};
    }
    histogram.scale = static_cast<int8_t>(scale);
    const size_t first = batch_.buckets.size();
    double sum = histogram.zero_count;
    histogram.first_positive = static_cast<uint32_t>(first);
    TOLLGATE_TRY(histogram.positive_count, add_exponential_buckets(positive, batch_, sum));
    histogram.first_negative = static_cast<uint32_t>(batch_.buckets.size());
    TOLLGATE_TRY(histogram.negative_count, add_exponential_buckets(negative, batch_, sum));
    if (sum != histogram.count) {
      batch_.buckets.resize(first);
      leave_out("the buckets of a histogram do not add up to its count");
      return {};
    }
    batch_.histograms.push_back(histogram);
    add(head, kind, histogram.count, static_cast<int32_t>(batch_.histograms.size() - 1),
        Suffix::none, 0);
    return {};
  }

  Batch& batch_;
  RawMetric raw_;
  size_t resource_attributes_ = 0;
  const char* metric_ = nullptr;  // raw_, once it is in the arena
  bool is_without_temporality_ = false;
  std::vector<uint64_t> counts_;
  std::vector<double> bounds_;
};

}  // namespace

Result<void> read_metrics(std::string_view message, Batch& batch) {
  return Metrics(batch).read(message);
}

Result<void> decode_metrics(std::string_view body, Batch& batch) {
  TOLLGATE_TRY(const std::string_view message, uncompress_gzip(body, batch.bytes));
  return read_metrics(message, batch);
}

}  // namespace tollgate::otlp
