// What must hold of queues in any ledger: never more leases than the capacity, fencing tokens that
// only grow and never come back, leases that end only by leaving, running out or pre-emption.
// Shares the format of events with the program, and nothing else.
#pragma once

#include "domain/model/events.hpp"

#include <map>
#include <string>

namespace tollgate::sim {

/// The only queue of the simulated policies.
inline constexpr std::string_view kQueueName = "line";
inline constexpr int64_t kQueueCapacity = 2;
inline constexpr Duration kQueueLease = minutes(5);

class QueueAudit {
 public:
  /// Why this event must not stand here; empty if it may.
  std::string take(const model::Event& event);

 private:
  struct Held {
    std::string ticket;
    Time until;
  };
  std::string take_grant(const model::Event& event, const model::LeaseGranted& granted);
  std::string take_end(const model::Event& event, const model::LeaseEnded& ended);

  std::map<std::string, int64_t> tickets_;  // those that wait or hold; the token, 0: waits
  std::map<int64_t, Held> leases_;          // by token
  int64_t newest_token_ = -1;
};

}  // namespace tollgate::sim
