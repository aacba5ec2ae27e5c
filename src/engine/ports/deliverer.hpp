// How effects leave the house. One implementation in edge/deliver; fakes in tests and simulation.
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/base/time.hpp"

#include <map>
#include <string>

namespace tollgate::engine {

/// A message to a notification target. The same effect always has the same id, so that a receiver
/// can tell a repeat.
struct Notification {
  std::string id;
  std::string target;  // name of the AlertNotificationTarget
  std::map<std::string, std::string>
      annotations;      // of the target: address and secret, as references
  std::string type;     // of the record it is about: "verdict.given"
  std::string subject;  // "service/checkout"
  Time time;            // of the record
  std::string leaf;     // the record itself
};

class Deliverer {
 public:
  virtual ~Deliverer() = default;
  /// Delivers once; may block up to its timeout. Safe from any thread.
  /// Errors: bad_value for a target that cannot be delivered to (no retry helps); all others are
  /// worth a retry.
  virtual Result<void> deliver(const Notification& notification) = 0;
};

}  // namespace tollgate::engine
