#include "app/cli/ask/queues.hpp"

#include "app/render/queue.hpp"
#include "edge/net/http_types.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::cli::ask {

using doc::Node;

Result<Node> queue_list(Backend& backend, const std::string& queue) {
  if (Remote* const remote = backend.remote())
    return remote->get("/v1/queues" + query_of({{"queue", queue}}));
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().settled());
  return render::queues_json(*engine, queue);
}

Result<Node> queue_join(Backend& backend, const model::QueueJoined& joined,
                        const std::string& key) {
  if (Remote* const remote = backend.remote()) {
    return remote->post_json("/v1/queues/" + percent_encode(joined.queue) + "/tickets",
                             reflect::encode(joined), key);
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.settled());
  TOLLGATE_TRY(const engine::TicketAnswer answer, engine->join_queue(joined, local.caller(key)));
  return render::ticket_json(answer);
}

Result<Node> queue_ticket(Backend& backend, const std::string& id, Duration wait) {
  if (Remote* const remote = backend.remote()) {
    engine::HttpRequest request = remote->request("GET", "/v1/tickets/" + percent_encode(id), "");
    if (wait.ms > 0) {
      request.headers.emplace_back("prefer", fmt::format("wait={}", (wait.ms + 999) / 1000));
      request.timeout = wait + kRemoteTimeout;
    }
    return remote->json(request);
  }
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().settled());
  return render::ticket_json(engine->ticket(id));
}

Result<Node> queue_move(Backend& backend, const model::QueueMoved& moved, const std::string& key) {
  if (Remote* const remote = backend.remote()) {
    return remote->post_json("/v1/tickets/" + percent_encode(moved.ticket) + "/move",
                             reflect::encode(moved), key);
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.settled());
  TOLLGATE_TRY(const engine::TicketAnswer answer, engine->move_ticket(moved, local.caller(key)));
  return render::ticket_json(answer);
}

Result<Node> queue_leave(Backend& backend, const model::QueueLeft& left, int64_t token,
                         const std::string& key) {
  if (Remote* const remote = backend.remote()) {
    return remote->remove(
        "/v1/tickets/" + percent_encode(left.ticket) +
            query_of({{"token", token > 0 ? std::to_string(token) : ""}, {"reason", left.reason}}),
        key);
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.settled());
  TOLLGATE_TRY(const int64_t position, engine->leave_queue(left, token, local.caller(key)));
  return Node::object({{"ticket", left.ticket}, {"position", position}, {"left", true}});
}

Result<Node> queue_heartbeat(Backend& backend, const std::string& queue, int64_t token) {
  if (Remote* const remote = backend.remote()) {
    return remote->post_json("/v1/queues/" + percent_encode(queue) + "/heartbeat",
                             Node::object({{"token", token}}), "");
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.settled());
  TOLLGATE_TRY(const engine::TicketAnswer answer,
               engine->heartbeat(queue, token, local.caller("")));
  return render::ticket_json(answer);
}

}  // namespace tollgate::cli::ask
