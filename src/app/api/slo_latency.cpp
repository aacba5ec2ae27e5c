// How long the events of an SLO took, by the latency cells: quantiles between two bounds.
#include "app/api/route.hpp"
#include "app/render/latency.hpp"
#include "edge/cells/cell_store.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::api {
namespace {

constexpr Duration kUsualWindow = hours(1);
Result<net::Response> latency(Call& call) {
  cells::CellStore* const cells = call.api.parts().cells;
  if (cells == nullptr) return fail(codes::not_found, "this server keeps no latencies");
  const std::string address = call.captures[0] + "/" + call.captures[1];
  TOLLGATE_CHECK(call.engine().policy()->bundle().find_slo(address).map([](const auto*) {}));
  TOLLGATE_TRY(const std::optional<Time> at, call.time("at"));
  Duration window = kUsualWindow;
  if (const std::string text = call.query("window"); !text.empty()) {
    TOLLGATE_TRY(window, parse_duration(text));
  }
  const Time to = at.value_or(call.engine().now());
  TOLLGATE_TRY(const stats::ExponentialHistogram latencies,
               cells->latency(address,
                              {.environment = call.query("environment"),
                               .track = call.query("track"),
                               .version = call.query("version"),
                               .group = call.query("group")},
                              {to - window, to}));
  return json_response(render::slo_latency_json(address, {to - window, to}, latencies));
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/slos/{service}/{slo}/latency", .answer = latency},
};

}  // namespace

const std::span<const RouteDef> kSloLatencyRoutes = kRoutes;

}  // namespace tollgate::api
