// What was decided: the overview, the list, one decision, its proof.
#include "app/api/route.hpp"
#include "app/render/answers.hpp"
#include "foundation/base/encoding.hpp"

namespace tollgate::api {
namespace {

constexpr int64_t kLimitMax = 500;
constexpr int64_t kLimitUsual = 50;

Result<net::Response> status(Call& call) {
  return json_response(render::status_json(call.engine(), call.query("environment")));
}

/// Newest first. `next` of the answer, given back, continues; the Link header holds the whole
/// address.
Result<net::Response> list(Call& call) {
  TOLLGATE_TRY(const int64_t limit, call.number("limit", kLimitUsual, 1, kLimitMax));
  TOLLGATE_TRY(const int64_t before, call.number("next", INT64_MAX, 0, INT64_MAX));
  const std::string service = call.query("service");
  const std::string environment = call.query("environment");
  const auto lines =
      call.engine().views().decisions(before, static_cast<size_t>(limit), service, environment);
  const doc::Node node = render::decisions_json(lines, static_cast<size_t>(limit));
  net::Response response = json_response(node);
  if (const int64_t next = node.integer_or("next", -1); next >= 0) {
    std::string address = fmt::format("/v1/decisions?limit={}&next={}", limit, next);
    if (!service.empty()) address += "&service=" + percent_encode(service);
    if (!environment.empty()) address += "&environment=" + percent_encode(environment);
    response.headers.push_back({"Link", fmt::format("<{}>; rel=\"next\"", address)});
  }
  return response;
}

Result<net::Response> show(Call& call) {
  TOLLGATE_TRY(const engine::GateAnswer answer, call.engine().decision(call.captures[0]));
  net::Response response = json_response(render::gate_json(answer));
  response.headers.push_back({"ETag", fmt::format("\"{}\"", answer.decision)});  // it never changes
  return response;
}

Result<net::Response> proof(Call& call) {
  TOLLGATE_TRY(const engine::GateAnswer answer, call.engine().decision(call.captures[0]));
  TOLLGATE_TRY(const ledger::InclusionProof proof, call.engine().ledger().prove(answer.position));
  return json_response(render::proof_json(proof));
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/decisions", .answer = list},
    RouteDef{.method = "GET", .path = "/v1/decisions/{decision}", .answer = show},
    RouteDef{.method = "GET", .path = "/v1/decisions/{decision}/proof", .answer = proof},
    RouteDef{.method = "GET", .path = "/v1/status", .answer = status},
};

}  // namespace

const std::span<const RouteDef> kDecisionsRoutes = kRoutes;

}  // namespace tollgate::api
