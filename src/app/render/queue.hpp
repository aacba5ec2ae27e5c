// The JSON form of queues and tickets, for the command line and the HTTP API alike.
#pragma once

#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

namespace tollgate::render {

/// {ticket, state: "holding"|"waiting"|"absent", queue, service, environment, version, place,
/// token, until, holders: [...], deadlock: [...], message}.
doc::Node ticket_json(const engine::TicketAnswer& answer);
/// {queues: [{queue, mode, capacity, lease_s, emergency, leases: [...], waiting: [{ticket, place,
/// ..., message}], waiting_total}], deadlock: [...]}; of one queue if named, at most kTicketsShown
/// waiting of each, the next one first.
doc::Node queues_json(const engine::Engine& engine, std::string_view queue);

inline constexpr size_t kTicketsShown = 100;

}  // namespace tollgate::render
