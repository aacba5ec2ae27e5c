#include "app/cli/ask/sources.hpp"

#include "app/render/sources.hpp"
#include "app/wiring/source_desk.hpp"
#include "edge/net/http_types.hpp"

namespace tollgate::cli::ask {

using doc::Node;

namespace {

std::string path_of(const std::string& name) { return "/v1/sources/" + percent_encode(name); }

}  // namespace

Result<Node> sources(Backend& backend) {
  if (Remote* const remote = backend.remote()) return remote->get("/v1/sources");
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  return render::sources_json(backend.local().house().sources().list(), engine->now());
}

Result<Node> source(Backend& backend, const std::string& name) {
  if (Remote* const remote = backend.remote()) return remote->get(path_of(name));
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  TOLLGATE_TRY(const render::SourceReport report, backend.local().house().sources().find(name));
  return render::source_json(report, engine->now());
}

Result<Node> test_source(Backend& backend, const std::string& name) {
  if (Remote* const remote = backend.remote())
    return remote->post(path_of(name) + "/test", "{}", "");
  TOLLGATE_CHECK(backend.local().governed());
  TOLLGATE_TRY(const render::SourceTest tested, backend.local().house().sources().test(name));
  return render::source_test_json(tested);
}

Result<Node> quarantine(Backend& backend, const model::SourceQuarantined& quarantined,
                        const std::string& key) {
  if (Remote* const remote = backend.remote()) {
    Node body = Node::object({{"reason", quarantined.reason}});
    if (quarantined.until) body.set("until", time_text(*quarantined.until));
    return remote->post_json(path_of(quarantined.source) + "/quarantine", body, key);
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.governed_writer());
  TOLLGATE_TRY(const engine::QuarantineAnswer answer,
               local.house().sources().quarantine(quarantined, local.caller(key)));
  return render::quarantine_json(answer, engine->now());
}

Result<Node> release_source(Backend& backend, const model::SourceReleased& released,
                            const std::string& key) {
  if (Remote* const remote = backend.remote()) {
    return remote->post_json(path_of(released.source) + "/release",
                             Node::object({{"reason", released.reason}}), key);
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.governed_writer());
  TOLLGATE_TRY(const engine::QuarantineAnswer answer,
               local.house().sources().release(released, local.caller(key)));
  return render::quarantine_json(answer, engine->now());
}

Result<Node> slo_revisions(Backend& backend, const std::string& slo) {
  if (Remote* const remote = backend.remote()) {
    TOLLGATE_TRY(const std::string address, slo_address(slo));
    return remote->get("/v1/slos/" + address + "/revisions");
  }
  TOLLGATE_CHECK(backend.local().governed());
  TOLLGATE_TRY(const render::SloRevisions revisions,
               backend.local().house().sources().revisions(slo));
  return render::slo_revisions_json(revisions);
}

Result<Node> decision_revisions(Backend& backend, const std::string& decision) {
  if (Remote* const remote = backend.remote())
    return remote->get("/v1/decisions/" + percent_encode(decision) + "/revisions");
  TOLLGATE_TRY(const engine::RevisionAnswer answer, backend.local().engine().revisions(decision));
  return render::decision_revisions_json(answer);
}

}  // namespace tollgate::cli::ask
