#include "app/cli/ask/gates.hpp"

#include "app/render/answers.hpp"
#include "edge/net/http_types.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::cli::ask {

using doc::Node;

Result<Node> gate(Backend& backend, const GateQuestion& question) {
  if (Remote* const remote = backend.remote()) {
    Node body = reflect::encode(question.request);
    if (question.as_of) body.set("as_of", time_text(*question.as_of));
    return remote->post_json("/v1/gates?view=full", body, question.idempotency_key);
  }
  Local& local = backend.local();
  if (question.as_of) {
    TOLLGATE_TRY(engine::Engine* const engine, local.governed());
    TOLLGATE_TRY(const engine::GateAnswer answer,
                 engine->gate_as_of(question.request, *question.as_of));
    return render::gate_json(answer);
  }
  TOLLGATE_TRY(engine::Engine* const engine, local.settled());
  TOLLGATE_TRY(const engine::GateAnswer answer,
               engine->gate(question.request, local.caller(question.idempotency_key)));
  return render::gate_json(answer);
}

Result<Node> decisions(Backend& backend, const DecisionQuery& query) {
  if (Remote* const remote = backend.remote()) {
    return remote->get("/v1/decisions" +
                       query_of({{"service", query.service},
                                 {"environment", query.environment},
                                 {"limit", std::to_string(query.limit)},
                                 {"next", query.before ? std::to_string(*query.before) : ""}}));
  }
  const auto limit = static_cast<size_t>(query.limit);
  const auto lines = backend.local().engine().views().decisions(
      query.before.value_or(INT64_MAX), limit, query.service, query.environment);
  return render::decisions_json(lines, limit);
}

Result<Node> decision(Backend& backend, const std::string& id) {
  if (Remote* const remote = backend.remote())
    return remote->get("/v1/decisions/" + percent_encode(id));
  TOLLGATE_TRY(const engine::GateAnswer answer, backend.local().engine().decision(id));
  return render::gate_json(answer);
}

Result<Node> status(Backend& backend, const std::string& environment) {
  if (Remote* const remote = backend.remote())
    return remote->get("/v1/status" + query_of({{"environment", environment}}));
  return render::status_json(backend.local().engine(), environment);
}

std::string decision_link(Backend& backend, const std::string& decision) {
  Remote* const remote = backend.remote();
  if (remote == nullptr || decision.empty()) return {};
  return remote->server() + "/d/" + percent_encode(decision);
}

}  // namespace tollgate::cli::ask
