// One log file counted for the SLOs of a policy: read, counted, handed to the intake, and only then
// forgotten. What was counted is counted once, also when the process dies in between: the span of
// the file that is under way is written down first, and its counts carry a key by which the intake
// knows a second arrival. Not thread-safe.
#pragma once

#include "edge/follow/line_counter.hpp"
#include "edge/follow/tail.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tollgate::follow {

inline constexpr int64_t kStepBytes = 64 * 1024 * 1024;  // of the file, counted in one hand-over

/// Takes counters in the form of the JSON counters API, under a key. Errors: those of the intake;
/// then the same is handed over again later.
using HandOver = std::function<Result<void>(const std::string& source, const std::string& body,
                                            const std::string& key)>;

/// {"counters": [...]}, as `POST /v1/counters` reads it.
std::string counters_body(const std::vector<Count>& counts);

struct FollowerStatus {
  std::string source;
  std::string path;
  LineTotals lines;
  TailTotals tail;
  int64_t bytes = 0;
  int64_t behind_bytes = 0;  // of the file that is read, not read yet
  std::string problem;       // why nothing is read at the moment; empty: all is well
  bool is_open = true;       // false: it never began, for `problem`
};

class Follower {
 public:
  struct Options {
    std::string source;
    std::string path;
    std::string state_path;  // where the position is kept
    bool from_start = false;
  };
  /// Reads the position. Errors: io_failed, syntax for a state file that is damaged.
  static Result<std::unique_ptr<Follower>> open(Options options, LineFormat format,
                                                const std::vector<intake::RouteSpec>& rows,
                                                HandOver hand_over);

  /// Reads what is there, at most kStepBytes, and hands its counts over. True if there may be more
  /// at once.
  bool step();
  FollowerStatus status() const;
  const Problems& problems() const { return counter_.problems(); }

 private:
  struct State {
    Position at;
    int64_t pending_to = -1;  // up to here counts may have been handed over already
  };
  Follower(Options options, LineFormat format, const std::vector<intake::RouteSpec>& rows,
           HandOver hand_over, const State& state);
  Result<bool> read_and_count();
  Result<void> hand_over();
  Result<void> save(const State& state, bool is_synced) const;
  std::string key() const;
  static Result<State> load(const std::string& path);

  Options options_;
  LineCounter counter_;
  HandOver hand_over_;
  State state_;
  Tail tail_;
  std::string body_;  // under way
  Position next_;     // behind what body_ counts
  int64_t bytes_ = 0;
  std::string problem_;
};

}  // namespace tollgate::follow
