// The engine's part of facts that are told: reports, releases that ended, imported signals.
#include "engine/engine.hpp"
#include "engine/request_digest.hpp"
#include "engine/writer/writer.hpp"

namespace tollgate::engine {
Result<EvidenceAnswer> Engine::record_evidence(EvidenceInput input, const Caller& caller) {
  // The raw bytes are durable before the record that names them.
  TOLLGATE_TRY(const Digest blob, blobs_.put(input.bytes));
  auto evidence = std::make_shared<model::EvidenceRecorded>();
  *evidence = {.service = std::move(input.service),
               .version = std::move(input.version),
               .commit = std::move(input.commit),
               .file = std::move(input.file),
               .blob = blob,
               .report = std::move(input.report)};
  Command command{.actor = caller.actor,
                  .subject = "service/" + evidence->service,
                  .idempotency_key = caller.idempotency_key,
                  .request_digest = request_digest(caller, "evidence", *evidence)};
  command.decide = [evidence](const State&, Time) -> Result<Decision> {
    return Decision{.data = *evidence};
  };
  TOLLGATE_TRY(Recorded recorded, submit_and_wait(std::move(command)));
  return EvidenceAnswer{.position = recorded.event.position,
                        .blob = blob,
                        .report = std::get<model::EvidenceRecorded>(recorded.event.data).report,
                        .is_repeat = recorded.is_repeat};
}

Result<int64_t> Engine::record_release(const model::ReleaseEnded& ended, const Caller& caller) {
  Command command{.actor = caller.actor,
                  .subject = "service/" + ended.service,
                  .idempotency_key = caller.idempotency_key,
                  .request_digest = request_digest(caller, "release", ended)};
  command.decide = [ended](const State&, Time) -> Result<Decision> {
    return Decision{.data = ended};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  return recorded.event.position;
}

Result<int64_t> Engine::record_import(const model::SignalsImported& imported,
                                      const Caller& caller) {
  const Digest digest =
      sha256({"import", imported.slo, imported.environment, imported.format, imported.blob.view()});
  // The cells count a file once; so does the record, also when a first attempt ended between both.
  Command command{.actor = caller.actor,
                  .subject = "slo/" + imported.slo,
                  .idempotency_key = caller.idempotency_key.empty()
                                         ? "import:" + digest_text(digest)
                                         : caller.idempotency_key,
                  .request_digest = digest};
  command.decide = [imported](const State&, Time) -> Result<Decision> {
    return Decision{.data = imported};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  return recorded.event.position;
}

}  // namespace tollgate::engine
