// Confirms facts that their senders did not sign: asks the sender's API and records what came of
// it. What waits comes from the ledger alone, so a crash in between loses nothing.
#pragma once

#include "engine/limits.hpp"
#include "engine/ports/confirmer.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/round_thread.hpp"

#include <map>
#include <optional>

namespace tollgate::engine {

class Confirmations {
 public:
  /// All outlive it.
  Confirmations(Writer& writer, Confirmer& confirmer, Clock& clock, const ConfirmLimits& limits)
      : writer_(writer), confirmer_(confirmer), clock_(clock), limits_(limits) {}
  ~Confirmations() { stop(); }

  /// Starts the thread that asks.
  void start();
  void stop();
  /// Something may have become due.
  void wake();
  /// Asks about everything that is due, on this thread, and returns how often it asked.
  size_t run_due();

 private:
  struct Attempts {
    int64_t count = 0;
    Time next;
  };
  void ask(const delivery::WaitingFact& fact);
  void end(const delivery::WaitingFact& fact, model::ConfirmationEnded ended,
           std::optional<model::Observation> confirmed);

  Writer& writer_;
  Confirmer& confirmer_;
  Clock& clock_;
  const ConfirmLimits limits_;
  std::map<int64_t, Attempts> attempts_;  // by position of the fact; the asking thread only

  RoundThread thread_;
};

}  // namespace tollgate::engine
