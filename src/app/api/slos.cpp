// Error budgets and burn rates.
#include "app/api/route.hpp"
#include "app/render/answers.hpp"

namespace tollgate::api {
namespace {

engine::Part part_of(const Call& call) {
  return {
      .track = call.query("track"), .version = call.query("version"), .group = call.query("group")};
}

std::string address_of(const Call& call) { return call.captures[0] + "/" + call.captures[1]; }

Result<net::Response> budget(Call& call) {
  TOLLGATE_TRY(const std::optional<Time> at, call.time("at"));
  TOLLGATE_TRY(const engine::BudgetAnswer answer,
               call.engine().budget(address_of(call), call.query("environment"), at,
                                    engine::WithPace::yes, part_of(call)));
  return json_response(render::budget_json(answer));
}

Result<net::Response> burn(Call& call) {
  TOLLGATE_TRY(const std::optional<Time> at, call.time("at"));
  const std::string environment = call.query("environment");
  TOLLGATE_TRY(const engine::BurnAnswer answer,
               call.engine().burn(address_of(call), environment, at, part_of(call)));
  return json_response(render::burn_json(answer, environment));
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/slos/{service}/{slo}/budget", .answer = budget},
    RouteDef{.method = "GET", .path = "/v1/slos/{service}/{slo}/burn", .answer = burn},
};

}  // namespace

const std::span<const RouteDef> kSlosRoutes = kRoutes;

}  // namespace tollgate::api
