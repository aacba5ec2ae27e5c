#include "edge/net/connection.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <cstring>

namespace tollgate::net {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr size_t kBufferBytes = 4 * 1024;       // holds a usual request whole
constexpr size_t kBodyBufferBytes = 64 * 1024;  // for bodies that do not fit
constexpr size_t kWireBytes = 16 * 1024;        // one TLS record
constexpr size_t kOutBytesKept = 64 * 1024;
constexpr Duration kLinger = seconds(2);

Code code_of_status(int status) {
  switch (status) {
    case 408:
      return codes::slow_request;
    case 413:
      return codes::body_too_large;
    case 431:
      return codes::head_too_large;
    case 503:
      return codes::queue_full;
    default:
      return codes::bad_request;
  }
}

}  // namespace

Connection::Connection(ServerCore& core, Socket socket, uint64_t id)
    : core_(core),
      socket_(std::move(socket)),
      id_(id),
      parser_({core.options.header_bytes_max, core.options.body_bytes_max}),
      in_(kBufferBytes) {}

void Connection::start() {
  ErrorCode ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto peer = socket_.remote_endpoint(ignored);
  parser_.request().peer = fmt::format("{}:{}", peer.address().to_string(), peer.port());
  parser_.request().is_tls = core_.tls != nullptr;
  if (core_.tls != nullptr) {
    tls_.emplace(core_.tls);
    wire_.resize(kWireBytes);
    enter(Phase::handshake, core_.options.header_timeout);
    read();
  } else {
    enter(Phase::idle, core_.options.header_timeout);
    advance();
  }
}

void Connection::enter(Phase phase, Duration timeout) {
  phase_ = phase;
  deadline_ms_ = timeout.ms > 0 ? core_.now_ms + timeout.ms : 0;
}

// ---- reading

void Connection::read() {
  if (is_reading_ || phase_ == Phase::closed) return;
  is_reading_ = true;
  asio::mutable_buffer buffer(wire_.data(), wire_.size());
  if (!tls_) {
    make_room();
    buffer = asio::mutable_buffer(in_.data() + end_, in_.size() - end_);
  }
  socket_.async_read_some(buffer, [self = shared_from_this()](ErrorCode error, size_t count) {
    self->is_reading_ = false;
    if (self->phase_ == Phase::closed) return;
    if (error) return self->close();
    self->on_read(count);
  });
}

void Connection::make_room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (phase_ == Phase::body && in_.size() < kBodyBufferBytes) in_.resize(kBodyBufferBytes);
  if (end_ < in_.size()) return;
  if (begin_ > 0) {
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  } else {
    in_.resize(in_.size() * 2);  // bounded: the parser refuses a head beyond its limit
  }
}

void Connection::on_read(size_t count) {
  if (!tls_) {
    end_ += count;
  } else if (!decrypt({wire_.data(), count})) {
    return close();
  }
  switch (phase_) {
    case Phase::idle:
    case Phase::head:
    case Phase::body:
      return advance();
    case Phase::http2:
      return receive_http2();
    case Phase::streaming:
    case Phase::lingering:
      begin_ = end_ = 0;  // nobody listens any more
      [[fallthrough]];
    case Phase::handshake:
      return read();
    default:
      return;
  }
}

bool Connection::decrypt(std::string_view wire) {
  std::string plain;
  const TlsSession::State state = tls_->receive(wire, plain, out_);
  if (!plain.empty()) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (in_.size() < end_ + plain.size()) in_.resize(end_ + plain.size());
    std::memcpy(in_.data() + end_, plain.data(), plain.size());
    end_ += plain.size();
  }
  flush();
  if (phase_ == Phase::closed) return false;
  if (phase_ == Phase::handshake && state == TlsSession::State::open) {
    enter(Phase::idle, core_.options.header_timeout);
  }
  return state == TlsSession::State::open || state == TlsSession::State::handshaking;
}

void Connection::advance() {
  if (is_advancing_) return;
  is_advancing_ = true;
  while (phase_ == Phase::idle || phase_ == Phase::head || phase_ == Phase::body) {
    if (begin_ == end_ || (is_fresh_ && is_http2())) {
      if (phase_ != Phase::http2) read();
      break;
    }
    const RequestParser::Step step = parser_.put({in_.data() + begin_, end_ - begin_});
    begin_ += step.consumed;
    if (step.progress == RequestParser::Progress::failed) {
      refuse(step.status, step.words);
    } else if (!account_body()) {
      refuse(503, "the server holds as many request bodies as it may; retry");
    } else if (step.progress == RequestParser::Progress::done) {
      dispatch();
    } else {
      if (step.progress == RequestParser::Progress::need_more_body) {
        if (phase_ != Phase::body) enter(Phase::body, core_.options.body_timeout);
        if (parser_.take_expects_continue()) put("HTTP/1.1 100 Continue\r\n\r\n");
      } else if (phase_ == Phase::idle) {
        enter(Phase::head, core_.options.header_timeout);
      }
      read();
      break;
    }
  }
  is_advancing_ = false;
}

