// The part of a connection that carries the bytes of an HTTP/2 exchange.
#include "edge/net/connection.hpp"
#include "foundation/base/log.hpp"

#include <boost/asio/post.hpp>

namespace tollgate::net {
namespace {

constexpr size_t kInBytes = 64 * 1024;      // read at once
constexpr size_t kBytesATurn = 256 * 1024;  // then other clients have their turn

}  // namespace

/// Whether the first bytes are the preface of HTTP/2, as far as they have come: then, once it is
/// whole, the exchange begins.
bool Connection::is_http2() {
  const std::string_view bytes(in_.data() + begin_, end_ - begin_);
  const size_t known = std::min(bytes.size(), kHttp2Preface.size());
  if (bytes.substr(0, known) != kHttp2Preface.substr(0, known)) {
    is_fresh_ = false;
    return false;
  }
  if (known == kHttp2Preface.size()) begin_http2();
  return true;
}

void Connection::begin_http2() {
  const ServerOptions& options = core_.options;
  ServerCore& core = core_;
  const Http2Limits limits{.streams_max = options.http2_streams_max,
                           .header_bytes_max = options.header_bytes_max,
                           .body_bytes_max = options.body_bytes_max,
                           .stream_queue_bytes_max = options.stream_queue_bytes_max,
                           .body_timeout = options.body_timeout,
                           .idle_timeout = options.idle_timeout,
                           .write_timeout = options.write_timeout,
                           .heartbeat = options.heartbeat};
  Http2Ports ports;
  ports.dispatch = [&core, id = id_](Request& request, uint64_t sequence) {
    if (core.in_flight >= core.options.requests_in_flight_max) return false;
    ++core.in_flight;
    core.counters.requests.fetch_add(1, std::memory_order_relaxed);
    try {
      core.handler(request, Responder(core.completions, id, sequence));
    } catch (const std::exception& error) {
      log::error("a request handler threw: {}", error.what());  // its responder has answered 500
    }
    if (core.requests_came) core.requests_came();
    return true;
  };
  ports.answered = [&core] { --core.in_flight; };
  ports.refused = [&core] { core.counters.refused.fetch_add(1, std::memory_order_relaxed); };
  ports.begin_stream = [&core] {
    if (core.streams >= core.options.streams_max || core.is_stopping) return false;
    ++core.streams;
    return true;
  };
  ports.ended_stream = [&core] { --core.streams; };
  ports.hold = [&core](int64_t change) {
    core.bodies_bytes += static_cast<size_t>(change);
    return core.bodies_bytes <= core.options.bodies_bytes_max;
  };
  is_fresh_ = false;
  if (in_.size() < kInBytes) in_.resize(kInBytes);
  enter(Phase::http2, {});
  http2_ =
      std::make_unique<Http2Exchange>(limits, std::move(ports), parser_.request(), core_.now_ms);
  receive_http2();
}

void Connection::receive_http2() {
  const std::string_view bytes(in_.data() + begin_, end_ - begin_);
  begin_ = end_ = 0;
  is_pumping_ = true;  // answers that come at once are sent together
  const bool is_well = http2_->receive(bytes, core_.now_ms, core_.date);
  is_pumping_ = false;
  pump_http2();
  if (phase_ != Phase::http2) return;
  if (!is_well) return linger();
  read();
}

/// Sends what the exchange has, as fast as the client takes it.
void Connection::pump_http2() {
  if (is_pumping_ || is_writing_ || phase_ != Phase::http2) return;
  is_pumping_ = true;
  std::string plain;
  std::string& out = tls_ ? plain : out_;
  http2_->take_output(out, kBytesATurn);
  const bool is_more = out.size() >= kBytesATurn;
  if (tls_) tls_->send(plain, out_);
  if (!out_.empty()) flush();
  is_pumping_ = false;
  if (phase_ != Phase::http2 || is_writing_) return;
  if (is_more) {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->pump_http2(); });
  } else if (http2_->is_over()) {
    linger();
  }
}

}  // namespace tollgate::net
