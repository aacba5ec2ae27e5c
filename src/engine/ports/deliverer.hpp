// How effects leave the house. One implementation in edge/deliver; fakes in tests and simulation.
#pragma once

#include "foundation/base/error.hpp"
#include "foundation/base/time.hpp"

#include <map>
#include <string>
#include <string_view>

namespace tollgate::engine {

/// A message to a notification target. The same effect always has the same id, so that a receiver
/// can tell a repeat.
struct Notification {
  std::string id;
  std::string target;       // name of the AlertNotificationTarget
  std::string target_type;  // its spec.target: "slack"
  std::map<std::string, std::string>
      annotations;      // of the target: address and secret, as references
  std::string type;     // of the record it is about: "verdict.given"
  std::string subject;  // "service/checkout"
  Time time;            // of the record
  std::string leaf;     // the record itself; empty for a test of the target
};

/// The type of a notification that only tries a target out; it has no record.
inline constexpr std::string_view kTestType = "target.test";

class Deliverer {
 public:
  virtual ~Deliverer() = default;
  /// Delivers once; may block up to its timeout. Safe from any thread.
  /// Errors: bad_value for a target that cannot be delivered to (no retry helps); all others are
  /// worth a retry.
  virtual Result<void> deliver(const Notification& notification) = 0;
  /// How often the target wants to hear of an alert as long as it is on; 0: once is enough.
  virtual Duration repeat_every(const Notification& notification) const = 0;
};

}  // namespace tollgate::engine
