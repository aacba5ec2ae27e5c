// What must hold of queues in any ledger: never more leases than the capacity, fencing tokens that
// only grow and never come back, leases that end only by leaving, running out or pre-emption; and
// nobody starves: in the queue that keeps order, only an emergency passes those who came before.
// Shares the format of events with the program, and nothing else.
#pragma once

#include "domain/model/events.hpp"

#include <map>
#include <string>

namespace tollgate::sim {

/// The queues of the simulated policies: whoever asks when there is room, with pre-emption; and
/// oldest first, where everybody who waits is ready and leases run out, so that each has its turn
/// unless somebody passes it.
inline constexpr std::string_view kQueueName = "line";
inline constexpr std::string_view kFairQueueName = "fair";
inline constexpr Duration kQueueLease = minutes(5);

class QueueAudit {
 public:
  /// Why this event must not stand here; empty if it may.
  std::string take(const model::Event& event);

 private:
  struct Ticket {
    std::string queue;
    int64_t number = 0;  // of its joining
    bool is_emergency = false;
    int64_t token = 0;  // 0: waits
  };
  struct Held {
    std::string ticket;
    Time until;
  };
  std::string take_grant(const model::Event& event, const model::LeaseGranted& granted);
  std::string take_end(const model::Event& event, const model::LeaseEnded& ended);

  int64_t held_in(std::string_view queue) const;
  /// Who waits in the same queue and should have had this turn; empty if nobody.
  std::string passed_by(const Ticket& granted) const;

  std::map<std::string, Ticket> tickets_;  // those that wait or hold
  std::map<int64_t, Held> leases_;          // by token
  int64_t newest_token_ = -1;
};

}  // namespace tollgate::sim
