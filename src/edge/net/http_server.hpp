// A server of HTTP/1.1 and HTTP/2 for handlers that answer now, later or bit by bit, from any
// thread. A client that knows begins with HTTP/2 at once, plain or over TLS; all addresses take
// both. One thread does all I/O. Sockets: Boost.Asio. Requests: Boost.Beast and libnghttp2. TLS:
// OpenSSL. None of them shows in this header.
#pragma once

#include "edge/net/http_types.hpp"
#include "foundation/base/time.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tollgate::net {

/// Every limit of the server.
struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 8080;  // 0: any free port, see Server::port
  /// Further places to listen, with the same handler.
  struct Listen {
    std::string address = "127.0.0.1";
    uint16_t port = 0;
  };
  std::vector<Listen> also_listen = {};
  std::string certificate_file = {};                // PEM chain; with key_file it turns TLS on
  std::string key_file = {};                        // PEM
  size_t header_bytes_max = 32 * 1024;              // 431
  size_t body_bytes_max = 64 * 1024 * 1024;         // 413
  size_t bodies_bytes_max = 256 * 1024 * 1024;      // bodies held at once by all connections; 503
  size_t connections_max = 4096;                    // 503 and closed
  size_t requests_in_flight_max = 4096;             // 503
  size_t streams_max = 256;                         // event streams; 503
  size_t http2_streams_max = 128;                   // requests of one HTTP/2 client at a time
  size_t stream_queue_bytes_max = 4 * 1024 * 1024;  // a client that lags this far behind is dropped
  Duration header_timeout = seconds(10);            // TLS handshake and request head; 408
  Duration body_timeout = seconds(120);             // 408
  Duration idle_timeout = seconds(75);              // between requests; closed
  Duration write_timeout = seconds(30);             // without any progress; closed
  Duration heartbeat = seconds(15);                 // a comment line to every silent event stream
  Duration stop_timeout = seconds(10);              // what is unfinished then is cut off
  /// Called on the I/O thread once it has handed over every request that was ready; may answer
  /// them. Empty: nothing.
  std::function<void()> after_requests = {};
};

namespace detail {
class Completions;
struct StreamState;
}  // namespace detail

/// The sending side of a streamed answer. Copies speak to the same client; safe from any thread.
class Stream {
 public:
  Stream() = default;
  /// Queues bytes. False if the client is gone or was dropped for lagging.
  bool write(std::string bytes) const;
  /// Ends the answer after what is queued.
  void close() const;
  bool is_open() const;

 private:
  friend class Responder;
  friend class detail::Completions;
  std::shared_ptr<detail::Completions> completions_;
  std::shared_ptr<detail::StreamState> state_;
  uint64_t connection_ = 0;
  uint64_t sequence_ = 0;
};

/// The duty to answer one request, once. Safe from any thread, also after the client or the server
/// has gone (then nothing happens). Destroyed unused, it answers 500.
class Responder {
 public:
  Responder(std::shared_ptr<detail::Completions> completions, uint64_t connection,
            uint64_t sequence);
  Responder(Responder&& other) noexcept;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  void send(Response response);
  /// Sends the head and `response.body` now, and more through the stream: server-sent events.
  Stream stream(Response response);

 private:
  std::shared_ptr<detail::Completions> completions_;  // null once answered
  uint64_t connection_;
  uint64_t sequence_;
};

/// Called on the I/O thread; must not block. The request lives until the call returns: move or copy
/// what you keep.
using Handler = std::function<void(Request&, Responder)>;

/// While one of these lives, answers given by its thread do not wake the I/O thread; its end wakes
/// it once. For a thread that answers many requests in one go. The server must outlive it.
class WakeOnce {
 public:
  WakeOnce();
  ~WakeOnce();
  WakeOnce(const WakeOnce&) = delete;
  WakeOnce& operator=(const WakeOnce&) = delete;

 private:
  bool is_outermost_;
};

/// Counters since the start; read from any thread.
struct ServerCounters {
  std::atomic<uint64_t> connections{0};  // accepted
  std::atomic<uint64_t> requests{0};     // handed to the handler
  std::atomic<uint64_t> refused{
      0};                         // answered by the server itself: limits, timeouts, broken bytes
  std::atomic<uint64_t> open{0};  // connections open now
};

class Server {
 public:
  /// A server that listens already but answers only once run() is called.
  /// Errors: io_failed (address in use, no such address), tls_failed (certificate or key unusable).
  static Result<std::unique_ptr<Server>> listen(ServerOptions options, Handler handler);
  ~Server();

  /// The port that is really listened on.
  uint16_t port() const;
  /// The same of `also_listen`, by its index.
  uint16_t port_also(size_t index) const;
  const ServerCounters& counters() const;
  /// Serves until stop() is complete. Call it once, from the thread that is to be the I/O thread.
  void run();
  /// Stops accepting, lets requests in flight finish within stop_timeout, ends streams; then run()
  /// returns. Safe from any thread, but not from a signal handler.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::net
