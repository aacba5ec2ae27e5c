// Decisions whose readings were revised afterwards: the same questions asked again, and the verdict
// derived anew from the answers, under the policy and the evidence of then.
#include "engine/collector/collector.hpp"
#include "engine/decide/decide.hpp"
#include "engine/engine.hpp"
#include "engine/state/state.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace tollgate::engine {
namespace {

/// Whether two readings of one span count the same, but for `cut` events: so many are in cells that
/// were joined meanwhile and that an edge of the span cuts.
bool is_same(const model::Reading& a, const model::Reading& b, const slo::Counts& cut) {
  const auto slices = [](const model::Reading& reading) {
    const model::Slices none = reading.slices.value_or(model::Slices{});
    return std::array{none.good, none.bad, none.no_data, none.ratio_sum_ppm};
  };
  return std::abs(a.good - b.good) <= cut.good && std::abs(a.bad - b.bad) <= cut.bad &&
         slices(a) == slices(b);
}

/// Whether events came or went since a reading was recorded.
bool is_revised(const Collector& collector, const gate::Need& need, const model::Reading& then,
                const model::Reading& now) {
  return !is_same(then, now, {}) && !is_same(then, now, collector.cut_of(need, then));
}

/// The recorded reading with the figures of now: how recent the data was is a fact of then.
model::Reading revised(const model::Reading& then, const model::Reading& now) {
  model::Reading reading = then;
  reading.good = now.good;
  reading.bad = now.bad;
  reading.total = now.total;
  reading.slices = now.slices;
  reading.squares = now.squares;
  reading.excluded = now.excluded;
  return reading;
}

std::vector<gate::Need> reading_needs(const gate::CompiledGate& gate) {
  std::vector<gate::Need> needs;
  for (const gate::Need& need : gate.needs) {
    if (need.kind == gate::Need::Kind::reading) needs.push_back(need);
  }
  return needs;
}

/// The checks of `again` that do not answer as they did.
std::vector<model::CheckRecord> other_answers(const model::Verdict& then,
                                              const model::Verdict& again) {
  std::vector<model::CheckRecord> found;
  for (size_t i = 0; i < again.checks.size(); ++i) {
    const bool is_known = i < then.checks.size();
    if (!is_known || then.checks[i].state != again.checks[i].state ||
        then.checks[i].reason != again.checks[i].reason)
      found.push_back(again.checks[i]);
  }
  return found;
}

}  // namespace

/// Asks again for readings that have data; `revised_readings` gets what a verdict would have seen.
RevisedDecision Engine::revise(const model::Event& event, const model::VerdictGiven& given,
                               std::span<const gate::Need> needs,
                               std::vector<model::Reading>& revised_readings) const {
  const model::Verdict& verdict = given.verdict;
  RevisedDecision decision{.decision = given.decision,
                           .position = event.position,
                           .at = event.time,
                           .request = verdict.request,
                           .outcome = verdict.outcome};
  revised_readings = verdict.readings;
  if (needs.size() != verdict.readings.size()) {
    decision.error = "the decision read something else than its policy asks for";
    return decision;
  }
  for (size_t i = 0; i < needs.size(); ++i) {
    const model::Reading& then = verdict.readings[i];
    if (!then.error.empty()) continue;  // nothing was known then
    model::Reading now = collector_->read_again(needs[i], then);
    if (!now.error.empty()) {
      decision.error = fmt::format("{}: {}", then.slo, now.error);
      continue;
    }
    if (!is_revised(*collector_, needs[i], then, now)) continue;
    revised_readings[i] = revised(then, now);
    decision.changes.push_back({.then = then, .now = std::move(now)});
  }
  return decision;
}

Result<RevisionAnswer> Engine::revisions(std::string_view id) const {
  TOLLGATE_TRY(const GateAnswer found, decision(id));
  // The state of then is the fold of what stands before the decision.
  State state;
  TOLLGATE_CHECK(
      ledger_->read(0, found.position, [&state](const StoredLeaf& stored) -> Result<void> {
        TOLLGATE_TRY(const model::Event event, model::decode_event(stored.leaf));
        return state.evolve(event);
      }));
  const model::Event event{
      .position = found.position,
      .time = found.at,
      .data = model::VerdictGiven{.decision = found.decision, .verdict = found.verdict}};
  const auto& given = std::get<model::VerdictGiven>(event.data);
  TOLLGATE_TRY(const Plan planned, engine::plan(state.policy(), given.verdict.request));
  std::vector<model::Reading> readings;
  RevisionAnswer answer{.decision = revise(event, given, reading_needs(*planned.gate), readings),
                        .again = given.verdict.outcome};
  if (answer.decision.changes.empty()) return answer;
  const model::Verdict again =
      decide_gate(state, planned, given.verdict.request, readings, event.time,
                  given.verdict.calendar ? &*given.verdict.calendar : nullptr);
  answer.again = again.outcome;
  answer.checks = other_answers(given.verdict, again);
  return answer;
}

Result<std::vector<RevisedDecision>> Engine::revised_decisions(std::string_view slo) const {
  const std::shared_ptr<const Policy> in_force = policy();
  TOLLGATE_TRY(const model::Slo* const known, in_force->bundle().find_slo(slo));
  const std::string address = known->address();
  std::vector<RevisedDecision> found;
  for (const DecisionLine& line :
       views().decisions(INT64_MAX, kRevisedDecisionsMax, known->service, {})) {
    TOLLGATE_TRY(const std::string leaf, ledger_->leaf(line.position));
    TOLLGATE_TRY(const model::Event event, model::decode_event(leaf));
    const auto* given = std::get_if<model::VerdictGiven>(&event.data);
    if (given == nullptr) continue;
    RevisedDecision decision{.decision = given->decision,
                             .position = event.position,
                             .at = event.time,
                             .request = given->verdict.request,
                             .outcome = given->verdict.outcome};
    for (const model::Reading& then : given->verdict.readings) {
      if (then.slo != address || !then.error.empty()) continue;
      TOLLGATE_TRY(const slo::Resolved resolved, slo_in(address, then.environment));
      const gate::Need need = gate::reading_need(resolved, then.window);
      model::Reading now = collector_->read_again(need, then);
      if (!now.error.empty()) {
        decision.error = now.error;
      } else if (is_revised(*collector_, need, then, now)) {
        decision.changes.push_back({.then = then, .now = std::move(now)});
      }
    }
    if (!decision.changes.empty()) found.push_back(std::move(decision));
  }
  return found;
}

}  // namespace tollgate::engine
