#include "edge/net/http2_exchange.hpp"

#include "edge/net/grpc.hpp"
#include "edge/net/http2_session.hpp"
#include "edge/net/http2_stream.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::net {

using State = Http2Stream::State;

class Http2Exchange::Implementation : public Http2Events {
 public:
  Implementation(const Http2Limits& limits, Http2Ports ports, const Request& like, int64_t now_ms)
      : limits_(limits),
        ports_(std::move(ports)),
        like_(like),
        now_ms_(now_ms),
        quiet_since_ms_(now_ms),
        session_({.streams_max = static_cast<uint32_t>(limits.streams_max),
                  .header_bytes_max = static_cast<uint32_t>(limits.header_bytes_max)},
                 *this) {}
  ~Implementation() override {
    for (const auto& [id, stream] : streams_) release(*stream);
  }

  bool receive(std::string_view bytes);
  void complete(detail::Completion&& completion);
  void take_output(std::string& out, size_t bytes_max) {
    is_broken_ = !session_.take_output(out, bytes_max) || is_broken_;
  }
  void tick();
  void stop();
  bool is_over() const { return is_broken_ || session_.is_over(); }
  void set_time(int64_t now_ms, std::string_view date) {
    now_ms_ = now_ms;
    date_ = date;
  }

  void on_frame() override { quiet_since_ms_ = now_ms_; }
  void on_begin(int32_t id) override;
  void on_field(int32_t id, std::string_view name, std::string_view value) override;
  void on_data(int32_t id, std::string_view bytes) override;
  void on_part(int32_t id, bool is_end) override;
  bool on_answered(int32_t id) override {
    const Http2Stream* const stream = find(id);
    return stream == nullptr || stream->is_complete;
  }
  void on_close(int32_t id) override;
  Piece read_body(int32_t id, char* out, size_t size) override;

 private:
  Http2Stream* find(int32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : found->second.get();
  }
  void dispatch(Http2Stream& stream);
  void refuse(Http2Stream& stream, const Error& error);
  void answer(Http2Stream& stream, Response&& response);
  void begin_stream(Http2Stream& stream, detail::Completion&& completion);
  void release(Http2Stream& stream);
  void tick_events(Http2Stream& stream);

  const Http2Limits limits_;
  const Http2Ports ports_;
  const Request like_;
  int64_t now_ms_;
  int64_t quiet_since_ms_;
  std::string date_;
  bool is_broken_ = false;
  bool is_stopping_ = false;
  std::map<int32_t, std::unique_ptr<Http2Stream>> streams_;
  std::vector<int32_t> ready_;  // requests that are complete, or refused already
  Http2Session session_;
};

// ---- requests

void Http2Exchange::Implementation::on_begin(int32_t id) {
  auto stream = std::make_unique<Http2Stream>();
  stream->id = id;
  stream->request.peer = like_.peer;
  stream->request.is_tls = like_.is_tls;
  stream->request.is_http2 = true;
  stream->deadline_ms = now_ms_ + limits_.body_timeout.ms;
  streams_.insert_or_assign(id, std::move(stream));
}

void Http2Exchange::Implementation::on_field(int32_t id, std::string_view name,
                                             std::string_view value) {
  constexpr size_t kFieldCost = 32;  // as in RFC 9113 section 10.5.1
  Http2Stream* const stream = find(id);
  if (stream == nullptr) return;
  stream->head_bytes += name.size() + value.size() + kFieldCost;
  if (stream->head_bytes <= limits_.header_bytes_max) stream->add_field(name, value);
}

void Http2Exchange::Implementation::on_data(int32_t id, std::string_view bytes) {
  quiet_since_ms_ = now_ms_;
  Http2Stream* const stream = find(id);
  if (stream == nullptr || stream->state != State::receiving || stream->refusal) return;
  if (stream->request.body.size() + bytes.size() > limits_.body_bytes_max) {
    stream->refusal =
        Error{.code = codes::body_too_large,
              .message = fmt::format("the body is larger than {} bytes", limits_.body_bytes_max)};
    return ready_.push_back(id);
  }
  stream->request.body += bytes;
  stream->held += static_cast<int64_t>(bytes.size());
  if (!ports_.hold(static_cast<int64_t>(bytes.size()))) {
    stream->refusal = Error{.code = codes::queue_full,
                            .message = "the server holds as many request bodies as it may; retry"};
    ready_.push_back(id);
  }
}