bool Connection::account_body() {
  const size_t size = parser_.request().body.size();
  core_.bodies_bytes += size - body_held_;
  body_held_ = size;
  return core_.bodies_bytes <= core_.options.bodies_bytes_max;
}

void Connection::dispatch() {
  enter(Phase::handling, {});
  ++sequence_;
  keep_alive_ = parser_.keep_alive();
  ++core_.in_flight;
  if (core_.in_flight > core_.options.requests_in_flight_max) {
    core_.counters.refused.fetch_add(1, std::memory_order_relaxed);
    return answer(
        problem(Error{.code = codes::queue_full, .message = "too many requests are under way"}));
  }
  core_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  try {
    core_.handler(parser_.request(), Responder(core_.completions, id_, sequence_));
  } catch (const std::exception& error) {
    log::error("a request handler threw: {}", error.what());  // its responder has answered 500
  }
  core_.bodies_bytes -= std::exchange(body_held_, 0);
  if (core_.requests_came) core_.requests_came();
}

// ---- answering

void Connection::complete(detail::Completion&& completion) {
  using Kind = detail::Completion::Kind;
  if (phase_ == Phase::http2) {
    http2_->complete(std::move(completion), core_.now_ms, core_.date);
    return pump_http2();
  }
  if (completion.sequence != sequence_) return;
  if (completion.kind == Kind::answer && phase_ == Phase::handling)
    return answer(std::move(completion.response));
  if (completion.kind == Kind::stream_head && phase_ == Phase::handling) {
    return begin_stream(std::move(completion.response), std::move(completion.stream));
  }
  if (phase_ != Phase::streaming) return;
  quiet_since_ms_ = core_.now_ms;
  if (completion.kind == Kind::stream_bytes) {
    stream_->queued_bytes.fetch_sub(completion.response.body.size(), std::memory_order_relaxed);
    if (is_chunked_) {
      std::string chunk;
      append_chunk(chunk, completion.response.body);
      put(chunk);
    } else {
      put(completion.response.body);
    }
    if (phase_ == Phase::streaming && out_.size() > stream_->queued_bytes_max) close();
  } else if (completion.kind == Kind::stream_end) {
    keep_alive_ = false;
    if (is_chunked_) put("0\r\n\r\n");
    if (phase_ == Phase::streaming) linger();
  }
}

void Connection::refuse(int status, std::string_view words) {
  core_.counters.refused.fetch_add(1, std::memory_order_relaxed);
  enter(Phase::handling, {});
  ++sequence_;
  ++core_.in_flight;
  keep_alive_ = false;
  answer(problem(Error{.code = code_of_status(status), .message = std::string(words)}));
}

void Connection::answer(Response&& response) {
  --core_.in_flight;
  keep_alive_ = keep_alive_ && !core_.is_stopping;
  enter(Phase::answering, {});
  const bool is_bare = response.status == 204 || response.status == 304;
  const bool has_body = !is_bare && parser_.request().method != "HEAD";
  const bool is_open_ended = response.next_chunk != nullptr;
  is_chunked_ = is_open_ended && parser_.is_http_1_1();
  if (is_open_ended && !is_chunked_) keep_alive_ = false;
  std::string plain;
  std::string& head = tls_ ? plain : out_;
  append_head(
      head, response,
      {.content_length = is_open_ended || is_bare ? -1 : static_cast<int64_t>(response.body.size()),
       .is_chunked = is_chunked_,
       .keep_alive = keep_alive_,
       .date = core_.date});
  if (has_body && is_chunked_) append_chunk(head, response.body);
  if (has_body && !is_chunked_) head += response.body;
  if (has_body) next_chunk_ = std::move(response.next_chunk);
  if (tls_) tls_->send(plain, out_);
  flush();
}

void Connection::begin_stream(Response&& response, std::shared_ptr<detail::StreamState> state) {
  if (core_.streams >= core_.options.streams_max || core_.is_stopping) {
    state->is_open.store(false, std::memory_order_relaxed);
    return answer(
        problem(Error{.code = codes::queue_full, .message = "too many streams are open"}));
  }
  --core_.in_flight;
  ++core_.streams;
  enter(Phase::streaming, {});
  stream_ = std::move(state);
  quiet_since_ms_ = core_.now_ms;
  is_chunked_ = parser_.is_http_1_1();
  std::string head;
  append_head(
      head, response,
      {.content_length = -1, .is_chunked = is_chunked_, .keep_alive = false, .date = core_.date});
  if (is_chunked_) {
    append_chunk(head, response.body);
  } else {
    head += response.body;
  }
  put(head);
  read();  // only to learn that the client has gone
}

void Connection::put(std::string_view plain) {
  if (tls_) {
    tls_->send(plain, out_);
  } else {
    out_ += plain;
  }
  flush();
}

