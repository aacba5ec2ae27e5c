#include "app/cli/ask/ledger.hpp"

#include "app/render/answers.hpp"

namespace tollgate::cli::ask {

using doc::Node;

namespace {

constexpr size_t kExportBytesMax = 1024 * 1024 * 1024;

}  // namespace

Result<Node> ledger_head(Backend& backend) {
  if (Remote* const remote = backend.remote()) return remote->get("/v1/ledger/head");
  return render::head_json(backend.local().engine().ledger());
}

Result<Node> ledger_proof(Backend& backend, int64_t position) {
  if (Remote* const remote = backend.remote())
    return remote->get(fmt::format("/v1/ledger/proof/{}", position));
  TOLLGATE_TRY(const ledger::InclusionProof proof,
               backend.local().engine().ledger().prove(position));
  return render::proof_json(proof);
}

Result<Node> ledger_replay(Backend& backend) {
  if (Remote* const remote = backend.remote()) return remote->get("/v1/ledger/replay");
  TOLLGATE_TRY(const engine::ReplayReport report, backend.local().engine().replay());
  return render::replay_json(report);
}

Result<void> ledger_export(Backend& backend,
                           const std::function<Result<void>(std::string_view)>& write) {
  if (Remote* const remote = backend.remote()) {
    engine::HttpRequest request = remote->request("GET", "/v1/ledger/export", "");
    request.body_max = kExportBytesMax;
    TOLLGATE_TRY(const engine::HttpResponse response, remote->send(request));
    return write(response.body);
  }
  TOLLGATE_CHECK(backend.local().engine().ledger().export_to(write));
  return {};
}

}  // namespace tollgate::cli::ask
