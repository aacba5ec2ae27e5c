// Waiting for a reply that another thread gives.
#pragma once

#include "foundation/base/error.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace tollgate::engine {

/// A reply that another thread may give while this one waits for it.
template <class T>
class Waiter {
 public:
  void give(Result<T> value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    is_given_.notify_one();
  }
  Result<T> wait() {
    std::unique_lock lock(mutex_);
    is_given_.wait(lock, [this] { return value_.has_value(); });
    return std::move(*value_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable is_given_;
  std::optional<Result<T>> value_;
};

}  // namespace tollgate::engine
