// The engine's part of policy changes: what a candidate would change, also in the past, and putting
// it in force.
#include "engine/almanac/almanac.hpp"
#include "engine/collector/collector.hpp"
#include "engine/engine.hpp"
#include "engine/replay/replay.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::engine {
namespace {

/// What turns one policy into another, in the order of keys.
model::PolicyApplied difference(const model::Bundle& before, const model::Bundle& after,
                                const std::string& reason) {
  model::PolicyApplied applied{
      .digest = after.digest(), .resources = {}, .removed = {}, .reason = reason};
  const std::vector<std::string>& old_keys = before.keys();
  const std::vector<std::string>& new_keys = after.keys();
  size_t i = 0;
  for (size_t j = 0; j < new_keys.size(); ++j) {
    while (i < old_keys.size() && old_keys[i] < new_keys[j])
      applied.removed.push_back(old_keys[i++]);
    const bool is_known = i < old_keys.size() && old_keys[i] == new_keys[j];
    const model::Resource& resource = *after.entries()[j];
    if (!is_known || before.entries()[i]->canonical != resource.canonical)
      applied.resources.push_back(resource.document());
    i += is_known ? 1 : 0;
  }
  while (i < old_keys.size()) applied.removed.push_back(old_keys[i++]);
  return applied;
}

}  // namespace

Result<PlanAnswer> Engine::plan(const model::Bundle& candidate) const {
  const std::shared_ptr<const Policy> in_force = policy();
  PlanAnswer answer{.before = in_force->digest(),
                    .after = candidate.digest(),
                    .changes = model::diff(in_force->bundle(), candidate),
                    .backtest = {}};
  Backtest backtest(
      std::make_shared<const Policy>(candidate),
      [this](const gate::Need& need, std::string_view environment, Time at) {
        return collector_->read_one(need, environment, at);
      },
      [this](const Policy& policy, const schedule::Book& book, const model::GateRequest& request,
             Time at) {
        const schedule::Place place{.service = policy.bundle().find_service(request.service),
                                    .environment = request.environment,
                                    .change_class = request.change_class};
        return almanac_->read(policy, book, place, at);
      });
  TOLLGATE_CHECK(ledger_->read(0, views().size(), [&backtest](const StoredLeaf& stored) {
    return backtest.take(stored.leaf);
  }));
  answer.backtest = backtest.report();
  return answer;
}

Result<ApplyAnswer> Engine::apply(const model::Bundle& candidate, const std::string& reason,
                                  const std::optional<Digest>& expected, const Caller& caller) {
  const auto in_force = policy();
  if (!expected && caller.idempotency_key.empty() && in_force->digest() == candidate.digest()) {
    return ApplyAnswer{.digest = candidate.digest()};
  }
  Command command{.actor = caller.actor,
                  .subject = "policy",
                  .idempotency_key = caller.idempotency_key,
                  .request_digest = sha256({"apply", candidate.digest().view(), reason})};
  command.decide = [&candidate, &reason, &expected](const State& state, Time) -> Result<Decision> {
    const model::Bundle& current = state.policy()->bundle();
    if (expected && *expected != current.digest()) {
      return fail(codes::precondition_failed, "the policy in force is {}, not {}",
                  digest_text(current.digest()), digest_text(*expected));
    }
    return Decision{.data = difference(current, candidate, reason)};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  const auto& applied = std::get<model::PolicyApplied>(recorded.event.data);
  return ApplyAnswer{.digest = applied.digest,
                     .position = recorded.event.position,
                     .changed = static_cast<int64_t>(applied.resources.size()),
                     .removed = static_cast<int64_t>(applied.removed.size())};
}

}  // namespace tollgate::engine
