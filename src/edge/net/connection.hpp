// One client of the server: reads, parses, hands over, writes, in turn. HTTP/1.1 is here; a client
// that begins with the preface of HTTP/2 gets an exchange of its own, to which this only carries
// bytes. Everything here runs on the I/O thread. Internal to the server: the only header that shows
// Asio.
#pragma once

#include "edge/net/completions.hpp"
#include "edge/net/http2_exchange.hpp"
#include "edge/net/http_server.hpp"
#include "edge/net/request_parser.hpp"
#include "edge/net/tls.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <optional>
#include <unordered_map>

namespace tollgate::net {

// The concrete executor spares the type erasure of Asio's default.
using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

class Connection;

/// What all connections of a server share. Only `counters` is touched by other threads.
struct ServerCore {
  explicit ServerCore(ServerOptions options_arg) : options(std::move(options_arg)) {}

  const ServerOptions options;
  Handler handler;
  std::shared_ptr<const TlsContext> tls;  // null: plain HTTP
  ServerCounters counters;
  std::shared_ptr<detail::Completions> completions;
  std::unordered_map<uint64_t, std::shared_ptr<Connection>> connections;
  size_t in_flight = 0;  // requests handed over and not yet answered
  size_t streams = 0;
  size_t bodies_bytes = 0;  // of requests not yet complete
  bool is_stopping = false;
  std::function<void()> requests_came;  // called for each request that was handed over
  std::function<void()> all_closed;     // called when the last connection closes while stopping
  int64_t now_ms = 0;                   // steady clock at the last tick
  std::string date;                     // for the Date header, at the last tick
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ServerCore& core, Socket socket, uint64_t id);

  void start();
  void complete(detail::Completion&& completion);
  /// Looks at deadlines; called every tick.
  void tick();
  /// Closes now if no request is under way, else after it.
  void stop();
  /// Closes now and forgets everything. Safe to call twice.
  void close();

 private:
  enum class Phase {
    handshake,
    idle,
    head,
    body,
    handling,
    answering,
    streaming,
    http2,
    lingering,
    closed
  };

  // reading
  void read();
  void on_read(size_t count);
  void make_room();
  bool decrypt(std::string_view wire);
  void advance();
  bool is_http2();
  bool account_body();
  void dispatch();
  // HTTP/2
  void begin_http2();
  void receive_http2();
  void pump_http2();
  // answering
  void refuse(int status, std::string_view words);
  void answer(Response&& response);
  void begin_stream(Response&& response, std::shared_ptr<detail::StreamState> state);
  void put(std::string_view plain);
  void flush();
  bool write_now();
  void write_later();
  void on_drained();
  void finish_request();
  void linger();
  void enter(Phase phase, Duration timeout);

  ServerCore& core_;
  Socket socket_;
  const uint64_t id_;
  Phase phase_ = Phase::idle;
  int64_t deadline_ms_ = 0;        // 0: none
  int64_t write_deadline_ms_ = 0;  // 0: no write is waiting
  int64_t quiet_since_ms_ = 0;     // of a stream
  uint64_t sequence_ = 0;
  bool is_advancing_ = false;
  bool is_fresh_ = true;  // the first request has not begun: it may be HTTP/2
  bool is_pumping_ = false;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool keep_alive_ = true;
  bool is_chunked_ = false;
  size_t body_held_ = 0;  // part of core_.bodies_bytes
  RequestParser parser_;
  std::optional<TlsSession> tls_;
  std::vector<char> in_;  // plain bytes [begin_, end_) wait to be parsed
  size_t begin_ = 0;
  size_t end_ = 0;
  std::vector<char> wire_;  // TLS: what was read
  std::string out_;         // wire bytes that wait behind those being written
  std::string writing_;     // wire bytes [written_, size) being written
  size_t written_ = 0;
  std::function<std::string()> next_chunk_;
  std::shared_ptr<detail::StreamState> stream_;
  std::unique_ptr<Http2Exchange> http2_;
};

}  // namespace tollgate::net
