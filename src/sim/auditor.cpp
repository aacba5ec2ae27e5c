#include "sim/auditor.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"
#include "sim/policies.hpp"

#include <algorithm>

namespace tollgate::sim {
namespace {

using model::CheckState;
using model::Outcome;
using model::RuleOp;

template <class... Args>
Result<void> wrong(int64_t position, fmt::format_string<Args...> text, Args&&... args) {
  return fail(codes::internal, "record {}: {}", position,
              fmt::format(text, std::forward<Args>(args)...));
}

Digest subtree(const std::vector<std::string>& leaves, size_t from, size_t to) {
  if (to - from == 1) return sha256({std::string_view("\0", 1), leaves[from]});
  size_t half = 1;
  while (half * 2 < to - from) half *= 2;
  const Digest left = subtree(leaves, from, from + half);
  const Digest right = subtree(leaves, from + half, to);
  return sha256({std::string_view("\1", 1), left.view(), right.view()});
}

/// What a node must come to: allow or deny only if no unknown part could turn it, hold if only what
/// is lifted later could.
Outcome outcome_of(const model::Verdict& verdict, const model::TreeRecord& node) {
  if (node.check) {
    const model::CheckRecord& check = verdict.checks[static_cast<size_t>(*node.check)];
    if (check.state == CheckState::fail) return check.holds ? Outcome::hold : Outcome::deny;
    return check.state == CheckState::pass ? Outcome::allow : Outcome::inconclusive;
  }
  int64_t pass = 0;
  int64_t open = 0;
  int64_t held = 0;
  for (const model::TreeRecord& child : node.children) {
    const Outcome outcome = outcome_of(verdict, child);
    pass += outcome == Outcome::allow;
    open += outcome == Outcome::inconclusive;
    held += outcome == Outcome::hold;
  }
  const auto count = static_cast<int64_t>(node.children.size());
  const int64_t needed = node.op == RuleOp::all_of   ? count
                         : node.op == RuleOp::any_of ? 1
                                                     : node.at_least.value_or(count);
  if (count == 0) return Outcome::inconclusive;
  if (pass >= needed) return Outcome::allow;
  if (pass + open + held < needed) return Outcome::deny;
  return pass + open < needed ? Outcome::hold : Outcome::inconclusive;
}

const model::Bundle* bundle_of(const Digest& digest) {
  for (const model::Bundle& bundle : policies()) {
    if (bundle.digest() == digest) return &bundle;
  }
  return nullptr;
}

/// Whether the environment's own recorded rule allows what the facts do not.
bool is_excused(const model::Environment& environment, const model::Verdict& verdict) {
  if (verdict.because == "warn") return environment.enforcement == model::Enforcement::warn;
  if (verdict.because == "observe") return environment.enforcement == model::Enforcement::observe;
  if (verdict.finding != Outcome::inconclusive) return false;
  if (verdict.because == "on_error") return environment.on_error == Outcome::allow;
  return verdict.because == "on_inconclusive" && environment.on_inconclusive == Outcome::allow;
}

}  // namespace

Digest plain_root(const std::vector<std::string>& leaves) {
  return leaves.empty() ? sha256("") : subtree(leaves, 0, leaves.size());
}

Result<void> Auditor::audit(const engine::Engine& engine) {
  events_.clear();
  keys_.clear();
  ended_.clear();
  queue_ = QueueAudit();
  effects_due_.clear();
  std::vector<std::string> leaves;
  const ledger::Head head = engine.ledger().head();
  const auto visit = [&](const engine::StoredLeaf& stored) -> Result<void> {
    const auto expected = static_cast<int64_t>(leaves.size());
    if (stored.position != expected) return wrong(expected, "position {}", stored.position);
    leaves.emplace_back(stored.leaf);
    TOLLGATE_TRY(model::Event event, model::decode_event(stored.leaf));
    if (event.position != expected) return wrong(expected, "says it is {}", event.position);
    TOLLGATE_CHECK(take(event));
    events_.push_back(std::move(event));
    return {};
  };
  TOLLGATE_CHECK(engine.ledger().read(0, head.size, visit));
  if (static_cast<int64_t>(leaves.size()) != head.size)
    return wrong(head.size, "only {} leaves were read", leaves.size());
  if (!effects_due_.empty())
    return wrong(effects_cause_, "the ledger ends without its effect {}", *effects_due_.begin());
  if (leaves.size() < leaves_.size() || !std::equal(leaves_.begin(), leaves_.end(), leaves.begin()))
    return wrong(static_cast<int64_t>(leaves.size()), "the past is another than before");
  if (plain_root(leaves) != head.root)
    return wrong(head.size, "the root is {}", digest_text(head.root));
  leaves_ = std::move(leaves);
  TOLLGATE_CHECK(check_promises());
  TOLLGATE_TRY(const engine::ReplayReport replay, engine.replay());
  if (replay.identical != replay.verdicts) {
    return wrong(replay.different.front().position, "replays as {}",
                 replay.different.front().derived);
  }
  return {};
}

Result<void> Auditor::take(const model::Event& event) {
  if (!events_.empty() && event.time < events_.back().time)
    return wrong(event.position, "is earlier than the one before");
  if (!event.idempotency_key.empty() && !keys_.insert(event.idempotency_key).second)
    return wrong(event.position, "key {} a second time", event.idempotency_key);
  if (const std::string why = queue_.take(event); !why.empty())
    return wrong(event.position, "{}", why);
  const auto* effect = std::get_if<model::EffectRequested>(&event.data);
  if (effect == nullptr && !effects_due_.empty())
    return wrong(effects_cause_, "lacks its effect {}", *effects_due_.begin());
  if (effect != nullptr) return take_effect(event, *effect);
  if (const auto* given = std::get_if<model::VerdictGiven>(&event.data))
    return take_verdict(event, *given);
  if (const auto* ended = std::get_if<model::EffectEnded>(&event.data)) return take_end(*ended);
  return {};
}

Result<void> Auditor::take_verdict(const model::Event& event, const model::VerdictGiven& given) {
  const model::Verdict& verdict = given.verdict;
  const model::Bundle* bundle = bundle_of(verdict.policy_digest);
  if (bundle == nullptr) return wrong(event.position, "was judged by an unknown policy");
  const Outcome finding = outcome_of(verdict, verdict.tree);
  if (finding != verdict.finding) return wrong(event.position, "the tree says something else");
  for (const model::CheckRecord& check : verdict.checks)
    TOLLGATE_CHECK(check_fact(event, verdict, check));
  const model::Environment* environment = bundle->find_environment(verdict.request.environment);
  if (environment == nullptr) return wrong(event.position, "is about an unknown environment");
  if (verdict.outcome == Outcome::allow && finding != Outcome::allow &&
      !is_excused(*environment, verdict))
    return wrong(event.position, "allows because of \"{}\"", verdict.because);

  // Who must be told stands in the same commit.
  const model::Service* service = bundle->find_service(verdict.request.service);
  const model::Tier* tier = service == nullptr ? nullptr : bundle->tier_of(*service);
  if (tier == nullptr) return {};
  effects_cause_ = event.position;
  for (const model::CheckRecord& check : verdict.checks) {
    if (check.check != "error-budget@1" || check.state != CheckState::fail) continue;
    for (const model::BudgetThreshold& threshold : bundle->budget_policy_of(*tier)->thresholds) {
      if (check.observed->amount < threshold.budget_left_below->value)
        effects_due_.insert(threshold.notify.begin(), threshold.notify.end());
    }
  }
  return {};
}

Result<void> Auditor::check_fact(const model::Event& event, const model::Verdict& verdict,
                                 const model::CheckRecord& check) const {
  if (check.state != CheckState::pass) return {};
  if (check.source.starts_with("ledger:")) {
    const int64_t position = std::atoll(check.source.c_str() + 7);
    if (position < 0 || position >= event.position)
      return wrong(event.position, "{} passed by {}", check.check, check.source);
    const auto& cause = events_[static_cast<size_t>(position)];
    const auto* evidence = std::get_if<model::EvidenceRecorded>(&cause.data);
    const model::GateRequest& request = verdict.request;
    if (evidence == nullptr || evidence->service != request.service ||
        (evidence->version != request.version && evidence->commit != request.commit))
      return wrong(event.position, "{} passed by evidence of something else", check.check);
    return {};
  }
  for (const model::Reading& reading : verdict.readings) {
    const bool is_usable = reading.slo == check.subject && reading.error.empty() &&
                           reading.total > 0 && event.time - reading.watermark <= kTrustedAge;
    const bool is_asked = check.check != "error-budget@1" || reading.window == kWindow;
    if (is_usable && is_asked) return {};
  }
  return wrong(event.position, "{} passed without a fresh reading", check.check);
}

Result<void> Auditor::take_effect(const model::Event& event, const model::EffectRequested& effect) {
  if (effect.cause != effects_cause_ || effects_due_.erase(effect.target) == 0)
    return wrong(event.position, "nobody asked for the effect {}", effect.target);
  return {};
}

Result<void> Auditor::take_end(const model::EffectEnded& ended) {
  const auto place = static_cast<size_t>(ended.requested);
  if (place >= events_.size() ||
      !std::holds_alternative<model::EffectRequested>(events_[place].data))
    return wrong(ended.requested, "is no effect, yet it ended");
  if (!ended_.insert(ended.requested).second) return wrong(ended.requested, "ended twice");
  if (ended.result == model::EffectResult::done && !delivered_.contains(ended.requested))
    return wrong(ended.requested, "is done, and nobody got it");
  return {};
}

Result<void> Auditor::check_promises() const {
  for (const int64_t token : leases_told_) {
    const auto place = static_cast<size_t>(token);
    if (place >= events_.size() ||
        !std::holds_alternative<model::LeaseGranted>(events_[place].data))
      return wrong(token, "is no lease, yet somebody was told so");
  }
  for (const Promise& promise : promises_) {
    const auto place = static_cast<size_t>(promise.position);
    if (place >= events_.size()) return wrong(promise.position, "was acknowledged and is lost");
    const model::Event& event = events_[place];
    // An import without a key is recorded under one made of what it counted.
    const bool has_own_key = promise.key.empty() &&
                             std::holds_alternative<model::SignalsImported>(event.data) &&
                             event.idempotency_key.starts_with("import:");
    if (event.idempotency_key != promise.key && !has_own_key)
      return wrong(promise.position, "has key {}, not {}", event.idempotency_key, promise.key);
    if (promise.decision.empty()) continue;
    const auto* given = std::get_if<model::VerdictGiven>(&event.data);
    if (given == nullptr || given->decision != promise.decision ||
        reflect::canonical(given->verdict) != promise.verdict)
      return wrong(promise.position, "is not the decision that was acknowledged");
  }
  return {};
}

}  // namespace tollgate::sim
