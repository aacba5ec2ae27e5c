#include "foundation/base/round_thread.hpp"

#include "foundation/base/thread_name.hpp"

namespace tollgate {

void RoundThread::start(const char* name, std::chrono::milliseconds every,
                        std::function<void()> round) {
  const std::lock_guard lock(mutex_);
  if (thread_.joinable() || is_stopping_) return;
  thread_ = std::thread([this, name, every, round = std::move(round)] {
    name_thread(name);
    run(every, round);
  });
}

void RoundThread::wake() {
  {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
  }
  woken_.notify_one();
}

void RoundThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RoundThread::run(std::chrono::milliseconds every, const std::function<void()>& round) {
  while (!is_stopping_) {
    round();
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, every, [this] { return is_stopping_ || is_woken_; });
    is_woken_ = false;
  }
}

}  // namespace tollgate
