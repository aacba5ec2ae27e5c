// The JSON form of sources: who brings signals, how recent and how whole that is, what is wrong
// with it, who said not to trust it; for the command line and the HTTP API alike.
#pragma once

#include "domain/slo/trust.hpp"
#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::render {

/// One address that a source of type scrape visits.
struct TargetReport {
  std::string url;
  bool is_up = false;
  Time visited = {};  // 0: not yet
  Duration took = {};
  int64_t samples = 0;
  std::string error;
};

/// What a source brought since it was first seen.
struct SourceCounts {
  int64_t requests = 0;
  int64_t samples = 0;     // seen, of series and events
  int64_t counted = 0;     // that count for an SLO
  int64_t resets = 0;      // counters that began anew
  int64_t repeats = 0;     // samples that came again
  int64_t conflicts = 0;   // of these, with another value
  int64_t duplicates = 0;  // requests whose key was known
  int64_t late = 0;        // behind a newer sample of their series
  int64_t too_old = 0;     // beyond the retention
  int64_t revised = 0;     // additions to cells that may have been judged
  int64_t rejected = 0;    // no counts, from the future, beyond a limit, or unreadable
};

/// What a budget of sampling keeps of a source's log records and spans.
struct SourceSampling {
  double probability_good = 1;  // at the last request, of what is good
  double probability_bad = 1;   // of what is bad for an SLO
  int64_t offered = 0;          // in the last hour
  int64_t kept = 0;             // of these
  double effective = 0;         // unsampled events that these are worth
};

/// A doubt about one SLO that a source causes.
struct SourceDoubt {
  std::string slo;
  model::Doubt doubt;
};

struct SourceReport {
  std::string name;
  std::string kind;       // "prometheus", "scrape", "push", "import", ...
  bool is_asked = false;  // Tollgate asks it; otherwise it brings or is followed
  slo::SourceState state = slo::SourceState::never_seen;
  std::string why;  // one sentence
  std::vector<std::string> slos = {};
  std::optional<Time> watermark = {};
  std::optional<Duration> lag = {};       // of the watermark behind now
  std::optional<Duration> interval = {};  // usual or declared
  bool is_interval_declared = false;
  slo::Steadiness steadiness = {};     // of the last hour, in steps of the interval
  std::optional<Duration> ahead = {};  // its newest sample lay so far ahead of its arrival
  std::optional<SourceCounts> counts = {};
  std::optional<SourceSampling> sampling = {};  // nothing: no budget saw it in the last hour
  std::optional<Time> last_seen = {};           // when it last brought something, or answered
  std::string last_error = {};
  std::optional<Time> last_error_at = {};
  std::vector<TargetReport> targets = {};
  std::vector<SourceDoubt> doubts = {};
  std::vector<engine::Agreement> agreements = {};  // only when one source is asked for
  std::optional<engine::Quarantine> quarantine = {};
  std::vector<engine::Quarantine> history = {};  // earlier ones, newest first; as agreements
};

/// What came of asking a source once.
struct SourceTest {
  std::string name;
  std::string kind;
  bool is_ok = false;
  bool is_asked = true;  // false: it brings by itself; what it last brought is told instead
  Duration took = {};
  std::string slo = {};  // whose question was asked
  std::optional<model::Reading> reading = {};
  std::vector<TargetReport> targets = {};
  std::string message = {};  // one sentence
  std::string advice = {};   // what to do if it is not ok
};

/// {sources: [...], at}.
doc::Node sources_json(const std::vector<SourceReport>& sources, Time now);
/// One of them, with agreements and history.
doc::Node source_json(const SourceReport& source, Time now);
/// {source, ok, took_ms, ...}.
doc::Node source_test_json(const SourceTest& test);
/// {source, position, quarantined, reason, by, since, until, released, message}.
doc::Node quarantine_json(const engine::QuarantineAnswer& answer, Time now);

/// "checkout/availability": late data of its cells by series and source, the imports that revised,
/// and decisions that would read something else now.
struct SloRevisions {
  struct Late {
    std::string environment, track, version, group, source;
    int64_t additions = 0;
    Time oldest = {};  // start of the oldest cell that changed
    Time last = {};    // the newest event that was known when they last came
  };
  std::string slo;
  std::vector<Late> late;
  std::vector<engine::RevisedDecision> decisions;
};
doc::Node slo_revisions_json(const SloRevisions& revisions);
/// {decision, outcome, would_be, changed, readings: [{slo, then, now}], checks: [...], message}.
doc::Node decision_revisions_json(const engine::RevisionAnswer& answer);

}  // namespace tollgate::render
