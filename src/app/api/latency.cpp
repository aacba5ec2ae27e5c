// The latency of releases, from traces.
#include "app/render/latency.hpp"

#include "app/api/route.hpp"
#include "edge/spans/span_book.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::api {
namespace {

Result<net::Response> compare(Call& call) {
  spans::SpanBook* const book = call.api.parts().spans;
  if (book == nullptr) return fail(codes::not_found, "this server takes no traces");
  book->advance(call.engine().now());
  TOLLGATE_TRY(const spans::CompareAnswer answer,
               book->compare({.service = call.captures[0],
                              .before = call.query("before"),
                              .after = call.query("after"),
                              .environment = call.query("environment"),
                              .track_before = call.query("track_before"),
                              .track_after = call.query("track_after"),
                              .operation = call.query("operation")}));
  return json_response(render::latency_json(answer));
}

Result<net::Response> operations(Call& call) {
  spans::SpanBook* const book = call.api.parts().spans;
  if (book == nullptr) return fail(codes::not_found, "this server takes no traces");
  book->advance(call.engine().now());
  TOLLGATE_TRY(const auto list, book->operations(call.captures[0], call.query("version"),
                                                 call.query("environment")));
  return json_response(
      render::operations_json(call.captures[0], list, book->versions(call.captures[0])));
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/services/{service}/latency", .answer = compare},
    RouteDef{.method = "GET", .path = "/v1/services/{service}/operations", .answer = operations},
};

}  // namespace

const std::span<const RouteDef> kLatencyRoutes = kRoutes;

}  // namespace tollgate::api
