// Deployments: what was seen, what somebody tells, and what nobody had allowed.
#include "app/api/route.hpp"
#include "app/render/deployments.hpp"
#include "edge/webhooks/told.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::api {
namespace {

Result<render::DeploymentQuery> read_query(const Call& call) {
  render::DeploymentQuery query{.service = call.query("service"),
                                .environment = call.query("environment")};
  TOLLGATE_TRY(query.since, call.time("since"));
  TOLLGATE_TRY(query.until, call.time("until"));
  TOLLGATE_TRY(query.limit, call.number("limit", query.limit, 1, render::kDeploymentsMax));
  return query;
}

Result<net::Response> list(Call& call) {
  TOLLGATE_TRY(const render::DeploymentQuery query, read_query(call));
  return json_response(render::deployments_json(call.engine(), query));
}

Result<net::Response> bypasses(Call& call) {
  TOLLGATE_TRY(const render::DeploymentQuery query, read_query(call));
  return json_response(render::bypasses_json(call.engine(), query));
}

Result<net::Response> tell(Call& call) {
  TOLLGATE_TRY(const doc::Node body, call.json());
  TOLLGATE_TRY(model::Observation told, webhooks::read_told(body, call.engine().now()));
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const engine::ObserveAnswer answer,
               call.engine().observe({std::move(told)}, {}, caller));
  return json_response(render::observe_json(answer), answer.recorded > 0 ? 201 : 200);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/deployments", .answer = list},
    RouteDef{.method = "GET", .path = "/v1/bypasses", .answer = bypasses},
    RouteDef{
        .method = "POST", .path = "/v1/observations", .access = Access::record, .answer = tell},
};

}  // namespace

const std::span<const RouteDef> kDeliveriesRoutes = kRoutes;

}  // namespace tollgate::api
