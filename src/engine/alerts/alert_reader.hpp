// What the alert rules of one SLO in one place read in one round, each window once. SLOs that are
// counted in this process are read in one question, which costs less than a microsecond; all others
// window by window. Not thread-safe.
#pragma once

#include "domain/slo/alert.hpp"
#include "engine/collector/collector.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tollgate::engine {

/// An SLO in one environment, and the windows that its alert rules look at; 0 stands for the window
/// of the objective.
struct AlertSubject {
  slo::Resolved resolved;
  std::string environment;
  std::vector<Duration> windows;
};

/// The events, or slices of a time-slice SLO, in one window.
struct WindowCounts {
  slo::Evidence counts = {};
  int64_t total = 0;  // events
  Duration length = {};
  Time watermark = {};
  std::optional<Ppm> left = {};            // of the budget; only for the objective's own window
  std::optional<model::Doubt> doubt = {};  // why the counts are not trusted
  std::string error = {};                  // why there are no counts
};

class AlertReader {
 public:
  /// `collector` outlives the reader.
  AlertReader(const Collector& collector, Time now) : collector_(collector), now_(now) {}

  /// Turns to a subject, which lives until the next call. False if it is not counted in this
  /// process: its windows are then read one by one, as they are asked for.
  /// `standing`: its counts, if they hold; otherwise (null) the collector knows better.
  bool turn_to(const AlertSubject& subject, StandingCounts* standing = nullptr);
  /// `window` is one of the subject's.
  const WindowCounts& read(Duration window);
  /// Events of the subject in a span that is over.
  slo::Counts count(const slo::Span& span);
  /// When the counts of the subject's windows, which is counted in this process, may be others
  /// although no event came: another cell begins or ends, or the newest event is no longer ahead.
  Time next_change() const;

 private:
  WindowCounts read_slowly(Duration window) const;

  const Collector& collector_;
  const Time now_;
  const AlertSubject* subject_ = nullptr;
  StandingCounts* standing_ = nullptr;
  bool is_counted_here_ = false;
  bool is_ahead_ = false;            // events are known that are later than now
  std::vector<WindowCounts> known_;  // by the subject's windows; what is not known is empty
  std::vector<bool> is_known_;
  std::vector<slo::Span> spans_;
  std::vector<slo::Counts> counts_;
};

}  // namespace tollgate::engine
