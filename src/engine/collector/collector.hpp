// Collects the readings that a gate needs, off the writer, so that a slow vendor never stalls a
// decision of another. A source that fails, or cannot be asked in time, gives a reading that says
// so: that is evidence too.
#pragma once

#include "domain/calendar/pattern.hpp"
#include "domain/gate/gate.hpp"
#include "domain/slo/resolve.hpp"
#include "engine/limits.hpp"
#include "engine/ports/signal_source.hpp"
#include "engine/ports/zone_table.hpp"
#include "engine/state/quarantine_book.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace tollgate::engine {

using Readings = std::vector<model::Reading>;

class Collector {
 public:
  /// `signals` and `zones` outlive the collector.
  Collector(SignalSource& signals, ZoneTable& zones, const CollectorLimits& limits)
      : signals_(signals), zones_(zones), limits_(limits) {}
  ~Collector() { stop(); }

  /// Who knows the approved maintenance of "SERVICE/SLO" in an environment within a span: its
  /// events are taken out of readings. Set before start; from any thread.
  using FindExcluded = std::function<Result<std::vector<calendar::Occurrence>>(
      std::string_view slo, std::string_view environment, slo::Span span)>;
  void set_exclusions(FindExcluded find) { find_excluded_ = std::move(find); }
  /// Who knows the quarantined sources: readings that they feed are doubted. As above.
  using NextQuarantines = std::function<std::shared_ptr<const QuarantineBook>()>;
  void set_quarantines(NextQuarantines next) { next_quarantines_ = std::move(next); }

  /// Starts the threads for remote sources; without them everything is read on the caller's thread.
  void start();
  void stop();

  /// One reading for each need of kind reading, in order, as of `now`. `done` is called once: at
  /// once on this thread when all sources are in this process, else from another thread.
  void collect(const gate::CompiledGate& gate, const model::GateRequest& request, Time now,
               std::function<void(Readings)> done);
  /// The same, on this thread.
  Readings collect_now(const gate::CompiledGate& gate, const model::GateRequest& request,
                       Time now) const;
  /// The length of the whole window around `at`. Errors: those of ZoneTable::zone.
  Result<Duration> period_at(const slo::Window& window, Time at) const;
  /// The reading of one need in an environment, on this thread.
  model::Reading read_one(const gate::Need& need, std::string_view environment, Time now,
                          const Part& part = {}, Care care = Care::guarded) const;
  /// The question of a recorded reading again: what is known now of the same span.
  model::Reading read_again(const gate::Need& need, const model::Reading& then) const;
  /// By how many events such an answer may differ from that of then only because cells were joined
  /// meanwhile.
  slo::Counts cut_of(const gate::Need& need, const model::Reading& then) const;
  /// The same with what happened in approved maintenance.
  model::Reading read_raw(const gate::Need& need, std::string_view environment, Time now,
                          const Part& part = {}, Care care = Care::guarded) const;
  /// The events of an SLO in each of several spans that end by now, into `counts`, and the
  /// watermark, where SignalSource::count_spans() can tell and nothing is excluded in them.
  /// Otherwise unset: then read_one() has the answer.
  std::optional<Time> count_spans(const slo::Resolved& slo, std::string_view environment,
                                  std::span<const slo::Span> spans,
                                  std::span<slo::Counts> counts) const;
  /// The counts of an SLO in an environment, to be asked often; null where count_spans() has none.
  /// Good until the policy changes. They know nothing of maintenance; and nothing of quarantines
  /// and doubts, so they hold only while are_trusted().
  std::unique_ptr<StandingCounts> stand(const slo::Resolved& slo,
                                        std::string_view environment) const;
  /// Whether nobody is in quarantine at `now`, or doubted.
  bool are_trusted(Time now) const;

 private:
  struct Job {
    std::vector<gate::Need> needs;
    std::string environment;
    Time now;
    std::function<void(Readings)> done;
  };
  /// Of which events a reading is.
  struct Where {
    std::string_view environment;
    const Part& part;
    Care care = Care::guarded;
  };
  void run();
  /// What a need asks for: its own window, or that of the objective. Errors: ZoneTable::zone's.
  Result<slo::Span> span_of(const gate::Need& need, Time now) const;
  model::Reading read_span(const slo::Objective& objective, const slo::Indicator& indicator,
                           const Where& where, const slo::Span& span, Time now) const;
  /// The parts of a composite SLO, each from its own source, as one reading.
  model::Reading read_composite(const slo::Objective& whole, const Where& where,
                                const slo::Span& span, Time now) const;
  Readings read_all(const Job& job) const;
  static Readings refuse_all(const Job& job, const char* reason);

  void exclude(model::Reading& reading, const gate::Need& need, const Part& asked, slo::Span span,
               Time now) const;

  /// The quarantine of one of the sources that feed a reading, at the moment of asking.
  std::optional<model::Doubt> quarantine_of(const ReadingRequest& request) const;

  FindExcluded find_excluded_;        // constant after start
  NextQuarantines next_quarantines_;  // constant after start
  SignalSource& signals_;
  ZoneTable& zones_;
  const CollectorLimits limits_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;             // guarded by mutex_
  bool is_stopping_ = false;          // guarded by mutex_
  std::vector<std::thread> threads_;  // constant between start and stop
};

}  // namespace tollgate::engine
