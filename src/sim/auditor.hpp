// The auditor: reads a ledger after the fact and compares it with what callers were told. It shares
// the format of events with the program, and nothing else: its own Merkle root, its own reading of
// rule trees, its own idea of what may be allowed.
#pragma once

#include "domain/model/events.hpp"
#include "engine/engine.hpp"
#include "sim/queue_audit.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tollgate::sim {

/// What a caller was told: the command with this key stands at this position.
struct Promise {
  std::string key = {};  // may be empty
  int64_t position = 0;
  std::string decision = {};  // for gates
  std::string verdict = {};   // canonical JSON, for gates
};

class Auditor {
 public:
  void promise(Promise promise) { promises_.push_back(std::move(promise)); }
  /// A caller was told that it holds the lease with this fencing token.
  void promise_lease(int64_t token) { leases_told_.insert(token); }
  /// A notification that a receiver took.
  void delivered(int64_t effect) { delivered_.insert(effect); }
  int64_t promises() const { return static_cast<int64_t>(promises_.size()); }

  /// Reads the whole ledger. Errors: the first thing that is not as it must be.
  Result<void> audit(const engine::Engine& engine);

 private:
  Result<void> take(const model::Event& event);
  Result<void> take_verdict(const model::Event& event, const model::VerdictGiven& given);
  Result<void> take_effect(const model::Event& event, const model::EffectRequested& effect);
  Result<void> take_end(const model::EffectEnded& ended);
  Result<void> check_fact(const model::Event& event, const model::Verdict& verdict,
                          const model::CheckRecord& check) const;
  Result<void> check_promises() const;

  std::vector<Promise> promises_;
  std::set<int64_t> delivered_;
  std::set<int64_t> leases_told_;
  std::vector<std::string> leaves_;  // as they were last seen; they may only grow

  // Of one audit.
  std::vector<model::Event> events_;
  std::set<std::string> keys_;
  std::set<int64_t> ended_;
  QueueAudit queue_;
  std::set<std::string> effects_due_;  // of the verdict just read, not seen yet
  int64_t effects_cause_ = -1;
};

/// RFC 6962's definition, word for word.
Digest plain_root(const std::vector<std::string>& leaves);

}  // namespace tollgate::sim