void Http2Exchange::Implementation::on_part(int32_t id, bool is_end) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr) return;
  stream->is_complete = stream->is_complete || is_end;
  if (stream->state != State::receiving || stream->refusal) return;
  if (stream->head_bytes > limits_.header_bytes_max) {
    stream->refusal =
        Error{.code = codes::head_too_large,
              .message = fmt::format("the head is larger than {} bytes", limits_.header_bytes_max)};
  }
  if (is_end || stream->refusal) ready_.push_back(id);
}

void Http2Exchange::Implementation::on_close(int32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  release(*found->second);
  streams_.erase(found);
}

/// Gives back what the stream took of the server's limits.
void Http2Exchange::Implementation::release(Http2Stream& stream) {
  if (stream.held != 0) ports_.hold(-std::exchange(stream.held, 0));
  const State state = std::exchange(stream.state, State::answering);
  if (state == State::handling) ports_.answered();
  if (state != State::streaming) return;
  if (stream.events != nullptr) stream.events->is_open.store(false, std::memory_order_relaxed);
  ports_.ended_stream();
}

bool Http2Exchange::Implementation::receive(std::string_view bytes) {
  if (is_broken_) return false;
  is_broken_ = !session_.receive(bytes);
  const std::vector<int32_t> ready = std::exchange(ready_, {});
  for (const int32_t id : ready) {
    Http2Stream* const stream = find(id);
    if (stream == nullptr || stream->state != State::receiving) continue;
    if (stream->refusal) {
      refuse(*stream, *stream->refusal);
    } else {
      dispatch(*stream);
    }
  }
  return !is_broken_;
}

void Http2Exchange::Implementation::dispatch(Http2Stream& stream) {
  const int32_t id = stream.id;  // the answer may come at once and end the stream
  const int64_t held = std::exchange(stream.held, 0);
  stream.read_request();
  const Duration patience = grpc_timeout(stream.request);
  stream.deadline_ms = patience.ms > 0 ? now_ms_ + patience.ms : 0;
  stream.state = State::handling;
  const bool is_taken = ports_.dispatch(stream.request, static_cast<uint64_t>(id));
  ports_.hold(-held);
  if (is_taken) return;
  stream.state = State::receiving;
  refuse(stream, Error{.code = codes::queue_full, .message = "too many requests are under way"});
}

void Http2Exchange::Implementation::refuse(Http2Stream& stream, const Error& error) {
  stream.read_request();
  if (stream.held != 0) ports_.hold(-std::exchange(stream.held, 0));
  ports_.refused();
  stream.request.body = {};
  answer(stream, stream.is_grpc ? grpc_refusal(error) : problem(error));
}

// ---- answers

void Http2Exchange::Implementation::complete(detail::Completion&& completion) {
  using Kind = detail::Completion::Kind;
  Http2Stream* const stream = find(static_cast<int32_t>(completion.sequence));
  if (stream == nullptr) return;
  if (completion.kind == Kind::answer && stream->state == State::handling) {
    ports_.answered();
    return answer(*stream, std::move(completion.response));
  }
  if (completion.kind == Kind::stream_head && stream->state == State::handling)
    return begin_stream(*stream, std::move(completion));
  if (stream->state != State::streaming) return;
  stream->quiet_since_ms = now_ms_;
  if (completion.kind == Kind::stream_bytes) {
    stream->events->queued_bytes.fetch_sub(completion.response.body.size(),
                                           std::memory_order_relaxed);
    stream->add_body(completion.response.body);
    if (stream->waiting() > limits_.stream_queue_bytes_max) return session_.cancel(stream->id);
  } else {
    stream->is_last = true;
  }
  session_.resume(stream->id);
}

