// Queues: joined, waited in, left; leases kept alive and their tokens checked.
#include "app/api/route.hpp"
#include "app/render/queue.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::api {
namespace {

constexpr int64_t kWaitSecondsMax = 60;

Result<net::Response> list(Call& call) {
  return json_response(render::queues_json(call.engine(), call.query("queue")));
}

Result<net::Response> join(Call& call) {
  TOLLGATE_TRY(doc::Node body, call.json());
  if (body.is_object()) body.set("queue", call.captures[0]);
  TOLLGATE_TRY(const model::QueueJoined joined, reflect::decode<model::QueueJoined>(body));
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const engine::TicketAnswer answer, call.engine().join_queue(joined, caller));
  return json_response(render::ticket_json(answer), answer.is_repeat ? 200 : 201);
}

/// "wait=60" of the Prefer header (RFC 7240), in seconds; 0 without it.
int64_t wait_of(const net::Request& request) {
  for (const std::string_view part : split(request.header("prefer"), ',')) {
    const std::string_view preference = trim(part);
    if (!preference.starts_with("wait=")) continue;
    return std::min(parse_integer(preference.substr(5)).value_or(0), kWaitSecondsMax);
  }
  return 0;
}

/// Answers at once, or with `Prefer: wait=N` when the ticket waits no more.
void show(Call call, net::Responder responder) {
  const std::string id = call.captures[0];
  const int64_t wait = wait_of(call.request);
  engine::Engine& engine = call.engine();
  auto shared = std::make_shared<net::Responder>(std::move(responder));
  const auto answer = [&engine, id, shared, request_id = call.request_id](bool is_over) {
    const engine::TicketAnswer ticket = engine.ticket(id);
    if (!is_over && ticket.state == queue::Standing::State::waiting) return false;
    net::Response response =
        ticket.ticket
            ? json_response(render::ticket_json(ticket))
            : net::problem({.code = codes::not_found,
                            .message = fmt::format("no ticket {} waits or holds a lease", id)},
                           "/v1/tickets/" + id);
    response.headers.push_back({"X-Request-Id", request_id});
    shared->send(std::move(response));
    return true;
  };
  if (wait <= 0 || !call.api.ticket_waiters().add(std::chrono::seconds(wait), answer)) answer(true);
}

Result<net::Response> move(Call& call) {
  TOLLGATE_TRY(doc::Node body, call.json());
  if (body.is_object()) body.set("ticket", call.captures[0]);
  TOLLGATE_TRY(const model::QueueMoved moved, reflect::decode<model::QueueMoved>(body));
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const engine::TicketAnswer answer, call.engine().move_ticket(moved, caller));
  return json_response(render::ticket_json(answer));
}

Result<net::Response> leave(Call& call) {
  TOLLGATE_TRY(const int64_t token, call.number("token", 0, 0, INT64_MAX));
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const int64_t position,
               call.engine().leave_queue(
                   {.ticket = call.captures[0], .reason = call.query("reason")}, token, caller));
  return json_response(
      doc::Node::object({{"ticket", call.captures[0]}, {"position", position}, {"left", true}}));
}

Result<net::Response> heartbeat(Call& call) {
  TOLLGATE_TRY(const doc::Node body, call.json());
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const engine::TicketAnswer answer,
               call.engine().heartbeat(call.captures[0], body.integer_or("token", 0), caller));
  return json_response(render::ticket_json(answer));
}

/// For whatever the queue protects: 200 while the token is good, 409 when it is not.
Result<net::Response> fence(Call& call) {
  TOLLGATE_TRY(const int64_t token, call.number("token", 0, 0, INT64_MAX));
  TOLLGATE_CHECK(call.engine().check_token(call.captures[0], token));
  return json_response(
      doc::Node::object({{"queue", call.captures[0]}, {"token", token}, {"valid", true}}));
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/queues", .answer = list},
    RouteDef{.method = "POST",
             .path = "/v1/queues/{queue}/tickets",
             .access = Access::gate,
             .answer = join},
    RouteDef{.method = "POST",
             .path = "/v1/queues/{queue}/heartbeat",
             .access = Access::gate,
             .answer = heartbeat},
    RouteDef{.method = "GET", .path = "/v1/queues/{queue}/fence", .answer = fence},
    RouteDef{.method = "GET", .path = "/v1/tickets/{ticket}", .start = show},
    RouteDef{.method = "DELETE",
             .path = "/v1/tickets/{ticket}",
             .access = Access::gate,
             .answer = leave},
    RouteDef{.method = "POST",
             .path = "/v1/tickets/{ticket}/move",
             .access = Access::gate,
             .answer = move},
};

}  // namespace

const std::span<const RouteDef> kQueuesRoutes = kRoutes;

}  // namespace tollgate::api
