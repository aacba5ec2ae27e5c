// Quarantines of sources: what people say about them, recorded.
#include "engine/collector/collector.hpp"
#include "engine/engine.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

#include <array>

namespace tollgate::engine {
namespace {

/// A repeat under the same key gets the first answer.
template <class T>
Command command_for(const Caller& caller, std::string_view verb, const T& said) {
  return {.actor = caller.actor,
          .subject = "source/" + said.source,
          .idempotency_key = caller.idempotency_key,
          .request_digest =
              caller.idempotency_key.empty() ? Digest{} : sha256({verb, reflect::canonical(said)})};
}

}  // namespace

Result<QuarantineAnswer> Engine::quarantine_source(const model::SourceQuarantined& quarantined,
                                                   const Caller& caller) {
  if (quarantined.reason.empty())
    return fail(codes::missing_field, "a quarantine needs a reason, for those who meet it");
  TOLLGATE_CHECK(reflect::decode<model::SourceQuarantined>(reflect::encode(quarantined)));
  Command command = command_for(caller, "source.quarantine", quarantined);
  command.decide = [quarantined](const State&, Time now) -> Result<Decision> {
    if (quarantined.until && *quarantined.until <= now) {
      return fail(codes::bad_time, "a quarantine until {} is over already",
                  time_text(*quarantined.until));
    }
    return Decision{.data = quarantined};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  const auto& said = std::get<model::SourceQuarantined>(recorded.event.data);
  return QuarantineAnswer{.position = recorded.event.position,
                          .quarantine = {.source = said.source,
                                         .reason = said.reason,
                                         .by = recorded.event.actor.subject,
                                         .position = recorded.event.position,
                                         .since = recorded.event.time,
                                         .until = said.until}};
}

Result<QuarantineAnswer> Engine::release_source(const model::SourceReleased& released,
                                                const Caller& caller) {
  Command command = command_for(caller, "source.release", released);
  command.decide = [released](const State& state, Time now) -> Result<Decision> {
    if (state.quarantines().find(released.source, now) == nullptr)
      return fail(codes::not_found, "{} is in no quarantine", released.source);
    return Decision{.data = released};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  const auto& said = std::get<model::SourceReleased>(recorded.event.data);
  QuarantineAnswer answer{.position = recorded.event.position};
  for (const Quarantine& each : views().quarantines()->of(said.source)) {
    if (each.position < recorded.event.position) {
      answer.quarantine = each;
      break;
    }
  }
  return answer;
}

std::vector<Agreement> Engine::agreements() const {
  const std::shared_ptr<const Policy> in_force = policy();
  const model::Bundle& bundle = in_force->bundle();
  std::vector<Agreement> found;
  for (const model::Resource* service : bundle.of_kind("Service")) {
    for (const model::Resource* environment : bundle.of_kind("Environment")) {
      const auto gate = in_force->gate_for(service->metadata.name, environment->metadata.name,
                                           model::ChangeClass::normal);
      if (!gate) continue;
      for (const gate::CompiledCheck& check : (*gate)->checks) {
        if (!check.def->name.starts_with("agreement@") || found.size() >= kAgreementsMax) continue;
        found.push_back(compare(check, environment->metadata.name));
      }
    }
  }
  return found;
}

Agreement Engine::compare(gate::CompiledCheck check, const std::string& environment) const {
  const Time now = this->now();
  const std::array readings = {collector_->read_one(check.needs[0], environment, now),
                               collector_->read_one(check.needs[1], environment, now)};
  const std::array facts = {gate::Fact{.reading = &readings[0]},
                            gate::Fact{.reading = &readings[1]}};
  check.places = {0, 1};
  const gate::Finding finding = check.def->evaluate(
      check.parameters.get(), {.facts = facts, .places = check.places, .now = now});
  return {.slo = check.subject,
          .other_slo = check.needs[1].objective.slo,
          .environment = environment,
          .source = readings[0].source,
          .other = readings[1].source,
          .state = finding.state,
          .words = check.def->words(gate::record_check(check, finding, facts))};
}

}  // namespace tollgate::engine
