// Confirms facts that their senders did not sign: asks the sender's API and records what came of
// it. What waits comes from the ledger alone, so a crash in between loses nothing.
#pragma once

#include "engine/limits.hpp"
#include "engine/ports/confirmer.hpp"
#include "engine/writer/writer.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

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
  void run();
  bool is_stopping();
  void ask(const delivery::WaitingFact& fact);
  void end(const delivery::WaitingFact& fact, model::ConfirmationEnded ended,
           std::optional<model::Observation> confirmed);

  Writer& writer_;
  Confirmer& confirmer_;
  Clock& clock_;
  const ConfirmLimits limits_;
  std::map<int64_t, Attempts> attempts_;  // by position of the fact; the asking thread only

  std::mutex mutex_;
  std::condition_variable woken_;
  bool is_woken_ = false;     // guarded by mutex_
  bool is_stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace tollgate::engine
