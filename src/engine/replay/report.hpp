// What a replay and a backtest find.
#pragma once

#include "domain/model/request.hpp"
#include "domain/model/verdict.hpp"
#include "foundation/base/time.hpp"

#include <string>
#include <vector>

namespace tollgate::engine {

/// A verdict that does not replay.
struct Difference {
  int64_t position = 0;
  std::string decision = {};
  std::string recorded = {};  // canonical JSON
  std::string derived = {};   // canonical JSON, or why it could not be derived
};

struct ReplayReport {
  int64_t events = 0;
  int64_t verdicts = 0;
  int64_t identical = 0;
  std::vector<Difference> different = {};  // at most kDifferencesMax
};
inline constexpr size_t kDifferencesMax = 100;

/// A recorded verdict judged again under another policy.
struct Flip {
  int64_t position = 0;
  Time time = {};
  std::string decision = {};
  model::GateRequest request = {};
  model::Outcome before = model::Outcome::inconclusive;
  model::Outcome after = model::Outcome::inconclusive;
  std::string because = {};  // check that decides under the other policy, or an error
};

struct BacktestReport {
  int64_t verdicts = 0;
  int64_t unchanged = 0;
  int64_t flipped = 0;
  std::vector<Flip> flips = {};  // the newest, at most kFlipsMax
};
inline constexpr size_t kFlipsMax = 1000;

}  // namespace tollgate::engine
