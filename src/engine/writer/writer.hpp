// The one writer: takes commands in batches, decides them in order against its own state, makes the
// batch durable with one commit, then shows it to readers and answers. If the commit fails, nobody
// is told anything but the error, and the writer stops: what is on disk must be read again before
// anything is decided.
#pragma once

#include "engine/ledger/ledger.hpp"
#include "engine/limits.hpp"
#include "engine/ports/clock.hpp"
#include "engine/state/state.hpp"
#include "engine/writer/views.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::engine {

/// The two folds of a ledger: what deciding needs, and what readers see.
struct Memory {
  State state;
  std::unique_ptr<Views> views = std::make_unique<Views>();

  /// Takes the next leaf of the ledger into both. Errors: those of decode_event and State::evolve.
  Result<void> take(std::string_view leaf);
};

/// An event that goes into the same commit behind the one that carries the command's key.
struct FurtherEvent {
  std::string subject;
  model::EventData data;
};

/// What a command comes to: its event, and the further events and effects that go into the same
/// commit behind it.
struct Decision {
  model::EventData data;
  std::vector<model::EffectRequested> effects = {};
  /// Asked again and again behind the event, against the state with all before it, for what follows
  /// in the same commit; nothing ends it. May be empty.
  std::function<std::optional<model::EventData>(const State& state, Time now)> follow = {};
  std::vector<FurtherEvent> further = {};
};

/// A durable event, as the one who asked for it gets it.
struct Recorded {
  model::Event event = {};
  bool is_repeat = false;  // an earlier command with the same idempotency key had caused it
};

struct Command {
  model::Actor actor = {};
  std::string subject = {};
  std::string idempotency_key = {};  // empty: not idempotent
  Digest request_digest = {};        // of what was asked, to tell a repeat from a reused key
  /// What is to be recorded, or why nothing is. Runs on the writer; pure.
  std::function<Result<Decision>(const State& state, Time now)> decide = {};
  /// Called once, on the writer's thread, after the commit or with the error. Must not block. May
  /// be empty.
  std::function<void(Result<Recorded>)> reply = {};
  /// Instead of decide and reply: looks at the state when all before it is durable, and records
  /// nothing. A null state means that the writer cannot serve.
  std::function<void(const State* state)> inspect = {};
};

class Writer {
 public:
  /// `memory` is the fold of the whole ledger. `ledger` and `clock` outlive the writer.
  Writer(ledger::Ledger& ledger, Clock& clock, Memory memory, const WriterLimits& limits);
  ~Writer();

  /// Starts the thread; without it, submit decides at once on the caller's thread.
  void start();
  /// Answers what waits, then stops. Later commands are refused with stopped.
  void stop();

  /// Hands in a command from any thread. Its reply says everything, queue_full and stopped
  /// included.
  void submit(Command command);

  /// Names a thread that decides what it hands in by itself, in decide_waiting(): see
  /// Engine::decide_on_this_thread.
  void set_host(std::thread::id host) { host_.store(host, std::memory_order_relaxed); }
  /// Decides what waits, on this thread, unless another one is deciding or commits take so long
  /// that this thread must not wait for them; then the writer's thread does it.
  void decide_waiting();
  /// For a thread that is about to wait for an answer: a host must decide before.
  void before_waiting() {
    if (is_host()) decide_waiting();
  }

  const Views& views() const { return *views_; }
  /// Called on the writer's thread behind each commit with the positions [from, to).
  void set_listener(std::function<void(int64_t from, int64_t to)> listener) {
    listener_ = std::move(listener);
  }
  /// Wraps the giving of a batch's replies, so that what carries them away wakes up once for all.
  /// Set before start.
  void set_around_replies(std::function<void(const std::function<void()>& give)> around) {
    around_replies_ = std::move(around);
  }
  /// Commands that wait.
  size_t queue_size() const;

 private:
  struct Pending;

  void run();
  std::vector<Command> take_batch();
  bool is_host() const {
    return std::this_thread::get_id() == host_.load(std::memory_order_relaxed);
  }
  void run_batch(std::vector<Command> batch);
  /// Commits what was decided, shows it, answers, and leaves `pending` empty.
  void finish(std::vector<Pending>& pending);
  Time next_time(std::vector<Pending>& pending);
  static void refuse(Command& command, Error error);
  void decide_one(Command command, std::vector<Pending>& pending);
  bool answer_repeat(Command& command, std::vector<Pending>& pending);
  void push_further(const model::Actor& actor, FurtherEvent further, Time now,
                    std::vector<Pending>& pending);
  void push_followers(const Decision& decision, const std::string& subject, Time now,
                      std::vector<Pending>& pending);
  bool commit(std::vector<Pending>& pending);

  ledger::Ledger& ledger_;
  Clock& clock_;
  const WriterLimits limits_;
  std::unique_ptr<Views> views_;
  std::function<void(int64_t, int64_t)> listener_;
  std::function<void(const std::function<void()>&)> around_replies_;

  std::mutex deciding_;     // held by the thread that decides: there is one writer at a time
  State state_;             // guarded by deciding_, as the next two
  Time last_jump_;          // newest time at which a jump back was recorded
  bool is_broken_ = false;  // a commit failed
  std::atomic<bool> is_store_slow_{false};  // the last commit took longer than a host waits
  std::atomic<std::thread::id> host_{};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Command> queue_;  // guarded by mutex_
  bool is_stopping_ = false;   // guarded by mutex_
  bool has_thread_ = false;    // guarded by mutex_
  std::thread thread_;
};

}  // namespace tollgate::engine
