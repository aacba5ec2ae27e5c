#include "engine/decide/decide.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/ids.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace tollgate::engine {
namespace {

/// Facts that are made from the state; they stay where they are while more are made.
struct StateFacts {
  std::deque<gate::LeaseFact> leases;
  std::deque<gate::ReleaseFact> releases;
  std::deque<gate::ArtifactFact> artifacts;
  std::deque<gate::UnderWayFact> under_way;
};

gate::LeaseFact lease_of(const State& state, const std::string& queue,
                         const model::GateRequest& request) {
  gate::LeaseFact fact{.queue = queue};
  const queue::Standing standing =
      state.queues().find(queue, request.service, request.environment, request.version);
  if (standing.ticket != nullptr) fact.ticket = standing.ticket->number;
  if (standing.lease != nullptr) {
    fact.token = standing.lease->token;
    fact.until = standing.lease->until;
  }
  return fact;
}

/// The lease that another service holds in whatever queue for the same environment.
gate::LeaseFact upstream_lease(const State& state, const std::string& service,
                               const std::string& environment) {
  gate::LeaseFact fact;
  for (const auto& [name, line] : state.queues().lines()) {
    for (const auto& [token, lease] : line.leases) {
      const model::QueueJoined& release = lease.ticket.request;
      if (release.service != service || release.environment != environment) continue;
      if (token <= fact.token) continue;
      fact = {.queue = name, .ticket = lease.ticket.number, .token = token, .until = lease.until};
    }
  }
  return fact;
}

/// One fact per need: readings in their order, reports from the state.
std::vector<gate::Fact> facts_of(const State& state, const gate::CompiledGate& gate,
                                 const model::GateRequest& request,
                                 std::span<const model::Reading> readings,
                                 const model::CalendarReading* calendar, StateFacts& known) {
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
      case gate::Need::Kind::calendar:
        facts[i].calendar = calendar;
        break;
      case gate::Need::Kind::lease:
        facts[i].lease = &known.leases.emplace_back(lease_of(state, need.queue, request));
        break;
      case gate::Need::Kind::upstream:
        facts[i].lease =
            &known.leases.emplace_back(upstream_lease(state, need.service, request.environment));
        break;
      case gate::Need::Kind::release_before:
        facts[i].release =
            &known.releases.emplace_back(state.release_in(request, need.environment));
        break;
      case gate::Need::Kind::artifact:
        facts[i].artifact = &known.artifacts.emplace_back(state.artifact(request));
        break;
      case gate::Need::Kind::under_way:
        // Nobody asks as long as nothing is in the way.
        if (calendar != nullptr && calendar->since)
          facts[i].under_way = &known.under_way.emplace_back(
              state.under_way(request, *calendar->since, calendar->at));
        break;
      case gate::Need::Kind::baseline_report:
        facts[i].report = state.baseline_report(request, need.report);
        break;
    }
  }
  ASSERT(next_reading == readings.size());
  return facts;
}

/// Targets that one verdict tells at the most.
constexpr size_t kEffectsMax = 1000;

// The 80 random bits of a ULID hold the position in their upper 40 and a mark in their lower 40,
// so that an identifier finds its record without an index and a mistyped one finds none.
constexpr uint64_t kDecisionMark = 0x70'11'6A'7E'01;
constexpr uint64_t kLow40 = (uint64_t{1} << 40) - 1;

}  // namespace

Result<Plan> plan(const std::shared_ptr<const Policy>& policy, const model::GateRequest& request) {
  if (!request.artifact.empty() && model::artifact_digest(request.artifact).empty()) {
    return fail(codes::bad_value,
                "the artifact \"{}\" is not named by digest; write NAME@sha256: and its 64 digits",
                request.artifact);
  }
  TOLLGATE_TRY(auto gate,
               policy->gate_for(request.service, request.environment, request.change_class));
  return Plan{.policy = policy, .gate = std::move(gate)};
}

bool needs_calendar(const Plan& plan) {
  const auto& needs = plan.gate->needs;
  return std::any_of(needs.begin(), needs.end(), [](const gate::Need& need) {
    return need.kind == gate::Need::Kind::calendar;
  });
}

model::Verdict decide_gate(const State& state, const Plan& plan, const model::GateRequest& request,
                           std::span<const model::Reading> readings, Time now,
                           const model::CalendarReading* calendar) {
  StateFacts known;
  const std::vector<gate::Fact> facts =
      facts_of(state, *plan.gate, request, readings, calendar, known);
  gate::Judgement judgement;
  gate::judge(*plan.gate, facts, now, judgement);
  return gate::record(*plan.gate, facts, judgement, request, plan.policy->digest());
}

std::vector<model::EffectRequested> effects_of(const Plan& plan, const model::Verdict& verdict,
                                               int64_t position) {
  const model::Bundle& bundle = plan.policy->bundle();
  const model::Service* service = bundle.find_service(verdict.request.service);
  const model::Tier* tier = service == nullptr ? nullptr : bundle.tier_of(*service);
  const model::ErrorBudgetPolicy* policy =
      tier == nullptr ? nullptr : bundle.budget_policy_of(*tier);
  if (policy == nullptr) return {};
  std::set<std::string> targets;
  for (const model::CheckRecord& check : verdict.checks) {
    const bool is_spent = check.state == model::CheckState::fail && check.observed &&
                          check.check.starts_with("error-budget@");
    if (!is_spent) continue;
    for (const model::BudgetThreshold& threshold : policy->thresholds) {
      if (!threshold.budget_left_below || check.observed->unit != model::Unit::ppm) continue;
      if (check.observed->amount >= threshold.budget_left_below->value) continue;
      targets.insert(threshold.notify.begin(), threshold.notify.end());
    }
  }
  std::vector<model::EffectRequested> effects;
  for (const std::string& target : targets) {
    if (effects.size() >= kEffectsMax) break;
    effects.push_back({.target = target, .cause = position});
  }
  return effects;
}

void add_status_effects(const Policy& policy, const model::Verdict& verdict, int64_t position,
                        std::vector<model::EffectRequested>& effects) {
  const model::GateRequest& request = verdict.request;
  if (request.commit.empty()) return;
  for (const StatusRoute& route : policy.status_routes()) {
    if (route.service != request.service) continue;
    if (!route.environment.empty() && route.environment != request.environment) continue;
    const std::string target = "integration/" + route.integration;
    const bool is_told = std::any_of(effects.begin(), effects.end(), [&target](const auto& effect) {
      return effect.target == target && !effect.question;
    });
    if (!is_told && effects.size() < kEffectsMax)
      effects.push_back({.target = target, .cause = position});
  }
}

std::optional<model::EffectRequested> answer_effect(const OpenQuestion& open,
                                                    const model::Verdict& verdict,
                                                    int64_t position) {
  if (open.outcome == verdict.outcome) return std::nullopt;
  return model::EffectRequested{.target = "integration/" + open.question.origin.integration,
                                .cause = position,
                                .question = open.position};
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
