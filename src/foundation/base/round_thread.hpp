// A thread that does a round of work every so often, and at once when something wakes it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace tollgate {

/// All methods are safe from any thread but the round's own, which only asks is_stopping().
class RoundThread {
 public:
  RoundThread() = default;
  ~RoundThread() { stop(); }
  RoundThread(const RoundThread&) = delete;
  RoundThread& operator=(const RoundThread&) = delete;

  /// Starts it under a name of at most 15 characters; the first round begins at once. Nothing
  /// happens if it was started or stopped before.
  void start(const char* name, std::chrono::milliseconds every, std::function<void()> round);
  /// Something may have become due: the next round begins at once, or after the one under way.
  void wake();
  /// No further round begins; returns when the one under way is over.
  void stop();
  /// For a round of many steps: whether to leave the others out.
  bool is_stopping() const { return is_stopping_; }

 private:
  void run(std::chrono::milliseconds every, const std::function<void()>& round);

  std::mutex mutex_;
  std::condition_variable woken_;
  bool is_woken_ = false;                  // guarded by mutex_
  std::atomic<bool> is_stopping_ = false;  // set under mutex_
  std::thread thread_;                     // guarded by mutex_ until it is joined
};

}  // namespace tollgate
