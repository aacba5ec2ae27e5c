// Alerts: what is on, what may go on next, and a test of those who are told.
#include "app/api/route.hpp"
#include "app/render/answers.hpp"

namespace tollgate::api {
namespace {

Result<net::Response> list(Call& call) {
  return json_response(render::alerts_json(call.engine().alerts(), call.query("slo")));
}

Result<net::Response> test(Call& call) {
  TOLLGATE_CHECK(call.engine().test_target(call.captures[0]));
  return json_response(doc::Node::object({{"target", call.captures[0]}, {"delivered", true}}));
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/alerts", .answer = list},
    RouteDef{.method = "POST",
             .path = "/v1/alert-targets/{target}/test",
             .access = Access::apply,
             .answer = test},
};

}  // namespace

const std::span<const RouteDef> kAlertsRoutes = kRoutes;

}  // namespace tollgate::api
