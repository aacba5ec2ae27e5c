// Rings of waiting: found by asking who can still get on, until nothing changes any more.
#include "domain/queue/board.hpp"

#include <set>

namespace tollgate::queue {
namespace {

/// How many leases a queue may give; without a declaration none.
int64_t capacity_of(const model::Bundle& bundle, const std::string& queue) {
  const model::Resource* resource = bundle.find("Queue", queue);
  return resource == nullptr ? 0 : resource->as<model::Queue>()->capacity;
}

struct Search {
  const Board& board;
  const model::Bundle& bundle;
  // What the holder of a ticket waits for before it leaves: children, and its turn elsewhere.
  std::map<std::string, std::vector<std::string>> children;
  std::set<std::string> moving;  // tickets that can get on

  bool can_get_on(const std::string& ticket) const { return moving.contains(ticket); }

  /// One pass; true if another ticket turned out to get on.
  bool pass() {
    const size_t before = moving.size();
    for (const auto& [name, line] : board.lines()) {
      bool has_way = static_cast<int64_t>(line.leases.size()) < capacity_of(bundle, name);
      for (const auto& [token, lease] : line.leases) {
        const auto waits_for = children.find(lease.ticket.id);
        bool gets_on = true;
        if (waits_for != children.end()) {
          for (const std::string& child : waits_for->second) gets_on = gets_on && can_get_on(child);
        }
        if (gets_on) moving.insert(lease.ticket.id);
        has_way = has_way || gets_on;
      }
      if (!has_way) continue;
      for (const auto& [number, ticket] : line.waiting) moving.insert(ticket.id);
    }
    return moving.size() != before;
  }
};

/// A release that holds one queue and waits in another goes on when it has both. Looks from the
/// few leases, not from the many who wait.
void add_other_queues(const Board& board,
                      std::map<std::string, std::vector<std::string>>& waits_for) {
  for (const auto& [name, line] : board.lines()) {
    for (const auto& [token, lease] : line.leases) {
      const model::QueueJoined& release = lease.ticket.request;
      for (const auto& [other, waiting] : board.lines()) {
        if (other == name || waiting.waiting.empty()) continue;
        const Standing standing =
            board.find(other, release.service, release.environment, release.version);
        if (standing.state == Standing::State::waiting)
          waits_for[lease.ticket.id].push_back(standing.ticket->id);
      }
    }
  }
}

}  // namespace

std::string ring_words(const Board& board, const std::vector<std::string>& ring) {
  std::string text;
  for (const std::string& id : ring) {
    const Standing standing = board.standing(id, nullptr);
    if (standing.ticket == nullptr) continue;
    const model::QueueJoined& request = standing.ticket->request;
    text += fmt::format(
        "{}{} ({} {}) {} {}", text.empty() ? "" : ", ", id, request.service, request.version,
        standing.state == Standing::State::holding ? "holds" : "waits for", request.queue);
  }
  return text;
}

std::vector<std::string> deadlocked(const Board& board, const model::Bundle& bundle) {
  Search search{.board = board, .bundle = bundle, .children = {}, .moving = {}};
  for (const auto& [name, line] : board.lines()) {
    for (const auto& [token, lease] : line.leases) {
      if (!lease.ticket.request.parent.empty())
        search.children[lease.ticket.request.parent].push_back(lease.ticket.id);
    }
    for (const auto& [number, ticket] : line.waiting) {
      if (!ticket.request.parent.empty())
        search.children[ticket.request.parent].push_back(ticket.id);
    }
  }
  add_other_queues(board, search.children);
  if (search.children.empty()) return {};
  while (search.pass()) {
  }
  // Of those who cannot get on, the holders and the children that they wait for make the ring.
  std::set<std::string> ring;
  for (const auto& [name, line] : board.lines()) {
    for (const auto& [token, lease] : line.leases) {
      if (search.can_get_on(lease.ticket.id)) continue;
      ring.insert(lease.ticket.id);
      for (const std::string& child : search.children[lease.ticket.id]) {
        if (!search.can_get_on(child)) ring.insert(child);
      }
    }
  }
  return {ring.begin(), ring.end()};
}

}  // namespace tollgate::queue