void Connection::flush() {
  if (is_writing_ || phase_ == Phase::closed) return;
  if (!out_.empty()) {
    writing_.swap(out_);
    written_ = 0;
    if (!write_now()) return;
  }
  on_drained();
}

/// Writes what the kernel takes at once. False if something is left (then it goes on by itself) or
/// the client is gone.
bool Connection::write_now() {
  while (written_ < writing_.size()) {
    ErrorCode error;
    written_ += socket_.write_some(
        asio::buffer(writing_.data() + written_, writing_.size() - written_), error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      write_later();
      return false;
    }
    if (error) {
      close();
      return false;
    }
  }
  writing_.clear();
  if (writing_.capacity() > kOutBytesKept) writing_.shrink_to_fit();
  return true;
}

void Connection::write_later() {
  is_writing_ = true;
  write_deadline_ms_ = core_.now_ms + core_.options.write_timeout.ms;
  socket_.async_write_some(asio::buffer(writing_.data() + written_, writing_.size() - written_),
                           [self = shared_from_this()](ErrorCode error, size_t count) {
                             self->is_writing_ = false;
                             self->write_deadline_ms_ = 0;
                             if (self->phase_ == Phase::closed) return;
                             if (error) return self->close();
                             self->written_ += count;
                             if (self->write_now()) self->flush();
                           });
}

/// The kernel has taken everything: go on with the answer, or with the next request.
void Connection::on_drained() {
  if (phase_ == Phase::lingering) {
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }
  if (phase_ == Phase::http2) return pump_http2();
  if (phase_ != Phase::answering) return;
  if (!next_chunk_) return finish_request();
  // One chunk per turn of the loop, so that other clients get theirs in between.
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->phase_ != Phase::answering || !self->next_chunk_) return;
    const std::string bytes = self->next_chunk_();
    if (bytes.empty()) self->next_chunk_ = nullptr;
    if (!self->is_chunked_) return self->put(bytes);
    std::string chunk;
    append_chunk(chunk, bytes);
    self->put(bytes.empty() ? "0\r\n\r\n" : chunk);
  });
}

void Connection::finish_request() {
  if (!keep_alive_ || core_.is_stopping) return linger();
  parser_.reset();
  enter(Phase::idle, core_.options.idle_timeout);
  advance();
}

/// Says goodbye and waits a little for the client's, because closing with unread bytes in the
/// kernel would reset the connection and could destroy the answer on its way.
void Connection::linger() {
  core_.bodies_bytes -= std::exchange(body_held_, 0);
  if (stream_ != nullptr) {
    stream_->is_open.store(false, std::memory_order_relaxed);
    stream_ = nullptr;
    --core_.streams;
  }
  enter(Phase::lingering, kLinger);
  if (tls_) tls_->close(out_);
  flush();
  read();
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::handling) --core_.in_flight;
  if (stream_ != nullptr) {
    stream_->is_open.store(false, std::memory_order_relaxed);
    --core_.streams;
  }
  core_.bodies_bytes -= std::exchange(body_held_, 0);
  phase_ = Phase::closed;
  const std::unique_ptr<Http2Exchange> exchange = std::move(http2_);  // gives back its share
  next_chunk_ = nullptr;
  ErrorCode ignored;
  socket_.close(ignored);
  core_.counters.open.fetch_sub(1, std::memory_order_relaxed);
  const auto self = shared_from_this();  // the table may hold the last reference
  core_.connections.erase(id_);
  if (core_.is_stopping && core_.connections.empty()) core_.all_closed();
}

// ---- time

void Connection::tick() {
  const int64_t now = core_.now_ms;
  if (write_deadline_ms_ != 0 && now >= write_deadline_ms_) return close();
  if (phase_ == Phase::http2) {
    http2_->tick(now, core_.date);
    return pump_http2();
  }
  if (phase_ == Phase::streaming) {
    if (!stream_->is_open.load(std::memory_order_relaxed))
      return close();  // it lagged too far behind
    if (now - quiet_since_ms_ < core_.options.heartbeat.ms) return;
    quiet_since_ms_ = now;
    return put(is_chunked_ ? "3\r\n:\n\n\r\n" : ":\n\n");
  }
  if (deadline_ms_ == 0 || now < deadline_ms_) return;
  if (phase_ == Phase::head || phase_ == Phase::body) {
    return refuse(408, "the request did not arrive in time");
  }
  close();
}

void Connection::stop() {
  if (phase_ == Phase::http2) {
    http2_->stop();
    pump_http2();
  } else if (phase_ == Phase::streaming) {
    if (is_chunked_) put("0\r\n\r\n");
    if (phase_ == Phase::streaming) linger();
  } else if (phase_ == Phase::idle || phase_ == Phase::handshake || phase_ == Phase::lingering) {
    close();
  }
}

}  // namespace tollgate::net