void Http2Exchange::Implementation::answer(Http2Stream& stream, Response&& response) {
  stream.state = State::answering;
  stream.deadline_ms = now_ms_ + limits_.write_timeout.ms;
  const std::vector<Header> head = stream.take_answer(std::move(response), date_);
  session_.respond(stream.id, head, stream.has_body());
}

void Http2Exchange::Implementation::begin_stream(Http2Stream& stream,
                                                 detail::Completion&& completion) {
  ports_.answered();
  if (is_stopping_ || !ports_.begin_stream()) {
    completion.stream->is_open.store(false, std::memory_order_relaxed);
    return answer(
        stream, problem(Error{.code = codes::queue_full, .message = "too many streams are open"}));
  }
  stream.is_last = false;
  answer(stream, std::move(completion.response));
  stream.state = State::streaming;
  stream.deadline_ms = 0;
  stream.quiet_since_ms = now_ms_;
  stream.events = std::move(completion.stream);
}

Http2Events::Piece Http2Exchange::Implementation::read_body(int32_t id, char* out, size_t size) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr) return {.is_last = true};
  const size_t count = stream->read_body(out, size);
  if (count > 0 && stream->state == State::answering)
    stream->deadline_ms = now_ms_ + limits_.write_timeout.ms;
  return {.count = count,
          .is_last = stream->is_all_read(),
          .trailers = stream->trailers.empty() ? nullptr : &stream->trailers};
}

// ---- time

void Http2Exchange::Implementation::tick_events(Http2Stream& stream) {
  if (!stream.events->is_open.load(std::memory_order_relaxed)) {
    session_.cancel(stream.id);  // it lagged too far behind
  } else if (now_ms_ - stream.quiet_since_ms >= limits_.heartbeat.ms) {
    stream.quiet_since_ms = now_ms_;
    stream.add_body(":\n\n");
    session_.resume(stream.id);
  }
}

void Http2Exchange::Implementation::tick() {
  for (auto& [id, stream] : streams_) {
    if (stream->state == State::streaming) {
      tick_events(*stream);
      continue;
    }
    if (stream->deadline_ms == 0 || now_ms_ < stream->deadline_ms) continue;
    if (stream->state == State::receiving) {
      refuse(*stream,
             {.code = codes::slow_request, .message = "the request did not arrive in time"});
    } else if (stream->state == State::handling) {
      ports_.answered();
      answer(*stream, grpc_refusal(GrpcStatus::deadline_exceeded,
                                   "the answer took longer than the call allows"));
    } else {
      session_.cancel(id);  // the client does not take its answer
      stream->deadline_ms = 0;
    }
  }
  if (streams_.empty() && now_ms_ - quiet_since_ms_ >= limits_.idle_timeout.ms) stop();
}

void Http2Exchange::Implementation::stop() {
  if (std::exchange(is_stopping_, true)) return;
  session_.go_away();
  for (auto& [id, stream] : streams_) {
    if (stream->state != State::streaming) continue;
    stream->is_last = true;
    session_.resume(id);
  }
}

// ---- the interface

Http2Exchange::Http2Exchange(const Http2Limits& limits, Http2Ports ports, const Request& like,
                             int64_t now_ms)
    : implementation_(std::make_unique<Implementation>(limits, std::move(ports), like, now_ms)) {}
Http2Exchange::~Http2Exchange() = default;

bool Http2Exchange::receive(std::string_view bytes, int64_t now_ms, std::string_view date) {
  implementation_->set_time(now_ms, date);
  return implementation_->receive(bytes);
}
void Http2Exchange::complete(detail::Completion&& completion, int64_t now_ms,
                             std::string_view date) {
  implementation_->set_time(now_ms, date);
  implementation_->complete(std::move(completion));
}
void Http2Exchange::take_output(std::string& out, size_t bytes_max) {
  implementation_->take_output(out, bytes_max);
}
void Http2Exchange::tick(int64_t now_ms, std::string_view date) {
  implementation_->set_time(now_ms, date);
  implementation_->tick();
}
void Http2Exchange::stop() { implementation_->stop(); }
bool Http2Exchange::is_over() const { return implementation_->is_over(); }

}  // namespace tollgate::net
