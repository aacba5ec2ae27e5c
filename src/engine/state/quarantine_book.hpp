// Which sources are in quarantine, since when and why: the fold of source events. Not thread-safe:
// part of the state; the views publish copies.
#pragma once

#include "domain/model/events.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::engine {

/// Quarantines remembered for each source; older ones are forgotten.
inline constexpr size_t kQuarantinesOfSourceMax = 100;

struct Quarantine {
  std::string source = {};
  std::string reason = {};
  std::string by = {};   // subject of the actor
  int64_t position = 0;  // of its source.quarantined
  Time since = {};
  std::optional<Time> until = {};     // ends by itself
  std::optional<Time> released = {};  // ended by source.released, or by a later quarantine
  std::string released_by = {};

  bool is_in_force(Time now) const {
    return now >= since && (!until || now < *until) && (!released || now < *released);
  }
};

class QuarantineBook {
 public:
  /// True for the events that a book takes into account; others change nothing.
  static bool concerns(const model::Event& event);
  void take(const model::Event& event);

  /// The one in force at `now`, also in the past; null if there is none.
  const Quarantine* find(std::string_view source, Time now) const;
  /// All in force at `now`, by name of the source.
  std::vector<Quarantine> in_force(Time now) const;
  /// All of a source, newest first.
  std::vector<Quarantine> of(std::string_view source) const;
  /// True if nothing was ever quarantined.
  bool is_empty() const { return by_source_.empty(); }
  /// Behind the newest source event; 0 without any.
  int64_t revision() const { return revision_; }

 private:
  std::map<std::string, std::deque<Quarantine>, std::less<>> by_source_;  // oldest first
  int64_t revision_ = 0;
};

/// What a quarantine makes of a reading.
model::Doubt doubt_of(const Quarantine& quarantine);

}  // namespace tollgate::engine
