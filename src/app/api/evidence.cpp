// What builds hand in: reports, and how releases ended.
#include "app/api/route.hpp"
#include "app/render/answers.hpp"
#include "edge/evidence/read_report.hpp"
#include "edge/evidence/verify.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::api {
namespace {

/// The body is the report as the tool wrote it; the query says what it belongs to.
Result<net::Response> record_evidence(Call& call) {
  engine::EvidenceInput input{.service = call.query("service"),
                              .version = call.query("version"),
                              .commit = call.query("commit"),
                              .file = call.query("file"),
                              .bytes = std::move(call.request.body),
                              .report = {}};
  TOLLGATE_TRY(input.report, evidence::read_report(input.bytes, call.query("format"), input.file));
  if (call.query("dry_run") == "true") return json_response(render::report_json(input.report));
  if (input.service.empty())
    return fail(codes::missing_field, "name the service that was built: ?service=");
  if (input.version.empty() && input.commit.empty()) {
    return fail(codes::missing_field,
                "name the version or the commit that was built: ?version= or ?commit=");
  }
  TOLLGATE_CHECK(evidence::verify_signatures(input.bytes, input.file,
                                             call.engine().policy()->bundle(), input.report));
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const engine::EvidenceAnswer answer,
               call.engine().record_evidence(std::move(input), caller));
  return json_response(render::evidence_json(answer), 201);
}

Result<net::Response> record_release(Call& call) {
  TOLLGATE_TRY(const doc::Node body, call.json());
  model::ReleaseEnded ended;
  Problems problems;
  if (!reflect::decode(reflect::type_of<model::ReleaseEnded>(), body, &ended, {}, problems)) {
    return net::problem(problems.front(), call.request.path, problems);
  }
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const int64_t position, call.engine().record_release(ended, caller));
  return json_response(render::release_json(ended, position), 201);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "POST",
             .path = "/v1/evidence",
             .access = Access::record,
             .answer = record_evidence},
    RouteDef{.method = "POST",
             .path = "/v1/releases",
             .access = Access::record,
             .answer = record_release},
};

}  // namespace

const std::span<const RouteDef> kEvidenceRoutes = kRoutes;

}  // namespace tollgate::api
