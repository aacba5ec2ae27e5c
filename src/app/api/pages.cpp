// The pages for people: what there is now, deliveries, the calendar, queues, and one decision.
#include "app/api/calendar_imports.hpp"
#include "app/api/route.hpp"
#include "app/render/answers.hpp"
#include "app/render/calendar.hpp"
#include "app/render/deployments.hpp"
#include "app/render/latency.hpp"
#include "app/render/page.hpp"
#include "app/render/queue.hpp"
#include "app/render/service_delivery.hpp"
#include "app/render/sources.hpp"
#include "edge/spans/span_book.hpp"

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

/// The first environment of production, else the first one.
std::string main_environment(const model::Bundle& bundle) {
  std::string first;
  for (const model::Resource* resource : bundle.of_kind("Environment")) {
    const auto* environment = resource->as<model::Environment>();
    if (environment == nullptr) continue;
    if (environment->is_production) return resource->metadata.name;
    if (first.empty()) first = resource->metadata.name;
  }
  return first;
}

net::Response error_response(const Error& error) {
  return page_response(render::error_page(error), code_info(error.code).http_status);
}

/// Services whose last two releases were traced; of one if it is named. A comparison reads two
/// weeks of cells, so of very many only the first are shown.
std::vector<doc::Node> latencies_of(const Call& call, const std::string& service,
                                    const std::string& environment) {
  constexpr size_t kServicesShown = 8;
  std::vector<doc::Node> latencies;
  spans::SpanBook* const book = call.api.parts().spans;
  if (book == nullptr) return latencies;
  book->advance(call.engine().now());
  for (const std::string& each : book->services()) {
    if (!service.empty() && each != service) continue;
    if (latencies.size() == kServicesShown) break;
    const auto answer = book->compare({.service = each, .environment = environment});
    if (answer) latencies.push_back(render::latency_json(*answer));
  }
  return latencies;
}

Result<net::Response> deliveries(Call& call) {
  constexpr int64_t kDeploymentsShown = 30;
  constexpr int64_t kBypassesShown = 20;
  const Time now = call.engine().now();
  const auto window = call.number("days", 90, 1, 3650);
  if (!window) return error_response(window.error());
  const Time since = now - days(*window);
  render::DoraQuery query{.service = call.query("service"),
                          .environment = call.query("environment"),
                          .since = since,
                          .by = delivery::PeriodLength::week};
  auto dora = render::dora_json(call.engine(), query);
  if (!dora) return error_response(dora.error());
  const render::DeploymentQuery deployments{.service = query.service,
                                            .environment = query.environment,
                                            .since = since,
                                            .limit = kDeploymentsShown};
  render::DeploymentQuery bypasses = deployments;
  bypasses.limit = kBypassesShown;
  return page_response(
      render::deliveries_page({.service = query.service,
                               .environment = query.environment,
                               .days = *window,
                               .dora = std::move(*dora),
                               .deployments = render::deployments_json(call.engine(), deployments),
                               .bypasses = render::bypasses_json(call.engine(), bypasses),
                               .latencies = latencies_of(call, query.service, query.environment),
                               .now = now}));
}

Result<net::Response> calendar(Call& call) {
  constexpr size_t kEnvironmentsShown = 20;
  const engine::Engine& engine = call.engine();
  const auto policy = engine.policy();
  render::CalendarView view{.environment = call.query("environment"), .now = engine.now()};
  if (view.environment.empty()) view.environment = main_environment(policy->bundle());
  for (const model::Resource* resource : policy->bundle().of_kind("Environment")) {
    if (view.places.size() == kEnvironmentsShown) break;
    const engine::CalendarQuestion question{.environment = resource->metadata.name};
    const auto reading = engine.calendar(question);
    if (!reading) return error_response(reading.error());
    view.places.push_back(render::calendar_check_json(question, *reading));
  }
  if (!view.environment.empty()) {
    auto sheet = render::calendar_days_json(engine, {.environment = view.environment}, "");
    if (!sheet) return error_response(sheet.error());
    view.days = std::move(*sheet);
  }
  const auto line = engine.calendar_preview("", view.now, view.now + model::kCalendarHorizon);
  if (!line) return error_response(line.error());
  view.list = render::calendar_list_json(*line);
  if (call.api.parts().imports != nullptr) view.imports = call.api.parts().imports->status();
  return page_response(render::calendar_page(view));
}

Result<net::Response> queues(Call& call) {
  return page_response(render::queues_page(
      {.queues = render::queues_json(call.engine(), ""), .now = call.engine().now()}));
}

Result<net::Response> script(Call&) {
  return net::Response{.content_type = "text/javascript; charset=utf-8",
                       .headers = {{"Cache-Control", "max-age=300"}},
                       .body = std::string(render::page_script())};
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
    RouteDef{.method = "GET", .path = "/calendar", .answer = calendar},
    RouteDef{.method = "GET", .path = "/d/{decision}", .answer = decision},
    RouteDef{.method = "GET", .path = "/deliveries", .answer = deliveries},
    RouteDef{.method = "GET", .path = "/queues", .answer = queues},
    RouteDef{.method = "GET", .path = "/icon.svg", .access = Access::open, .answer = icon},
    RouteDef{.method = "GET", .path = "/live.js", .access = Access::open, .answer = script},
    RouteDef{.method = "GET", .path = "/page.css", .access = Access::open, .answer = style},
};

}  // namespace

const std::span<const RouteDef> kPagesRoutes = kRoutes;

}  // namespace tollgate::api
