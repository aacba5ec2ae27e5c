// Sources of signals: how far each is to be trusted, asked once, quarantined and released; and what
// late data changed afterwards.
#include "app/render/sources.hpp"

#include "app/api/route.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::api {
namespace {

Result<SourceDesk*> desk_of(const Call& call) {
  SourceDesk* const desk = call.api.parts().sources;
  if (desk == nullptr) return fail(codes::not_found, "this server knows no sources of signals");
  return desk;
}

Result<net::Response> list(Call& call) {
  TOLLGATE_TRY(SourceDesk* const desk, desk_of(call));
  return json_response(render::sources_json(desk->list(), call.engine().now()));
}

Result<net::Response> find(Call& call) {
  TOLLGATE_TRY(SourceDesk* const desk, desk_of(call));
  TOLLGATE_TRY(const render::SourceReport report, desk->find(call.captures[0]));
  return json_response(render::source_json(report, call.engine().now()));
}

Result<net::Response> test(Call& call) {
  TOLLGATE_TRY(SourceDesk* const desk, desk_of(call));
  TOLLGATE_TRY(const render::SourceTest tested, desk->test(call.captures[0]));
  return json_response(render::source_test_json(tested));
}

/// {reason, until}; until is optional.
Result<net::Response> quarantine(Call& call) {
  TOLLGATE_TRY(SourceDesk* const desk, desk_of(call));
  TOLLGATE_TRY(const doc::Node body, call.json());
  model::SourceQuarantined quarantined{.source = call.captures[0],
                                       .reason = std::string(body.text_or("reason"))};
  if (const std::string_view until = body.text_or("until"); !until.empty()) {
    TOLLGATE_TRY(quarantined.until, parse_time(until));
  }
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const engine::QuarantineAnswer answer, desk->quarantine(quarantined, caller));
  return json_response(render::quarantine_json(answer, call.engine().now()), 201);
}

Result<net::Response> release(Call& call) {
  TOLLGATE_TRY(SourceDesk* const desk, desk_of(call));
  TOLLGATE_TRY(const doc::Node body, call.json());
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(
      const engine::QuarantineAnswer answer,
      desk->release({.source = call.captures[0], .reason = std::string(body.text_or("reason"))},
                    caller));
  return json_response(render::quarantine_json(answer, call.engine().now()), 201);
}

Result<net::Response> slo_revisions(Call& call) {
  TOLLGATE_TRY(SourceDesk* const desk, desk_of(call));
  TOLLGATE_TRY(const render::SloRevisions revisions,
               desk->revisions(call.captures[0] + "/" + call.captures[1]));
  return json_response(render::slo_revisions_json(revisions));
}

Result<net::Response> decision_revisions(Call& call) {
  TOLLGATE_TRY(const engine::RevisionAnswer answer, call.engine().revisions(call.captures[0]));
  return json_response(render::decision_revisions_json(answer));
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/sources", .answer = list},
    RouteDef{.method = "GET", .path = "/v1/sources/{source}", .answer = find},
    RouteDef{.method = "POST",
             .path = "/v1/sources/{source}/test",
             .access = Access::apply,
             .answer = test},
    RouteDef{.method = "POST",
             .path = "/v1/sources/{source}/quarantine",
             .access = Access::apply,
             .answer = quarantine},
    RouteDef{.method = "POST",
             .path = "/v1/sources/{source}/release",
             .access = Access::apply,
             .answer = release},
    RouteDef{
        .method = "GET", .path = "/v1/slos/{service}/{slo}/revisions", .answer = slo_revisions},
    RouteDef{.method = "GET",
             .path = "/v1/decisions/{decision}/revisions",
             .answer = decision_revisions},
};

}  // namespace

const std::span<const RouteDef> kSourcesRoutes = kRoutes;

}  // namespace tollgate::api
