// The way of answers from any thread to the I/O thread: a queue that wakes it once per batch.
// Internal to the server.
#pragma once

#include "edge/net/http_types.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::net::detail {

/// What the threads share about one stream.
struct StreamState {
  std::atomic<bool> is_open{true};
  std::atomic<size_t> queued_bytes{0};  // written and not yet seen by the I/O thread
  size_t queued_bytes_max = 0;          // constant
};

struct Completion {
  enum class Kind { answer, stream_head, stream_bytes, stream_end };
  Kind kind = Kind::answer;
  uint64_t connection = 0;
  uint64_t sequence = 0;
  Response response = {};  // stream_bytes uses only the body
  std::shared_ptr<StreamState> stream = {};
};

class Completions : public std::enable_shared_from_this<Completions> {
 public:
  using Deliver = std::function<void(Completion&&)>;  // on the I/O thread
  using Wake = std::function<void()>;                 // from any thread

  Completions(size_t stream_queue_bytes_max, Deliver deliver, Wake wake);

  /// Delivers at once on the I/O thread, else queues. Does nothing after close().
  void push(Completion completion);
  /// Delivers everything queued. On the I/O thread.
  void drain();
  /// Names the calling thread as the I/O thread.
  void open();
  /// From now on completions are dropped.
  void close();
  void wake();

  const size_t stream_queue_bytes_max;

 private:
  Deliver deliver_;  // used on the I/O thread only
  Wake wake_;        // constant after construction
  std::atomic<std::thread::id> io_thread_;
  std::mutex mutex_;
  std::vector<Completion> queue_;  // guarded by mutex_
  bool is_closed_ = false;         // guarded by mutex_
  std::vector<Completion> batch_;  // used on the I/O thread only
};

}  // namespace tollgate::net::detail
