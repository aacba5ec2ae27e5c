// Waiting in queues and holding their leases.
#pragma once

#include "app/cli/backend.hpp"
#include "domain/model/events.hpp"
#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::cli::ask {

Result<doc::Node> queue_list(Backend& backend, const std::string& queue);
Result<doc::Node> queue_join(Backend& backend, const model::QueueJoined& joined,
                             const std::string& idempotency_key);
/// Where a ticket stands; with a server after `wait`, or as soon as it waits no more.
Result<doc::Node> queue_ticket(Backend& backend, const std::string& id, Duration wait);
Result<doc::Node> queue_move(Backend& backend, const model::QueueMoved& moved,
                             const std::string& idempotency_key);
/// `token` proves the lease; 0 if the ticket only waits.
Result<doc::Node> queue_leave(Backend& backend, const model::QueueLeft& left, int64_t token,
                              const std::string& idempotency_key);
Result<doc::Node> queue_heartbeat(Backend& backend, const std::string& queue, int64_t token);

}  // namespace tollgate::cli::ask
