// JSON of tickets and queues, and why a ticket waits in words.
#include "app/render/queue.hpp"

#include "app/render/output.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::render {
namespace {

using doc::Node;
using queue::Standing;
using reflect::enum_name;

void set_release(Node& node, const queue::Ticket& ticket) {
  const model::QueueJoined& request = ticket.request;
  node.set("queue", request.queue);
  node.set("service", request.service);
  node.set("environment", request.environment);
  node.set("version", request.version);
  node.set("change_class", enum_name(request.change_class));
  node.set("priority", request.priority);
  node.set("ready", request.is_ready);
  node.set("parent", request.parent.empty() ? Node() : Node(request.parent));
  node.set("joined_at", time_text(ticket.joined_at));
  node.set("joined_by", ticket.joined_by);
}

Node lease_json(const queue::Lease& lease) {
  Node node = Node::object({{"ticket", lease.ticket.id},
                            {"token", lease.token},
                            {"granted_at", time_text(lease.granted_at)},
                            {"until", time_text(lease.until)}});
  set_release(node, lease.ticket);
  return node;
}

Node names_json(const std::vector<std::string>& names) {
  Node list = Node::array();
  for (const std::string& name : names) list.push(name);
  return list;
}

/// Why a ticket waits, in one sentence.
std::string waiting_words(const engine::TicketAnswer& answer) {
  const queue::Ticket& ticket = *answer.ticket;
  const std::vector<std::string>& ring = answer.deadlock;
  if (std::find(ring.begin(), ring.end(), ticket.id) != ring.end()) {
    return fmt::format("deadlock: {}; they wait for each other, so one of them must leave",
                       answer.ring);
  }
  if (!ticket.request.is_ready)
    return "it is not ready: tollgate queue move " + ticket.id + " --ready";
  std::string text =
      answer.place > 1 ? fmt::format("{} ahead of it", answer.place - 1) : "it is next";
  const bool is_emergency = ticket.request.change_class == model::ChangeClass::emergency;
  if (is_emergency && answer.emergency == model::QueueEmergency::wait)
    text += "; an emergency waits like the others here";
  for (const queue::Lease& lease : answer.holders) {
    text += fmt::format("; {} {} holds a lease until {}", lease.ticket.request.service,
                        lease.ticket.request.version, minute_text(lease.until));
    if (text.size() > 500) break;
  }
  return text;
}

}  // namespace

Node ticket_json(const engine::TicketAnswer& answer) {
  const bool is_holding = answer.state == Standing::State::holding;
  Node node = Node::object({{"ticket", answer.id},
                            {"state", is_holding                                 ? "holding"
                                      : answer.state == Standing::State::waiting ? "waiting"
                                                                                 : "absent"}});
  if (!answer.ticket) {
    node.set("message", "no such ticket waits or holds a lease");
    return node;
  }
  set_release(node, *answer.ticket);
  node.set("place", is_holding ? Node() : Node(answer.place));
  node.set("token", answer.lease ? Node(answer.lease->token) : Node());
  node.set("until", answer.lease ? Node(time_text(answer.lease->until)) : Node());
  Node holders = Node::array();
  for (const queue::Lease& lease : answer.holders) holders.push(lease_json(lease));
  node.set("holders", std::move(holders));
  node.set("deadlock", names_json(answer.deadlock));
  node.set("repeat", answer.is_repeat);
  node.set("message", is_holding
                          ? fmt::format("holds the lease with fencing token {} until {}",
                                        answer.lease->token, minute_text(answer.lease->until))
                          : waiting_words(answer));
  return node;
}

Node queues_json(const engine::Engine& engine, std::string_view wanted) {
  const auto policy = engine.policy();
  return engine.views().with_queues([&](const queue::Board& board) {
    Node list = Node::array();
    const std::vector<std::string> deadlock = queue::deadlocked(board, policy->bundle());
    for (const model::Resource* resource : policy->bundle().of_kind("Queue")) {
      const auto* declared = resource->as<model::Queue>();
      if (!wanted.empty() && declared->name != wanted) continue;
      Node leases = Node::array();
      Node waiting = Node::array();
      const queue::Line* line = board.line(declared->name);
      if (line != nullptr) {
        engine::TicketAnswer answer{.deadlock = deadlock,
                                    .ring = queue::ring_words(board, deadlock),
                                    .emergency = declared->emergency};
        for (const auto& [token, lease] : line->leases) {
          leases.push(lease_json(lease));
          answer.holders.push_back(lease);
        }
        for (const queue::Ticket* ticket : board.order(*declared, kTicketsShown)) {
          ++answer.place;
          answer.ticket = *ticket;
          Node node = Node::object({{"ticket", ticket->id}, {"place", answer.place}});
          set_release(node, *ticket);
          node.set("message", waiting_words(answer));
          waiting.push(std::move(node));
        }
      }
      list.push(Node::object(
          {{"queue", declared->name},
           {"mode", enum_name(declared->mode)},
           {"capacity", declared->capacity},
           {"lease_s", declared->lease.ms / 1000},
           {"emergency", enum_name(declared->emergency)},
           {"leases", std::move(leases)},
           {"waiting", std::move(waiting)},
           {"waiting_total",
            line == nullptr ? int64_t{0} : static_cast<int64_t>(line->waiting.size())}}));
    }
    return Node::object({{"queues", std::move(list)}, {"deadlock", names_json(deadlock)}});
  });
}

}  // namespace tollgate::render
