// The engine's part of queues: joining, moving, leaving, heartbeats, and what falls due by itself.
#include "engine/engine.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::engine {
namespace {

/// Records of one call of settle_queues; the rest is due at the next.
constexpr int kSettleMax = 10'000;

const model::Queue* declared_queue(const model::Bundle& bundle, std::string_view name) {
  const model::Resource* resource = bundle.find("Queue", name);
  return resource == nullptr ? nullptr : resource->as<model::Queue>();
}

/// What follows from a record about a queue in the same commit: leases that ran out, grants.
std::function<std::optional<model::EventData>(const State&, Time)> settle(std::string queue) {
  return
      [queue = std::move(queue)](const State& state, Time now) -> std::optional<model::EventData> {
        const model::Queue* declared = declared_queue(state.policy()->bundle(), queue);
        if (declared == nullptr) return std::nullopt;
        return state.queues().due(*declared, now, state.size());
      };
}

Command command_for(const Caller& caller, std::string_view subject, std::string_view verb,
                    std::string_view request) {
  return {.actor = caller.actor,
          .subject = "queue/" + std::string(subject),
          .idempotency_key = caller.idempotency_key,
          .request_digest = sha256({verb, request})};
}

tl::unexpected<Error> no_ticket(const std::string& id) {
  return fail(codes::not_found, "no ticket {} waits or holds a lease", id);
}

Result<void> check_join(const State& state, const model::QueueJoined& joined) {
  const model::Bundle& bundle = state.policy()->bundle();
  TOLLGATE_CHECK(bundle.service(joined.service));
  TOLLGATE_CHECK(bundle.environment(joined.environment));
  if (declared_queue(bundle, joined.queue) == nullptr) {
    return fail(codes::not_found, "there is no Queue \"{}\"", joined.queue);
  }
  const queue::Line* line = state.queues().line(joined.queue);
  if (line != nullptr && line->waiting.size() >= queue::kWaitingMax) {
    return fail(codes::queue_full, "{} tickets wait in {} already", queue::kWaitingMax,
                joined.queue);
  }
  if (!joined.parent.empty() &&
      state.queues().standing(joined.parent, nullptr).state == queue::Standing::State::absent) {
    return no_ticket(joined.parent);
  }
  return {};
}

}  // namespace

TicketAnswer Engine::ticket_in(const queue::Board& board, const model::Bundle& bundle,
                               const std::string& id) {
  TicketAnswer answer{.id = id};
  queue::Standing standing = board.standing(id, nullptr);
  if (standing.ticket == nullptr) return answer;
  const std::string& name = standing.ticket->request.queue;
  standing = board.standing(id, declared_queue(bundle, name));
  answer.state = standing.state;
  answer.ticket = *standing.ticket;
  answer.place = standing.place;
  if (standing.lease != nullptr) answer.lease = *standing.lease;
  for (const auto& [token, lease] : board.line(name)->leases) answer.holders.push_back(lease);
  answer.deadlock = queue::deadlocked(board, bundle);
  answer.ring = queue::ring_words(board, answer.deadlock);
  if (const model::Queue* declared = declared_queue(bundle, name))
    answer.emergency = declared->emergency;
  return answer;
}

TicketAnswer Engine::ticket(const std::string& id) const {
  const std::shared_ptr<const Policy> in_force = policy();
  return views().with_queues(
      [&](const queue::Board& board) { return ticket_in(board, in_force->bundle(), id); });
}

