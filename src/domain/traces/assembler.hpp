// Spans on their way to the book of latencies: a trace is taken apart when it has been quiet for a
// while, whatever the order in which its spans came. Bounded; pure, time is an argument; not
// thread-safe.
#pragma once

#include "domain/traces/latency_book.hpp"
#include "domain/traces/span.hpp"

#include <map>
#include <vector>

namespace tollgate::traces {

struct AssemblerLimits {
  Duration quiet = seconds(30);    // without a new span a trace is whole
  Duration open_max = minutes(5);  // and after that anyway
  size_t spans_max = 500'000;      // waiting
  size_t spans_of_trace_max = 10'000;
  size_t closed_max = 100'000;  // traces that are remembered, to know late spans
};

class Assembler {
 public:
  explicit Assembler(LatencyBook& book, const AssemblerLimits& limits = {})
      : book_(book), limits_(limits) {}

  /// Counts the span's operation at once, and keeps it until its trace is whole. Errors in clocks
  /// of spans do not matter here: `arrived` is the receiver's time.
  void add(const TraceId& trace, const Span& span, Time arrived);
  /// Takes apart what has been quiet; all that waits if `now` is far enough in the future.
  void advance(Time now);

  const TraceCounts& counts() const { return counts_; }
  size_t waiting_spans() const { return waiting_; }

 private:
  struct Open {
    Time first;
    Time last;
    std::vector<Span> spans;
  };
  void close(Open& open);
  void remember(const TraceId& trace);

  LatencyBook& book_;
  AssemblerLimits limits_;
  std::map<TraceId, Open> open_;
  std::map<TraceId, bool> closed_;
  std::vector<TraceId> closed_order_;  // a ring
  size_t next_closed_ = 0;
  size_t waiting_ = 0;
  TraceCounts counts_;
};

}  // namespace tollgate::traces
