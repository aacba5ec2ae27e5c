// A few threads for work that may wait, with a bounded queue before them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tollgate::api {

class Workers {
 public:
  using Job = std::function<void()>;
  static constexpr size_t kThreads = 4;
  static constexpr size_t kJobsMax = 512;

  Workers();
  ~Workers();
  /// Queues a job. False, without running it, if too many wait or stop() was called.
  bool run(Job job);
  /// Finishes what is queued, then ends the threads.
  void stop();

 private:
  void work();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;      // guarded by mutex_
  bool is_stopping_ = false;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace tollgate::api
