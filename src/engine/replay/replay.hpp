// Replay: folds the events of a ledger and derives every verdict again from the state before it.
// What differs by one byte is reported. Also the base of backtests, which judge the same past under
// another policy.
#pragma once

#include "engine/replay/report.hpp"
#include "engine/state/state.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::engine {

/// Takes leaves in order from position 0. Not thread-safe.
class Replay {
 public:
  /// Errors: those of decode_event and State::evolve; nothing can follow an error.
  Result<void> take(std::string_view leaf);
  const ReplayReport& report() const { return report_; }
  const State& state() const { return state_; }

 private:
  void compare(const model::Event& event, std::string_view leaf);

  State state_;
  ReplayReport report_;
};

/// Reads a signal as it was at a past moment, for needs that the recorded verdict did not have.
using PastReader =
    std::function<model::Reading(const gate::Need&, std::string_view environment, Time)>;

/// What the calendars of a policy would have said to a request at a past moment.
using PastCalendar = std::function<model::CalendarReading(const Policy&, const schedule::Book&,
                                                          const model::GateRequest&, Time)>;

/// Judges every recorded verdict under `candidate` instead of the policy that was in force. Take
/// leaves in order.
class Backtest {
 public:
  Backtest(std::shared_ptr<const Policy> candidate, PastReader read_past,
           PastCalendar read_calendar)
      : candidate_(std::move(candidate)),
        read_past_(std::move(read_past)),
        read_calendar_(std::move(read_calendar)) {}
  Result<void> take(std::string_view leaf);
  const BacktestReport& report() const { return report_; }

 private:
  void judge_again(const model::Event& event, const model::VerdictGiven& given);

  std::shared_ptr<const Policy> candidate_;
  PastReader read_past_;
  PastCalendar read_calendar_;
  State state_;
  BacktestReport report_;
};

}  // namespace tollgate::engine
