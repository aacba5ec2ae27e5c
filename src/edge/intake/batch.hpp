// What every decoder of pushed or scraped signals fills and the router reads: samples of series,
// histograms, and single events, with labels that are borrowed from the request's bytes. A batch is
// used again and again without new allocations. Not thread-safe.
#pragma once

#include "domain/stats/sample_watch.hpp"
#include "foundation/base/error.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::intake {

// Limits that decoders hold; a request beyond them is refused whole with too_large or bad_request.
inline constexpr size_t kLabelsMax = 128;            // of one series or event
inline constexpr size_t kLabelBytesMax = 16 * 1024;  // names and values of one series or event
inline constexpr size_t kPointsMax = 2'000'000;      // points and events of one request
inline constexpr size_t kBucketsMax = 4096;          // of one histogram

/// The name under which a series' metric name stands among its labels.
inline constexpr std::string_view kNameLabel = "__name__";

/// Both texts live as long as the request's bytes, or the batch until clear().
struct Label {
  std::string_view name;
  std::string_view value;
  friend bool operator==(const Label&, const Label&) = default;
};

enum class PointKind : uint8_t {
  cumulative,  // grows until its process restarts; the increase counts
  delta,       // the value is the increase itself
  gauge,       // neither
};

/// label_count of a point whose labels are read only if its key is unknown: first_label is then an
/// index into Batch::raw_labels.
inline constexpr uint32_t kRawLabels = UINT32_MAX;

/// One sample of one series.
struct Point {
  uint32_t first_label = 0;  // in Batch::labels; points of one series may share their labels
  uint32_t label_count = 0;
  /// A hash of the labels in the order in which they came (series_key, or hash_bytes of their raw
  /// form). Equal keys of one encoding mean equal labels; one series may come under several keys.
  uint64_t key = 0;
  int64_t time_ms = 0;
  int64_t start_ms = 0;  // since when a counter counts; 0: not told. A change is a counter reset
  double value = 0;
  int32_t histogram = -1;  // in Batch::histograms, value is then its count
  PointKind kind = PointKind::cumulative;
  bool is_stale = false;  // the series ended here: a staleness marker
};

/// Exponential buckets are numbered as in OpenTelemetry: index i holds values in
/// (base^i, base^(i+1)], base = 2^(2^-scale). With explicit bounds, index i holds values in
/// (bounds[i-1], bounds[i]]; the last index, bounds.size(), goes to infinity.
struct Bucket {
  int32_t index = 0;
  double count = 0;  // not cumulative
};

struct Histogram {
  double count = 0;
  double sum = 0;
  bool is_exponential = true;
  int8_t scale = 0;
  double zero_threshold = 0;
  double zero_count = 0;
  // Ranges of Batch::buckets, sorted by index; empty buckets may be left out.
  uint32_t first_positive = 0, positive_count = 0;
  uint32_t first_negative = 0, negative_count = 0;
  uint32_t first_bound = 0, bound_count = 0;  // of Batch::bounds, ascending
};

enum class EventKind : uint8_t { log, span, line };

/// Where a span stands in its trace. The identifiers are bytes, not hexadecimal.
struct SpanPlace {
  std::string_view trace_id;
  std::string_view span_id;
  std::string_view parent_id;               // empty: it is the trace's root
  int64_t start_us = 0;                     // since 1970
  std::optional<uint64_t> randomness = {};  // of the trace, if its state says; below 2^56
};

/// One thing that happened: a log record, a span, a line of a log.
struct Event {
  uint32_t first_label = 0;
  uint32_t label_count = 0;
  int64_t time_ms = 0;
  int64_t duration_us = -1;  // -1: it has none
  double weight = 1;         // of how many this one was sampled; 1: not sampled
  int32_t span = -1;         // in Batch::spans; -1: it is none
  EventKind kind = EventKind::log;
  bool is_error = false;  // by its status or severity
};

/// Texts that are not in the request's bytes as they stand (decoded escapes, numbers). Views into
/// it stay valid until clear(), which keeps the memory.
class Arena {
 public:
  std::string_view keep(std::string_view text) {
    char* const place = allocate(text.size());
    if (!text.empty()) std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }
  /// Uninitialised bytes.
  char* allocate(size_t size) {
    if (used_ + size > capacity_) grow(size);
    char* const place = blocks_[block_].bytes.get() + used_;
    used_ += size;
    return place;
  }
  void clear() {
    block_ = 0;
    used_ = 0;
    capacity_ = blocks_.empty() ? 0 : blocks_[0].size;
  }