Result<TicketAnswer> Engine::join_queue(const model::QueueJoined& joined, const Caller& caller) {
  // Who has a ticket for this release keeps it.
  const std::string known = views().with_queues([&joined](const queue::Board& board) {
    const queue::Standing standing =
        board.find(joined.queue, joined.service, joined.environment, joined.version);
    return standing.ticket == nullptr ? std::string() : standing.ticket->id;
  });
  if (!known.empty()) {
    TicketAnswer answer = ticket(known);
    answer.is_repeat = true;
    return answer;
  }
  Command command = command_for(caller, joined.queue, "queue.join", reflect::canonical(joined));
  command.decide = [joined](const State& state, Time) -> Result<Decision> {
    TOLLGATE_CHECK(check_join(state, joined));
    const queue::Standing other =
        state.queues().find(joined.queue, joined.service, joined.environment, joined.version);
    if (other.ticket != nullptr) {
      return fail(codes::append_conflict, "it joined meanwhile with ticket {}", other.ticket->id);
    }
    return Decision{.data = joined, .follow = settle(joined.queue)};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  TicketAnswer answer = ticket(fmt::format("q{}", recorded.event.position));
  answer.is_repeat = recorded.is_repeat;
  return answer;
}

Result<TicketAnswer> Engine::move_ticket(const model::QueueMoved& moved, const Caller& caller) {
  Command command = command_for(caller, moved.ticket, "queue.move", reflect::canonical(moved));
  command.decide = [moved](const State& state, Time) -> Result<Decision> {
    const queue::Standing standing = state.queues().standing(moved.ticket, nullptr);
    if (standing.state != queue::Standing::State::waiting) return no_ticket(moved.ticket);
    return Decision{.data = moved, .follow = settle(standing.ticket->request.queue)};
  };
  TOLLGATE_CHECK(submit_and_wait(std::move(command)));
  return ticket(moved.ticket);
}

Result<int64_t> Engine::leave_queue(const model::QueueLeft& left, int64_t token,
                                    const Caller& caller) {
  Command command = command_for(caller, left.ticket, "queue.leave",
                                reflect::canonical(left) + std::to_string(token));
  command.decide = [left, token](const State& state, Time) -> Result<Decision> {
    const queue::Standing standing = state.queues().standing(left.ticket, nullptr);
    if (standing.ticket == nullptr) return no_ticket(left.ticket);
    if (token > 0 && (standing.lease == nullptr || standing.lease->token != token)) {
      return fail(codes::stale_token, "{} does not hold a lease with token {}", left.ticket, token);
    }
    return Decision{.data = left, .follow = settle(standing.ticket->request.queue)};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  return recorded.event.position;
}

Result<TicketAnswer> Engine::heartbeat(const std::string& queue, int64_t token,
                                       const Caller& caller) {
  const auto stale = [&queue, token] {
    return fail(codes::stale_token, "token {} holds no lease of {} any more", token, queue);
  };
  const std::optional<queue::Lease> known =
      views().with_queues([&](const queue::Board& board) -> std::optional<queue::Lease> {
        const queue::Lease* lease = board.lease(queue, token);
        return lease == nullptr ? std::optional<queue::Lease>() : *lease;
      });
  if (!known || known->until <= now()) return stale();
  const std::string id = known->ticket.id;
  const std::shared_ptr<const Policy> in_force = policy();
  const model::Queue* declared = declared_queue(in_force->bundle(), queue);
  // A heartbeat is recorded when a third of the lease is over; before that nothing would change.
  const bool is_early =
      declared != nullptr && now() - known->renewed_at < Duration{declared->lease.ms / 3};
  if (is_early) return ticket(id);
  Command command = command_for(caller, queue, "lease.renew", fmt::format("{} {}", id, token));
  command.decide = [queue, token, id, stale](const State& state, Time at) -> Result<Decision> {
    const queue::Lease* lease = state.queues().lease(queue, token);
    if (lease == nullptr || lease->until <= at) return stale();
    const model::Queue* current = declared_queue(state.policy()->bundle(), queue);
    if (current == nullptr) return fail(codes::not_found, "there is no Queue \"{}\"", queue);
    return Decision{
        .data = model::LeaseRenewed{.ticket = id, .token = token, .until = at + current->lease}};
  };
  TOLLGATE_CHECK(submit_and_wait(std::move(command)));
  return ticket(id);
}

Result<void> Engine::check_token(const std::string& queue, int64_t token) const {
  const Time at = now();
  const bool is_held = views().with_queues([&](const queue::Board& board) {
    const queue::Lease* lease = board.lease(queue, token);
    return lease != nullptr && lease->until > at;
  });
  if (is_held) return {};
  return fail(codes::stale_token, "token {} holds no lease of {} any more", token, queue);
}

Result<void> Engine::settle_queues() {
  for (int i = 0; i < kSettleMax; ++i) {
    const std::shared_ptr<const Policy> in_force = policy();
    const Time moment = now();
    const model::Queue* queue = views().with_queues(
        [&](const queue::Board& board) { return board.due_queue(in_force->bundle(), moment); });
    if (queue == nullptr) return {};
    const std::string name = queue->name;
    Command command =
        command_for({.actor = {.subject = "tollgate", .issuer = "local"}}, name, "settle", "");
    command.decide = [name](const State& state, Time at) -> Result<Decision> {
      auto first = settle(name)(state, at);
      if (!first) return fail(codes::append_conflict, "nothing is due any more");
      return Decision{.data = std::move(*first), .follow = settle(name)};
    };
    const Result<Recorded> recorded = submit_and_wait(std::move(command));
    if (!recorded && recorded.error().code != codes::append_conflict) return fail(recorded.error());
    if (!recorded) return {};
  }
  return {};
}

}  // namespace tollgate::engine
