// Who waits, who holds a lease, and what is due next: the fold of queue events. Pure; whoever
// records events asks `due` after each until nothing is.
#pragma once

#include "domain/model/bundle.hpp"
#include "domain/model/events.hpp"
#include "domain/model/kinds/queue.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::queue {

/// Tickets that wait in one queue; more are refused.
inline constexpr size_t kWaitingMax = 50'000;

struct Ticket {
  std::string id;      // "q12"
  int64_t number = 0;  // position of its queue.joined; smaller is older
  Time joined_at = {};
  std::string joined_by = {};  // subject of the actor
  model::QueueJoined request = {};
};

struct Lease {
  Ticket ticket;
  int64_t token = 0;
  Time granted_at = {};
  Time renewed_at = {};
  Time until = {};
};

struct Line {
  std::map<int64_t, Ticket> waiting;  // by number
  std::map<int64_t, Lease> leases;    // by token
};

/// Where a ticket stands.
struct Standing {
  enum class State { absent, waiting, holding } state = State::absent;
  const Ticket* ticket = nullptr;  // null: absent
  const Lease* lease = nullptr;    // holding
  int64_t place = 0;               // waiting: 1 is next; what is not ready comes behind, unless
                                   // the mode waits for it
};

class Board {
 public:
  static bool concerns(const model::Event& event);
  void take(const model::Event& event);

  /// What must be recorded next about `queue` at `now` in the record at `position`: a lease that
  /// ran out, a pre-emption, a grant; nothing if all is as it should be.
  std::optional<model::EventData> due(const model::Queue& queue, Time now, int64_t position) const;
  /// A queue about which something is due; null if there is none.
  const model::Queue* due_queue(const model::Bundle& bundle, Time now) const;

  /// Null if nobody is in it.
  const Line* line(std::string_view queue) const;
  const std::map<std::string, Line, std::less<>>& lines() const { return lines_; }
  Standing standing(std::string_view ticket, const model::Queue* queue) const;
  /// Those that wait in a queue, the next one first, at most `limit`.
  std::vector<const Ticket*> order(const model::Queue& queue, size_t limit) const;
  /// The ticket of a release in a queue; absent if it has none. The place is not counted.
  Standing find(std::string_view queue, std::string_view service, std::string_view environment,
                std::string_view version) const;
  /// The lease of a fencing token; null if it has ended, or never was.
  const Lease* lease(std::string_view queue, int64_t token) const;

 private:
  const Ticket* next_of(const model::Queue& queue, const Line& line) const;
  void erase(const std::string& ticket);

  std::map<std::string, Line, std::less<>> lines_;  // by queue
  struct Place {
    std::string queue;
    int64_t number = 0;
    std::string release;  // key in by_release_
  };
  Ticket* waiting_ticket(const std::string& id);
  Lease* lease_of(const std::string& ticket, int64_t token);

  std::map<std::string, Place, std::less<>> places_;            // by ticket
  std::map<std::string, std::string, std::less<>> by_release_;  // queue and release: ticket
};

/// Tickets that wait for each other in a ring, so that none of them will ever go: a lease whose
/// holder waits for a child, or for its own turn in another queue, behind such a lease. Sorted.
std::vector<std::string> deadlocked(const Board& board, const model::Bundle& bundle);
/// A ring in words: "q4 (checkout 2.0.0) holds staging, q5 (checkout 2.0.0) waits for production".
std::string ring_words(const Board& board, const std::vector<std::string>& ring);

/// The queues that select a release, sorted by name.
std::vector<const model::Queue*> queues_for(const model::Bundle& bundle,
                                            const model::Service& service,
                                            std::string_view environment,
                                            model::ChangeClass change_class);

}  // namespace tollgate::queue
