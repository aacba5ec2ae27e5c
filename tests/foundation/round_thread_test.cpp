// A thread of rounds: the first at once, further ones in time or woken, none after its end.
#include "foundation/base/round_thread.hpp"

#include <gtest/gtest.h>

#include <future>

namespace tollgate {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Counts rounds and lets a test wait for one.
class Rounds {
 public:
  void operator()() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool wait_for(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(20), [&] { return count_ >= count; });
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

TEST(RoundThread, begins_at_once_and_goes_on_when_woken) {
  Rounds rounds;
  RoundThread thread;
  thread.start("test", hours(1), std::ref(rounds));
  EXPECT_TRUE(rounds.wait_for(1));
  thread.wake();
  EXPECT_TRUE(rounds.wait_for(2));
  thread.stop();
  EXPECT_EQ(rounds.count(), 2);
}

TEST(RoundThread, does_rounds_in_time) {
  Rounds rounds;
  RoundThread thread;
  thread.start("test", milliseconds(1), std::ref(rounds));
  EXPECT_TRUE(rounds.wait_for(5));
}

TEST(RoundThread, a_round_that_is_under_way_learns_of_the_end_and_none_follows) {
  std::promise<void> begun;
  std::atomic<int> count = 0;
  RoundThread thread;
  thread.start("test", milliseconds(1), [&] {
    if (++count == 1) begun.set_value();
    while (!thread.is_stopping()) std::this_thread::yield();
  });
  begun.get_future().wait();
  thread.wake();
  thread.stop();
  EXPECT_EQ(count, 1);
  thread.start("test", milliseconds(1), [&] { ++count; });
  thread.stop();
  EXPECT_EQ(count, 1) << "what was stopped does not start again";
}

}  // namespace
}  // namespace tollgate
