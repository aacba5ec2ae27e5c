#include "edge/net/completions.hpp"

#include "edge/net/http_server.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>

namespace tollgate::net {
namespace {

// Depth of WakeOnce scopes of this thread, and the queues that are owed a wake at the end of the
// outermost.
thread_local int wake_scopes = 0;
thread_local std::vector<std::shared_ptr<detail::Completions>> owed_wakes;

}  // namespace

namespace detail {

Completions::Completions(size_t stream_queue_bytes_max_arg, Deliver deliver, Wake wake)
    : stream_queue_bytes_max(stream_queue_bytes_max_arg),
      deliver_(std::move(deliver)),
      wake_(std::move(wake)) {}

void Completions::push(Completion completion) {
  if (std::this_thread::get_id() == io_thread_.load(std::memory_order_relaxed)) {
    deliver_(std::move(completion));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return;
    queue_.push_back(std::move(completion));
    if (queue_.size() > 1) return;  // whoever came first wakes
  }
  if (wake_scopes > 0) {
    const auto self = shared_from_this();
    if (std::find(owed_wakes.begin(), owed_wakes.end(), self) == owed_wakes.end())
      owed_wakes.push_back(self);
  } else {
    wake();
  }
}

void Completions::drain() {
  {
    const std::lock_guard lock(mutex_);
    batch_.swap(queue_);
  }
  for (Completion& completion : batch_) deliver_(std::move(completion));
  batch_.clear();
}

void Completions::open() {
  io_thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
}

void Completions::close() {
  std::vector<Completion>
      dropped;  // destroyed outside the lock: their destructors may come back here
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  dropped.swap(queue_);
  io_thread_.store(std::thread::id(), std::memory_order_relaxed);
}

void Completions::wake() {
  const std::lock_guard lock(mutex_);
  if (!is_closed_) wake_();
}

}  // namespace detail

WakeOnce::WakeOnce() : is_outermost_(wake_scopes++ == 0) {}
WakeOnce::~WakeOnce() {
  --wake_scopes;
  if (!is_outermost_) return;
  for (const auto& completions : owed_wakes) completions->wake();
  owed_wakes.clear();
}

Responder::Responder(std::shared_ptr<detail::Completions> completions, uint64_t connection,
                     uint64_t sequence)
    : completions_(std::move(completions)), connection_(connection), sequence_(sequence) {}
Responder::Responder(Responder&& other) noexcept = default;
Responder& Responder::operator=(Responder&& other) noexcept {
  std::swap(completions_, other.completions_);
  std::swap(connection_, other.connection_);
  std::swap(sequence_, other.sequence_);
  return *this;
}

Responder::~Responder() {
  if (completions_ == nullptr) return;
  send(problem(Error{.code = codes::internal, .message = "the request was not answered"}));
}

void Responder::send(Response response) {
  if (completions_ == nullptr) return;
  const auto completions = std::move(completions_);
  completions->push({.kind = detail::Completion::Kind::answer,
                     .connection = connection_,
                     .sequence = sequence_,
                     .response = std::move(response)});
}

Stream Responder::stream(Response response) {
  Stream stream;
  if (completions_ == nullptr) return stream;
  stream.completions_ = std::move(completions_);
  stream.state_ = std::make_shared<detail::StreamState>();
  stream.state_->queued_bytes_max = stream.completions_->stream_queue_bytes_max;
  stream.connection_ = connection_;
  stream.sequence_ = sequence_;
  stream.completions_->push({.kind = detail::Completion::Kind::stream_head,
                             .connection = connection_,
                             .sequence = sequence_,
                             .response = std::move(response),
                             .stream = stream.state_});
  return stream;
}

bool Stream::is_open() const {
  return state_ != nullptr && state_->is_open.load(std::memory_order_relaxed);
}

bool Stream::write(std::string bytes) const {
  if (!is_open()) return false;
  const size_t queued =
      state_->queued_bytes.fetch_add(bytes.size(), std::memory_order_relaxed) + bytes.size();
  if (queued > state_->queued_bytes_max) {
    state_->is_open.store(false, std::memory_order_relaxed);  // the next tick closes the connection
    return false;
  }
  completions_->push({.kind = detail::Completion::Kind::stream_bytes,
                      .connection = connection_,
                      .sequence = sequence_,
                      .response = {.body = std::move(bytes)}});
  return true;
}

void Stream::close() const {
  if (!is_open()) return;
  completions_->push({.kind = detail::Completion::Kind::stream_end,
                      .connection = connection_,
                      .sequence = sequence_});
}

}  // namespace tollgate::net
