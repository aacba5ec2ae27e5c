// Server-sent events: what the ledger gains, as it gains it. The id is the ledger position.
#include "app/api/route.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::api {
namespace {

void follow(Call call, net::Responder responder) {
  const int64_t last = parse_integer(call.request.header("last-event-id")).value_or(-1);
  net::Stream stream =
      responder.stream({.content_type = "text/event-stream",
                        .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
                        .body = "retry: 2000\n\n"});
  const bool is_queued = call.api.workers().run(
      [&api = call.api, stream, last] { api.streams().join(stream, last < 0 ? -1 : last + 1); });
  if (!is_queued) stream.close();
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/stream", .start = follow},
};

}  // namespace

const std::span<const RouteDef> kStreamRoutes = kRoutes;

}  // namespace tollgate::api