 private:
  static constexpr size_t kBlockBytes = 64 * 1024;
  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };
  void grow(size_t size) {
    while (block_ + 1 < blocks_.size()) {
      ++block_;
      used_ = 0;
      capacity_ = blocks_[block_].size;
      if (size <= capacity_) return;
    }
    const size_t bytes = size > kBlockBytes ? size : kBlockBytes;
    blocks_.push_back({std::make_unique<char[]>(bytes), bytes});
    block_ = blocks_.size() - 1;
    used_ = 0;
    capacity_ = bytes;
  }
  std::vector<Block> blocks_;
  size_t block_ = 0;
  size_t used_ = 0;
  size_t capacity_ = 0;
};

struct Batch;
/// Appends the labels that stand in `raw` to batch.labels; or sets batch.is_ambiguous, if `raw`
/// holds something else and the batch was not decoded with care. Errors: bad_request, too_large.
using ReadLabels = Result<void> (*)(std::string_view raw, Batch& batch);

/// How long some events of an increment took.
struct DurationCount {
  double seconds = 0;
  int64_t count = 0;
};

/// An increment that names its SLO itself (the JSON counters).
struct Increment {
  std::string_view slo;  // SERVICE/SLO
  std::string_view environment, track, version, group;
  int64_t time_ms = 0;
  int64_t good = 0;
  int64_t bad = 0;
  uint32_t first_duration = 0, duration_count = 0;  // of Batch::durations
};

/// What budgets made of a batch's events.
struct BatchSample {
  double probability_good = 1;  // that an event stays
  double probability_bad = 1;
  stats::SampleTally tally = {};
};

struct Batch {
  std::string source;      // who brings it: each source has its own watermark. Kept by clear()
  int64_t arrived_ms = 0;  // what is much later than this is refused; 0: not known. Kept, too
  std::vector<Label> labels;
  std::vector<std::string_view> raw_labels;
  ReadLabels read_labels = nullptr;
  std::vector<Point> points;
  std::vector<Histogram> histograms;
  std::vector<Bucket> buckets;
  std::vector<double> bounds;
  std::vector<Event> events;
  std::vector<SpanPlace> spans;
  std::vector<Increment> increments;
  std::vector<DurationCount> durations;
  /// Decode takes nothing for granted about the order of fields. Otherwise it may guess by the form
  /// that senders use, and what resolves the batch finds out: see is_ambiguous.
  bool is_careful = false;
  bool is_ambiguous = false;          // the guess was wrong: decode anew with care
  std::string_view idempotency_key;   // of the increments
  int64_t exemplars = 0;              // seen and left out
  int64_t summaries = 0;              // likewise: quantiles cannot be added up
  int64_t unusable = 0;               // points and events that make no sense; the others count
  std::string unusable_why;           // of the first
  std::optional<BatchSample> sample;  // nothing: no budget limits its events
  Arena arena;
  std::string bytes;               // the uncompressed body, if the request's was compressed
  std::string text;                // the body that `bytes` was translated from, if it was
  std::vector<uint32_t> resolved;  // by the router: the series of each point

  /// Empties it, keeping all memory. Texts of the former content are gone.
  void clear() {
    labels.clear();
    raw_labels.clear();
    read_labels = nullptr;
    points.clear();
    histograms.clear();
    buckets.clear();
    bounds.clear();
    events.clear();
    spans.clear();
    increments.clear();
    durations.clear();
    resolved.clear();
    is_careful = false;
    is_ambiguous = false;
    idempotency_key = {};
    exemplars = 0;
    summaries = 0;
    unusable = 0;
    unusable_why.clear();
    sample.reset();
    arena.clear();
  }
};

/// A 64-bit hash of bytes, the same for as long as this process lives.
uint64_t hash_bytes(std::string_view bytes, uint64_t seed = 0);
/// A faster one, for keys that stay in this process: it may change between versions.
uint64_t quick_hash(std::string_view bytes);
/// Point::key of labels in this order.
uint64_t series_key(const Label* labels, size_t count);

/// The forms in which bytes arrive. The numbers stand in journals: never reuse one.
enum class Encoding : uint8_t {
  remote_write_1 = 1,
  remote_write_2 = 2,
  counters_json = 3,
  otlp_metrics = 4,
  otlp_metrics_json = 5,
  otlp_logs = 6,
  otlp_logs_json = 7,
  otlp_traces = 8,
  otlp_traces_json = 9,
  scrape = 10,  // an envelope with the target's labels and the time, then the exposition text
  events = 11,  // what was kept of a request's events: only in journals
};
inline constexpr size_t kEncodings = 12;

/// Fills a cleared batch from a request's bytes, which outlive it; all or nothing. Pure: the same
/// bytes give the same batch, now and when a journal is read again.
using Decode = Result<void> (*)(std::string_view bytes, Batch& batch);

}  // namespace tollgate::intake
