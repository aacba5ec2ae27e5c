// The fold of queue events, and the order of those who wait.
#include "domain/queue/board.hpp"

#include <algorithm>

namespace tollgate::queue {
namespace {

using model::QueueEmergency;
using model::QueueMode;

bool is_emergency(const Ticket& ticket) {
  return ticket.request.change_class == model::ChangeClass::emergency;
}

/// The lease that a waiting emergency ends: the youngest that is none itself.
const Lease* victim_of(const Line& line) {
  for (auto lease = line.leases.rbegin(); lease != line.leases.rend(); ++lease) {
    if (!is_emergency(lease->second.ticket)) return &lease->second;
  }
  return nullptr;
}

const Ticket* first_emergency(const Line& line) {
  const auto found = std::find_if(line.waiting.begin(), line.waiting.end(), [](const auto& item) {
    return is_emergency(item.second) && item.second.request.is_ready;
  });
  return found == line.waiting.end() ? nullptr : &found->second;
}

/// True if `a` goes before `b`, both in one queue.
bool goes_before(const model::Queue& queue, const Ticket& a, const Ticket& b) {
  if (queue.emergency != QueueEmergency::wait && is_emergency(a) != is_emergency(b)) {
    return is_emergency(a);
  }
  switch (queue.mode) {
    case QueueMode::priority:
      if (a.request.priority != b.request.priority) return a.request.priority > b.request.priority;
      return a.number < b.number;
    case QueueMode::newest_first:
    case QueueMode::newest_ready_first:
      return a.number > b.number;
    case QueueMode::oldest_first:
    case QueueMode::unordered:
      break;
  }
  return a.number < b.number;
}

/// Whether a waiting ticket is in the order at all: in strict modes also one that is not ready,
/// which holds the others up. An emergency that is not ready stops nobody.
bool is_in_order(const model::Queue& queue, const Ticket& ticket) {
  const bool is_strict =
      queue.mode == QueueMode::oldest_first || queue.mode == QueueMode::newest_first;
  return ticket.request.is_ready || (is_strict && !is_emergency(ticket));
}

/// True if `a` would be granted before `b` as things stand: what is not in the order comes last.
bool stands_before(const model::Queue& queue, const Ticket& a, const Ticket& b) {
  const bool is_a = is_in_order(queue, a);
  const bool is_b = is_in_order(queue, b);
  return is_a != is_b ? is_a : goes_before(queue, a, b);
}

std::string release_key(std::string_view queue, std::string_view service,
                        std::string_view environment, std::string_view version) {
  return fmt::format("{}\n{}\n{}\n{}", queue, service, environment, version);
}

}  // namespace

bool Board::concerns(const model::Event& event) {
  return std::holds_alternative<model::QueueJoined>(event.data) ||
         std::holds_alternative<model::QueueMoved>(event.data) ||
         std::holds_alternative<model::QueueLeft>(event.data) ||
         std::holds_alternative<model::LeaseGranted>(event.data) ||
         std::holds_alternative<model::LeaseRenewed>(event.data) ||
         std::holds_alternative<model::LeaseEnded>(event.data);
}

void Board::erase(const std::string& ticket) {
  const auto place = places_.find(ticket);
  if (place == places_.end()) return;
  const auto line = lines_.find(place->second.queue);
  line->second.waiting.erase(place->second.number);
  std::erase_if(line->second.leases,
                [&](const auto& item) { return item.second.ticket.id == ticket; });
  if (line->second.waiting.empty() && line->second.leases.empty()) lines_.erase(line);
  by_release_.erase(place->second.release);
  places_.erase(place);
}

Ticket* Board::waiting_ticket(const std::string& id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return nullptr;
  std::map<int64_t, Ticket>& waiting = lines_[place->second.queue].waiting;
  const auto ticket = waiting.find(place->second.number);
  return ticket == waiting.end() ? nullptr : &ticket->second;
}

void Board::take(const model::Event& event) {
  if (const auto* joined = std::get_if<model::QueueJoined>(&event.data)) {
    Ticket ticket{.id = fmt::format("q{}", event.position),
                  .number = event.position,
                  .joined_at = event.time,
                  .joined_by = event.actor.subject,
                  .request = *joined};
    const std::string release =
        release_key(joined->queue, joined->service, joined->environment, joined->version);
    places_[ticket.id] = {.queue = joined->queue, .number = ticket.number, .release = release};
    by_release_[release] = ticket.id;
    lines_[joined->queue].waiting.emplace(ticket.number, std::move(ticket));
  } else if (const auto* moved = std::get_if<model::QueueMoved>(&event.data)) {
    Ticket* ticket = waiting_ticket(moved->ticket);
    if (ticket == nullptr) return;
    if (moved->priority) ticket->request.priority = *moved->priority;
    if (moved->is_ready) ticket->request.is_ready = *moved->is_ready;
  } else if (const auto* left = std::get_if<model::QueueLeft>(&event.data)) {
    erase(left->ticket);
  } else if (const auto* granted = std::get_if<model::LeaseGranted>(&event.data)) {
    Ticket* ticket = waiting_ticket(granted->ticket);
    if (ticket == nullptr) return;
    Line& line = lines_[granted->queue];
    const int64_t number = ticket->number;
    line.leases.emplace(granted->token, Lease{.ticket = std::move(*ticket),
                                              .token = granted->token,
                                              .granted_at = event.time,
                                              .renewed_at = event.time,
                                              .until = granted->until});
    line.waiting.erase(number);
  } else if (const auto* renewed = std::get_if<model::LeaseRenewed>(&event.data)) {
    Lease* lease = lease_of(renewed->ticket, renewed->token);
    if (lease == nullptr) return;
    lease->until = renewed->until;
    lease->renewed_at = event.time;
  } else if (const auto* ended = std::get_if<model::LeaseEnded>(&event.data)) {
    if (ended->result == model::LeaseEnd::expired) return erase(ended->ticket);
    Lease* lease = lease_of(ended->ticket, ended->token);
    if (lease == nullptr) return;
    Ticket ticket = std::move(lease->ticket);
    Line& line = lines_[ticket.request.queue];
    line.leases.erase(ended->token);
    line.waiting.emplace(ticket.number, std::move(ticket));
  }
}

Lease* Board::lease_of(const std::string& ticket, int64_t token) {
  const auto place = places_.find(ticket);
  if (place == places_.end()) return nullptr;
  std::map<int64_t, Lease>& leases = lines_[place->second.queue].leases;
  const auto lease = leases.find(token);
  return lease == leases.end() ? nullptr : &lease->second;
}

const Ticket* Board::next_of(const model::Queue& queue, const Line& line) const {
  const Ticket* best = nullptr;
  for (const auto& [number, ticket] : line.waiting) {
    if (is_in_order(queue, ticket) && (best == nullptr || goes_before(queue, ticket, *best)))
      best = &ticket;
  }
  return best != nullptr && best->request.is_ready ? best : nullptr;
}

std::optional<model::EventData> Board::due(const model::Queue& queue, Time now,
                                           int64_t position) const {
  const Line* found = line(queue.name);
  if (found == nullptr) return std::nullopt;
  for (const auto& [token, lease] : found->leases) {
    if (lease.until > now) continue;
    return model::LeaseEnded{.ticket = lease.ticket.id, .token = token};
  }
  if (found->waiting.empty()) return std::nullopt;
  const bool has_room = static_cast<int64_t>(found->leases.size()) < queue.capacity;
  if (!has_room) {
    if (queue.emergency != QueueEmergency::pre_empt) return std::nullopt;
    const Ticket* emergency = first_emergency(*found);
    const Lease* victim = emergency == nullptr ? nullptr : victim_of(*found);
    if (victim == nullptr) return std::nullopt;
    return model::LeaseEnded{.ticket = victim->ticket.id,
                             .token = victim->token,
                             .result = model::LeaseEnd::pre_empted,
                             .by = emergency->id};
  }
  const Ticket* next = next_of(queue, *found);
  if (next == nullptr) return std::nullopt;
  return model::LeaseGranted{
      .queue = queue.name, .ticket = next->id, .token = position, .until = now + queue.lease};
}

const model::Queue* Board::due_queue(const model::Bundle& bundle, Time now) const {
  for (const auto& [name, line] : lines_) {
    const model::Resource* resource = bundle.find("Queue", name);
    if (resource == nullptr) continue;
    const auto* queue = resource->as<model::Queue>();
    if (due(*queue, now, 0)) return queue;
  }
  return nullptr;
}

const Line* Board::line(std::string_view queue) const {
  const auto found = lines_.find(queue);
  return found == lines_.end() ? nullptr : &found->second;
}

Standing Board::standing(std::string_view ticket, const model::Queue* queue) const {
  const auto place = places_.find(ticket);
  if (place == places_.end()) return {};
  const Line& at = lines_.find(place->second.queue)->second;
  const auto waiting = at.waiting.find(place->second.number);
  if (waiting == at.waiting.end()) {
    for (const auto& [token, lease] : at.leases) {
      if (lease.ticket.id != ticket) continue;
      return {.state = Standing::State::holding, .ticket = &lease.ticket, .lease = &lease};
    }
    return {};
  }
  Standing standing{.state = Standing::State::waiting, .ticket = &waiting->second, .place = 1};
  if (queue == nullptr) return standing;
  for (const auto& [number, other] : at.waiting) {
    if (stands_before(*queue, other, waiting->second)) ++standing.place;
  }
  return standing;
}

std::vector<const Ticket*> Board::order(const model::Queue& queue, size_t limit) const {
  std::vector<const Ticket*> tickets;
  const Line* found = line(queue.name);
  if (found == nullptr) return tickets;
  for (const auto& [number, ticket] : found->waiting) tickets.push_back(&ticket);
  const size_t count = std::min(limit, tickets.size());
  std::partial_sort(
      tickets.begin(), tickets.begin() + static_cast<std::ptrdiff_t>(count), tickets.end(),
      [&queue](const Ticket* a, const Ticket* b) { return stands_before(queue, *a, *b); });
  tickets.resize(count);
  return tickets;
}

Standing Board::find(std::string_view queue, std::string_view service, std::string_view environment,
                     std::string_view version) const {
  const auto ticket = by_release_.find(release_key(queue, service, environment, version));
  if (ticket == by_release_.end()) return {};
  return standing(ticket->second, nullptr);
}

const Lease* Board::lease(std::string_view queue, int64_t token) const {
  const Line* found = line(queue);
  if (found == nullptr) return nullptr;
  const auto lease = found->leases.find(token);
  return lease == found->leases.end() ? nullptr : &lease->second;
}

std::vector<const model::Queue*> queues_for(const model::Bundle& bundle,
                                            const model::Service& service,
                                            std::string_view environment,
                                            model::ChangeClass change_class) {
  const auto names = [](const auto& list, const auto& wanted) {
    return list.empty() || std::find(list.begin(), list.end(), wanted) != list.end();
  };
  std::vector<const model::Queue*> queues;
  for (const model::Resource* resource : bundle.of_kind("Queue")) {
    const auto* queue = resource->as<model::Queue>();
    const model::Selector& selector = queue->selects;
    const bool is_selected = names(selector.environments, std::string(environment)) &&
                             names(selector.change_classes, change_class) &&
                             model::selects_service(selector, service);
    if (is_selected) queues.push_back(queue);
  }
  return queues;
}

}  // namespace tollgate::queue
