#include "app/cli/ask/audits.hpp"

#include "app/render/audit_record.hpp"
#include "app/wiring/scheduled_audits.hpp"

namespace tollgate::cli::ask {

using doc::Node;

Result<Node> audit(Backend& backend, const Node& body) {
  if (Remote* const remote = backend.remote()) return remote->post_json("/v1/audits", body, "");
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.governed_writer());
  return render::make_audit(*engine, body, local.caller(""));
}

Result<Node> audits_due(Backend& backend) {
  if (Remote* const remote = backend.remote())
    return remote->post_json("/v1/audits", Node::object({{"scope", "due"}}), "");
  Local& local = backend.local();
  TOLLGATE_CHECK(local.governed_writer());
  return local.house().scheduled_audits().run_due();
}

Result<Node> audits(Backend& backend, int64_t limit) {
  if (Remote* const remote = backend.remote())
    return remote->get(fmt::format("/v1/audits?limit={}", limit));
  return render::audits_json(backend.local().engine(), limit);
}

}  // namespace tollgate::cli::ask
