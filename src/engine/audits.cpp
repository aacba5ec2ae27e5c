// Records of audits, and how what goes out fares. Part of the Engine.
#include "engine/confirm/confirmations.hpp"
#include "engine/engine.hpp"
#include "engine/outbox/outbox.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::engine {
namespace {

/// Who is told of a scheduled audit: targets with new findings, and those whose last one ended.
std::vector<model::EffectRequested> effects_of(const model::AuditRecorded& audit,
                                               int64_t position) {
  std::vector<model::EffectRequested> effects;
  if (!audit.round) return effects;
  for (const model::AuditTold& told : audit.round->told) {
    if (told.opened > 0 || (told.open == 0 && told.closed > 0))
      effects.push_back({.target = told.target, .cause = position});
  }
  return effects;
}

}  // namespace

Result<int64_t> Engine::record_audit(const model::AuditRecorded& audit, std::string_view findings,
                                     const Caller& caller) {
  if (sha256(findings) != audit.digest)
    return fail(codes::bad_value, "the findings are not those of the audit's digest");
  TOLLGATE_CHECK(blobs_.put(findings));
  Command command{.actor = caller.actor,
                  .subject = fmt::format("audit/{}", reflect::enum_name(audit.scope)),
                  .idempotency_key = caller.idempotency_key,
                  .request_digest = sha256({"audit", reflect::canonical(audit)})};
  command.decide = [audit](const State& state, Time) -> Result<Decision> {
    return Decision{.data = audit, .effects = effects_of(audit, state.size())};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  return recorded.event.position;
}

void Engine::confirm_due() {
  if (!confirmations_) return;
  if (is_threaded_) return confirmations_->wake();
  confirmations_->run_due();
}

std::vector<TargetHealth> Engine::target_health() const {
  std::map<std::string, TargetHealth> known;
  if (outbox_) known = outbox_->health();
  for (const auto& [target, totals] : views().effect_totals()) {
    TargetHealth& health = known[target];
    health.done = totals.done;
    health.gave_up = totals.gave_up;
    health.last_done = totals.last_done;
    health.last_gave_up = totals.last_gave_up;
  }
  for (const PendingEffect& effect : views().pending_effects())
    ++known[effect.request.target].pending;
  std::vector<TargetHealth> all;
  for (auto& [target, health] : known) {
    health.target = target;
    all.push_back(std::move(health));
  }
  return all;
}

}  // namespace tollgate::engine
