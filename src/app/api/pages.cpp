// The page for people: what there is now, and one decision.
#include "app/api/route.hpp"
#include "app/render/answers.hpp"
#include "app/render/deployments.hpp"
#include "app/render/page.hpp"
#include "app/render/sources.hpp"

namespace tollgate::api {
namespace {

Result<net::Response> home(Call& call) {
  constexpr size_t kLatestShown = 30;
  constexpr render::StatusLimits kShown{.slos = 200, .alerts = 200};
  const engine::Views& views = call.engine().views();
  const Time now = call.engine().now();
  constexpr int64_t kBypassesShown = 20;
  SourceDesk* const sources = call.api.parts().sources;
  return page_response(render::home_page(
      {.status = render::status_json(call.engine(), {}, kShown),
       .decisions =
           render::decisions_json(views.decisions(INT64_MAX, kLatestShown, {}, {}), kLatestShown),
       .now = now,
       .is_open = !call.api.needs_token(),
       .bypasses =
           render::bypasses_json(call.engine(), {.since = now - days(30), .limit = kBypassesShown}),
       .sources = sources == nullptr ? doc::Node() : render::sources_json(sources->list(), now)}));
}

Result<net::Response> decision(Call& call) {
  const auto answer = call.engine().decision(call.captures[0]);
  if (!answer)
    return page_response(render::error_page(answer.error()),
                         code_info(answer.error().code).http_status);
  return page_response(
      render::decision_page({.verdict = render::gate_json(*answer), .now = call.engine().now()}));
}

Result<net::Response> style(Call&) {
  return net::Response{.content_type = "text/css; charset=utf-8",
                       .headers = {{"Cache-Control", "max-age=300"}},
                       .body = std::string(render::page_style())};
}

Result<net::Response> icon(Call&) {
  return net::Response{.content_type = "image/svg+xml",
                       .headers = {{"Cache-Control", "max-age=86400"}},
                       .body = std::string(render::page_icon())};
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/", .answer = home},
    RouteDef{.method = "GET", .path = "/d/{decision}", .answer = decision},
    RouteDef{.method = "GET", .path = "/icon.svg", .access = Access::open, .answer = icon},
    RouteDef{.method = "GET", .path = "/page.css", .access = Access::open, .answer = style},
};

}  // namespace

const std::span<const RouteDef> kPagesRoutes = kRoutes;

}  // namespace tollgate::api
