#include "app/api/ticket_waiters.hpp"

#include <algorithm>

namespace tollgate::api {

TicketWaiters::TicketWaiters() : thread_([this] { run(); }) {}
TicketWaiters::~TicketWaiters() { stop(); }

bool TicketWaiters::add(std::chrono::milliseconds span, std::function<bool(bool)> answer) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || waiters_.size() >= kWaitersMax) return false;
    waiters_.push_back({std::chrono::steady_clock::now() + span, std::move(answer)});
    is_woken_ = true;  // it may have changed already
  }
  changed_.notify_one();
  return true;
}

void TicketWaiters::wake() {
  {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
    if (waiters_.empty()) return;  // whoever comes wakes the thread
  }
  changed_.notify_one();
}

void TicketWaiters::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void TicketWaiters::run() {
  constexpr auto kPauseMax = std::chrono::seconds(1);
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    auto until = std::chrono::steady_clock::now() + kPauseMax;
    for (const Waiter& waiter : waiters_) until = std::min(until, waiter.deadline);
    changed_.wait_until(lock, until, [this] { return is_woken_ || is_stopping_; });
    is_woken_ = false;
    // Answers are given without the lock: they ask the engine and write to connections.
    std::vector<Waiter> due;
    due.swap(waiters_);
    const bool is_over = is_stopping_;
    lock.unlock();
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(due,
                  [&](Waiter& waiter) { return waiter.answer(is_over || waiter.deadline <= now); });
    lock.lock();
    waiters_.insert(waiters_.end(), std::make_move_iterator(due.begin()),
                    std::make_move_iterator(due.end()));
  }
  std::vector<Waiter> rest;
  rest.swap(waiters_);
  lock.unlock();
  for (Waiter& waiter : rest) waiter.answer(true);
}

}  // namespace tollgate::api
