#include "app/cli/ask/evidence.hpp"

#include "app/render/answers.hpp"
#include "edge/evidence/read_report.hpp"
#include "edge/evidence/verify.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::cli::ask {

using doc::Node;

Result<Node> record(Backend& backend, const EvidenceFile& evidence) {
  if (Remote* const remote = backend.remote()) {
    return remote->post("/v1/evidence" + query_of({{"service", evidence.service},
                                                   {"version", evidence.version},
                                                   {"commit", evidence.commit},
                                                   {"format", evidence.format},
                                                   {"file", evidence.file}}),
                        evidence.bytes, evidence.idempotency_key, "application/octet-stream");
  }
  TOLLGATE_TRY(model::Report report,
               evidence::read_report(evidence.bytes, evidence.format, evidence.file));
  Local& local = backend.local();
  if (report.kind == model::ReportKind::provenance) {
    // The keys that count are those of the folder.
    TOLLGATE_TRY(engine::Engine* const engine, local.governed());
    TOLLGATE_CHECK(evidence::verify_signatures(evidence.bytes, evidence.file,
                                               engine->policy()->bundle(), report));
  }
  TOLLGATE_TRY(const engine::EvidenceAnswer answer,
               local.writer().record_evidence({.service = evidence.service,
                                               .version = evidence.version,
                                               .commit = evidence.commit,
                                               .file = evidence.file,
                                               .bytes = evidence.bytes,
                                               .report = std::move(report)},
                                              local.caller(evidence.idempotency_key)));
  return render::evidence_json(answer);
}

Result<Node> release(Backend& backend, const model::ReleaseEnded& ended, const std::string& key) {
  if (Remote* const remote = backend.remote())
    return remote->post_json("/v1/releases", reflect::encode(ended), key);
  Local& local = backend.local();
  TOLLGATE_TRY(const int64_t position, local.writer().record_release(ended, local.caller(key)));
  return render::release_json(ended, position);
}

}  // namespace tollgate::cli::ask
