// Audits: recorded, listed, and their findings.
#include "app/api/route.hpp"
#include "app/render/audit_record.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/doc/json.hpp"

namespace tollgate::api {
namespace {

using doc::Node;

constexpr int64_t kListed = 50;

Result<net::Response> list(Call& call) {
  TOLLGATE_TRY(const int64_t limit,
               call.number("limit", kListed, 1, static_cast<int64_t>(engine::kAuditsShown)));
  return json_response(render::audits_json(call.engine(), limit));
}

Result<net::Response> record(Call& call) {
  TOLLGATE_TRY(const Node body, call.json());
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  if (body.is_object() && body.text_or("scope") == "due") {
    if (call.api.parts().audits == nullptr)
      return fail(codes::bad_value, "no audits are made on a schedule here");
    return json_response(call.api.parts().audits->run_due());
  }
  TOLLGATE_TRY(const Node answer, render::make_audit(call.engine(), body, caller));
  return json_response(answer, 201);
}

/// The findings of a recorded audit, as they were kept.
Result<net::Response> findings(Call& call) {
  for (const engine::RecordedAudit& recorded : call.engine().views().audits()) {
    if (std::to_string(recorded.position) != call.captures[0]) continue;
    TOLLGATE_TRY(const std::string bytes, call.engine().blobs().get(recorded.audit.digest));
    TOLLGATE_TRY(Node found, doc::parse_json(bytes));
    Node answer = render::audit_record_json(recorded);
    answer.set("found", std::move(found));
    return json_response(answer);
  }
  return fail(codes::not_found, "record {} is no audit, or an old one", call.captures[0]);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/audits", .answer = list},
    RouteDef{.method = "POST", .path = "/v1/audits", .access = Access::record, .answer = record},
    RouteDef{.method = "GET", .path = "/v1/audits/{position}", .answer = findings},
};

}  // namespace

const std::span<const RouteDef> kAuditsRoutes = kRoutes;

}  // namespace tollgate::api
