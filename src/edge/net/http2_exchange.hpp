// HTTP/2 on one connection: bytes into requests, answers into bytes, many streams at a time. The
// connection moves the bytes and the server's handler answers, as with HTTP/1.1; limits and
// refusals are the same. Frames, header compression and flow control are http2_session's. Runs on
// the I/O thread. Source: RFC 9113.
#pragma once

#include "edge/net/completions.hpp"
#include "edge/net/http_types.hpp"
#include "foundation/base/time.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tollgate::net {

/// What a client sends first when it knows that the server speaks HTTP/2.
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

struct Http2Limits {
  size_t streams_max = 128;  // at a time; further ones wait with the client
  size_t header_bytes_max = 32 * 1024;
  size_t body_bytes_max = 64 * 1024 * 1024;
  size_t stream_queue_bytes_max = 4 * 1024 * 1024;  // of an event stream that its client leaves
  Duration body_timeout = seconds(120);             // of a request, from its first byte
  Duration idle_timeout = seconds(75);              // without streams and pings
  Duration write_timeout = seconds(30);             // of an answer, without any progress
  Duration heartbeat = seconds(15);                 // a comment line to every silent event stream
};

/// What the exchange needs of its surroundings. All are called on the I/O thread.
struct Http2Ports {
  /// A request is complete; its answer comes by Http2Exchange::complete() with this sequence.
  /// False: too many requests are under way.
  std::function<bool(Request&, uint64_t sequence)> dispatch;
  std::function<void()> answered;      // a dispatched request is over, whatever became of it
  std::function<void()> refused;       // a request was answered without the handler
  std::function<bool()> begin_stream;  // false: too many event streams
  std::function<void()> ended_stream;  // what begin_stream() let begin is over
  /// Changes what bodies hold, in bytes. False: all bodies together hold too much.
  std::function<bool(int64_t change)> hold;
};

class Http2Exchange {
 public:
  /// `like` has what is the same for every request: peer, is_tls.
  Http2Exchange(const Http2Limits& limits, Http2Ports ports, const Request& like, int64_t now_ms);
  /// Forgets everything; requests under way count as answered.
  ~Http2Exchange();
  Http2Exchange(const Http2Exchange&) = delete;
  Http2Exchange& operator=(const Http2Exchange&) = delete;

  /// Takes what the client sent, beginning with the preface, and dispatches what is complete. False
  /// if the bytes are no HTTP/2: send what take_output() has (it says why), then close.
  bool receive(std::string_view bytes, int64_t now_ms, std::string_view date);
  /// The answer to a dispatched request, or a part of it. Unknown sequences are ignored: their
  /// client has gone.
  void complete(detail::Completion&& completion, int64_t now_ms, std::string_view date);
  /// Appends what is to be sent now, at most about `bytes_max`. Nothing: all is sent, or the client
  /// does not take more now.
  void take_output(std::string& out, size_t bytes_max);
  /// Looks at deadlines.
  void tick(int64_t now_ms, std::string_view date);
  /// Takes no new requests (GOAWAY); those under way are answered.
  void stop();
  /// Nothing will come any more, and everything is sent.
  bool is_over() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tollgate::net
