#include "engine/decide/decide.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/ids.hpp"

namespace tollgate::engine {
namespace {

/// One fact per need: readings in their order, reports from the state.
std::vector<gate::Fact> facts_of(const State& state, const gate::CompiledGate& gate,
                                 const model::GateRequest& request,
                                 std::span<const model::Reading> readings) {
  std::vector<gate::Fact> facts(gate.needs.size());
  size_t next_reading = 0;
  for (size_t i = 0; i < gate.needs.size(); ++i) {
    const gate::Need& need = gate.needs[i];
    switch (need.kind) {
      case gate::Need::Kind::reading:
        ASSERT(next_reading < readings.size());
        facts[i].reading = &readings[next_reading++];
        break;
      case gate::Need::Kind::candidate_report:
        facts[i].report = state.candidate_report(request, need.report);
        break;
      case gate::Need::Kind::baseline_report:
        facts[i].report = state.baseline_report(request, need.report);
        break;
    }
  }
  ASSERT(next_reading == readings.size());
  return facts;
}

// The 80 random bits of a ULID hold the position in their upper 40 and a mark in their lower 40,
// so that an identifier finds its record without an index and a mistyped one finds none.
constexpr uint64_t kDecisionMark = 0x70'11'6A'7E'01;
constexpr uint64_t kLow40 = (uint64_t{1} << 40) - 1;

}  // namespace

Result<Plan> plan(const std::shared_ptr<const Policy>& policy, const model::GateRequest& request) {
  TOLLGATE_TRY(auto gate,
               policy->gate_for(request.service, request.environment, request.change_class));
  return Plan{.policy = policy, .gate = std::move(gate)};
}

model::Verdict decide_gate(const State& state, const Plan& plan, const model::GateRequest& request,
                           std::span<const model::Reading> readings, Time now) {
  const std::vector<gate::Fact> facts = facts_of(state, *plan.gate, request, readings);
  gate::Judgement judgement;
  gate::judge(*plan.gate, facts, now, judgement);
  return gate::record(*plan.gate, facts, judgement, request, plan.policy->digest());
}

std::string decision_id(Time time, int64_t position) {
  const auto place = static_cast<uint64_t>(position) & kLow40;
  return make_ulid(time, place >> 24, place << 40 | kDecisionMark);
}

Result<int64_t> decision_position(std::string_view id) {
  const std::optional<UlidParts> parts = read_ulid(id);
  if (!parts || (parts->random_low64 & kLow40) != kDecisionMark) {
    return fail(codes::not_found, "there is no decision \"{}\"", id);
  }
  return static_cast<int64_t>(parts->random_high16 << 24 | parts->random_low64 >> 40);
}

}  // namespace tollgate::engine
