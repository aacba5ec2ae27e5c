// Requests that wait for a lease: each is answered when its ticket waits no more, or its time is
// up.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tollgate::api {

class TicketWaiters {
 public:
  static constexpr size_t kWaitersMax = 1000;

  TicketWaiters();
  ~TicketWaiters();
  /// Calls `answer(is_over)` after each wake() and at the end of `span`, until it says that it has
  /// answered; with is_over it must. False if too many wait or stop() was called.
  bool add(std::chrono::milliseconds span, std::function<bool(bool is_over)> answer);
  /// Something changed. From any thread.
  void wake();
  /// Ends every wait.
  void stop();

 private:
  struct Waiter {
    std::chrono::steady_clock::time_point deadline;
    std::function<bool(bool)> answer;
  };
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Waiter> waiters_;  // guarded by mutex_
  bool is_woken_ = false;        // guarded by mutex_
  bool is_stopping_ = false;     // guarded by mutex_
  std::thread thread_;
};

}  // namespace tollgate::api
