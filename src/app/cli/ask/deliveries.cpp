#include "app/cli/ask/deliveries.hpp"

#include "app/render/answers.hpp"
#include "edge/webhooks/told.hpp"

namespace tollgate::cli::ask {

using doc::Node;

namespace {

std::string parameters(const render::DeploymentQuery& query) {
  return query_of({{"service", query.service},
                   {"environment", query.environment},
                   {"since", time_parameter(query.since)},
                   {"until", time_parameter(query.until)},
                   {"limit", std::to_string(query.limit)}});
}

std::string parameters(const render::DoraQuery& query) {
  const auto position = [&query] {
    return query.at_position ? std::to_string(*query.at_position) : std::string();
  };
  return query_of({{"service", query.service},
                   {"team", query.team},
                   {"environment", query.environment},
                   {"since", time_parameter(query.since)},
                   {"until", time_parameter(query.until)},
                   {"at_position", position()},
                   {"bake", duration_text(query.bake)},
                   {"by", query.by ? std::string(delivery::period_length_name(*query.by)) : ""},
                   {"zone", query.zone},
                   {"year", std::to_string(query.year)}});
}

}  // namespace

Result<Node> observe(Backend& backend, const Node& fact, const std::string& key) {
  if (Remote* const remote = backend.remote())
    return remote->post_json("/v1/observations", fact, key);
  Local& local = backend.local();
  engine::Engine& engine = local.writer();
  TOLLGATE_TRY(model::Observation told, webhooks::read_told(fact, engine.now()));
  TOLLGATE_TRY(const engine::ObserveAnswer answer,
               engine.observe({std::move(told)}, {}, local.caller(key)));
  return render::observe_json(answer);
}

Result<Node> deployments(Backend& backend, const render::DeploymentQuery& query) {
  if (Remote* const remote = backend.remote())
    return remote->get("/v1/deployments" + parameters(query));
  return render::deployments_json(backend.local().engine(), query);
}

Result<Node> bypasses(Backend& backend, const render::DeploymentQuery& query) {
  if (Remote* const remote = backend.remote())
    return remote->get("/v1/bypasses" + parameters(query));
  return render::bypasses_json(backend.local().engine(), query);
}

Result<Node> dora(Backend& backend, const render::DoraQuery& query) {
  if (Remote* const remote = backend.remote()) return remote->get("/v1/dora" + parameters(query));
  return render::dora_json(backend.local().engine(), query);
}

Result<Node> recommend(Backend& backend, const render::RecommendQuery& query) {
  if (Remote* const remote = backend.remote()) {
    return remote->get("/v1/dora/recommend" + query_of({{"service", query.service},
                                                        {"environment", query.environment},
                                                        {"figure", query.figure},
                                                        {"window", duration_text(query.window)}}));
  }
  return render::recommend_json(backend.local().engine(), query);
}

}  // namespace tollgate::cli::ask
