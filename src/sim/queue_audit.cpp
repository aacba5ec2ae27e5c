#include "sim/queue_audit.hpp"

#include <algorithm>

namespace tollgate::sim {
namespace {

int64_t capacity_of(std::string_view queue) { return queue == kFairQueueName ? 1 : 2; }

}  // namespace

int64_t QueueAudit::held_in(std::string_view queue) const {
  return std::count_if(tickets_.begin(), tickets_.end(), [queue](const auto& place) {
    return place.second.queue == queue && place.second.token != 0;
  });
}

std::string QueueAudit::passed_by(const Ticket& granted) const {
  if (granted.queue != kFairQueueName) return {};
  for (const auto& [name, other] : tickets_) {
    if (other.queue != granted.queue || other.token != 0 || other.number == granted.number)
      continue;
    const bool goes_first = other.is_emergency != granted.is_emergency
                                ? other.is_emergency
                                : other.number < granted.number;
    if (goes_first) return name;
  }
  return {};
}

std::string QueueAudit::take_grant(const model::Event& event, const model::LeaseGranted& granted) {
  const auto ticket = tickets_.find(granted.ticket);
  if (ticket == tickets_.end() || ticket->second.token != 0) return "a lease for nobody who waits";
  if (granted.token != event.position || granted.token <= newest_token_)
    return "a fencing token that does not grow";
  if (granted.until != event.time + kQueueLease) return "a lease of another length";
  if (const std::string passed = passed_by(ticket->second); !passed.empty())
    return fmt::format("{} had its turn before {}", granted.ticket, passed);
  newest_token_ = granted.token;
  ticket->second.token = granted.token;
  leases_[granted.token] = {.ticket = granted.ticket, .until = granted.until};
  if (held_in(granted.queue) > capacity_of(granted.queue)) return "more leases than the capacity";
  return {};
}

std::string QueueAudit::take_end(const model::Event& event, const model::LeaseEnded& ended) {
  const auto lease = leases_.find(ended.token);
  if (lease == leases_.end() || lease->second.ticket != ended.ticket)
    return "the end of a lease that nobody holds";
  if (ended.result == model::LeaseEnd::expired) {
    if (event.time < lease->second.until) return "a lease ended before its time";
    tickets_.erase(ended.ticket);
  } else {
    Ticket& ticket = tickets_[ended.ticket];
    if (held_in(ticket.queue) < capacity_of(ticket.queue)) return "pre-empted with room left";
    if (!tickets_.contains(ended.by)) return "pre-empted by nobody";
    ticket.token = 0;
  }
  leases_.erase(lease);
  return {};
}

std::string QueueAudit::take(const model::Event& event) {
  if (const auto* joined = std::get_if<model::QueueJoined>(&event.data)) {
    tickets_[fmt::format("q{}", event.position)] = {
        .queue = joined->queue,
        .number = event.position,
        .is_emergency = joined->change_class == model::ChangeClass::emergency};
  } else if (const auto* left = std::get_if<model::QueueLeft>(&event.data)) {
    const auto ticket = tickets_.find(left->ticket);
    if (ticket == tickets_.end()) return "somebody left who was not there";
    leases_.erase(ticket->second.token);
    tickets_.erase(ticket);
  } else if (const auto* moved = std::get_if<model::QueueMoved>(&event.data)) {
    if (!tickets_.contains(moved->ticket)) return "somebody moved who was not there";
  } else if (const auto* granted = std::get_if<model::LeaseGranted>(&event.data)) {
    return take_grant(event, *granted);
  } else if (const auto* renewed = std::get_if<model::LeaseRenewed>(&event.data)) {
    const auto lease = leases_.find(renewed->token);
    if (lease == leases_.end() || lease->second.ticket != renewed->ticket)
      return "a stale token was renewed";
    if (lease->second.until <= event.time) return "a lease was renewed after its end";
    lease->second.until = renewed->until;
  } else if (const auto* ended = std::get_if<model::LeaseEnded>(&event.data)) {
    return take_end(event, *ended);
  }
  return {};
}

}  // namespace tollgate::sim
