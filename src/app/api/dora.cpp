// Delivery figures from the records of the ledger.
#include "app/api/route.hpp"
#include "app/render/recommend.hpp"
#include "app/render/service_delivery.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::api {
namespace {

Result<net::Response> dora(Call& call) {
  render::DoraQuery query{.service = call.query("service"),
                          .team = call.query("team"),
                          .environment = call.query("environment")};
  TOLLGATE_TRY(query.since, call.time("since"));
  TOLLGATE_TRY(query.until, call.time("until"));
  if (!call.query("bake").empty()) {
    TOLLGATE_TRY(query.bake, parse_duration(call.query("bake")));
  }
  if (!call.query("at_position").empty()) {
    TOLLGATE_TRY(query.at_position, call.number("at_position", 0, 0, INT64_MAX));
  }
  if (!call.query("by").empty()) {
    query.by = delivery::parse_period_length(call.query("by"));
    if (!query.by) {
      return fail(codes::bad_request, "\"{}\" is no period: day, week, month, quarter or year",
                  call.query("by"));
    }
  }
  query.zone = call.query("zone");
  TOLLGATE_TRY(query.year, call.number("year", query.year, 2000, 2100));
  TOLLGATE_TRY(const doc::Node answer, render::dora_json(call.engine(), query));
  return json_response(answer);
}

Result<net::Response> recommend(Call& call) {
  render::RecommendQuery query{.service = call.query("service"),
                               .environment = call.query("environment"),
                               .figure = call.query("figure")};
  if (!call.query("window").empty()) {
    TOLLGATE_TRY(query.window, parse_duration(call.query("window")));
  }
  TOLLGATE_TRY(const doc::Node answer, render::recommend_json(call.engine(), query));
  return json_response(answer);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/dora", .answer = dora},
    RouteDef{.method = "GET", .path = "/v1/dora/recommend", .answer = recommend},
};

}  // namespace

const std::span<const RouteDef> kDoraRoutes = kRoutes;

}  // namespace tollgate::api
