// Where the counts of an SLO come from. A source that cannot answer says so in the reading: a
// failed fetch is evidence too, and what it means for a release is policy.
#pragma once

#include "domain/model/reading.hpp"
#include "domain/slo/cells.hpp"
#include "domain/slo/objective.hpp"
#include "engine/ports/standing_counts.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::engine {

/// Which part of the events is asked for: a track (stable, canary), a version of the service, a
/// group of labels. Empty parts ask for all.
struct Part {
  std::string track = {};
  std::string version = {};
  std::string group = {};
  bool is_whole() const { return track.empty() && version.empty() && group.empty(); }
};

/// How hard a source looks at its own counts. guarded: it also compares them with what was to be
/// expected; bare: only with themselves, which costs nothing.
enum class Care { guarded, bare };

/// One question: how many good and bad events (and slices, for a time-slice SLO) there were.
/// The pointers are never null and live until the answer.
struct ReadingRequest {
  const slo::Objective* objective = nullptr;
  const slo::Indicator* indicator = nullptr;
  std::string environment;  // empty: none in particular
  Part part = {};
  slo::Span span;  // counts over exactly this
  Time as_of;      // the moment of asking; nothing later counts. Becomes fetched_at
  Duration timeout = seconds(10);
  Care care = Care::guarded;
};

/// Several spans of one SLO at once. The pointers are never null and live until the answer.
struct SpansRequest {
  const slo::Objective* objective = nullptr;  // of method occurrences, no composite
  const slo::Indicator* indicator = nullptr;
  std::string_view environment = {};  // empty: none in particular
  std::span<const slo::Span> spans = {};
};

class SignalSource {
 public:
  virtual ~SignalSource() = default;
  /// "cells", "prometheus:eu": as it stands in readings.
  virtual std::string_view name() const = 0;
  /// The counts, or why there are none (Reading::error).
  /// Safe from any thread; may block up to the timeout.
  virtual model::Reading read(const ReadingRequest& request) = 0;
  /// The events of each span into `counts`, which has as many places, and the watermark: what as
  /// many calls of read() would say, at a fraction of their cost. Unset where the source cannot
  /// tell that cheaply, or fails: then read() has the answer. Safe from any thread; never waits for
  /// others.
  virtual std::optional<Time> count_spans(const SpansRequest& request,
                                          std::span<slo::Counts> counts) {
    (void)request;
    (void)counts;
    return std::nullopt;
  }
  /// The counts that count_spans() would give, to be asked often; null where it never gives any.
  /// Good until the sources change with the policy. `spans` of the request do not matter. Safe from
  /// any thread.
  virtual std::unique_ptr<StandingCounts> stand(const SpansRequest& request) {
    (void)request;
    return nullptr;
  }
  /// Whether standing counts of one version, asked for the same spans, are the same: false while
  /// what is known against counts may doubt them without any new event. Costs next to nothing.
  virtual bool is_steady() { return true; }
  /// Events of which the source no longer knows on which side of the span's edges they happened,
  /// because it keeps them less finely by now: so much may its counts differ from those of then
  /// although no event came or went. Safe from any thread; asks nobody outside.
  virtual slo::Counts cut_events(const ReadingRequest& request) {
    (void)request;
    return {};
  }
  /// Who brings the events that such a reading counts, by the names that a quarantine uses: the
  /// DataSource, and whoever pushed into the cells. Safe from any thread; asks nobody outside.
  virtual std::vector<std::string> feeders(const ReadingRequest& request) {
    if (request.indicator->source.empty()) return {};
    return {request.indicator->source};
  }
};

}  // namespace tollgate::engine
