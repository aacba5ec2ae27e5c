#include "edge/net/http_server.hpp"

#include "edge/net/connection.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tollgate::net {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         asio::io_context::executor_type>;

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// How often deadlines are looked at: often enough for the shortest of them, at most twice a second
/// for the usual.
Duration tick_of(const ServerOptions& options) {
  const Duration shortest =
      std::min({options.header_timeout, options.body_timeout, options.idle_timeout,
                options.write_timeout, options.heartbeat, options.stop_timeout});
  return std::clamp(Duration{shortest.ms / 4}, milliseconds(5), milliseconds(500));
}

}  // namespace

/// One place where clients connect.
struct Listener {
  Acceptor acceptor;
  uint16_t port = 0;
  bool is_accepting = false;
};

class Server::Impl {
 public:
  explicit Impl(ServerOptions options) : core(std::move(options)), tick_(tick_of(core.options)) {}
  ~Impl() { core.completions->close(); }

  Result<void> open(Handler handler);
  void run();
  Result<void> listen(const ServerOptions::Listen& at);
  void accept();
  void accept(Listener& listener);
  void admit(Socket socket);
  void tick();
  void wait_for_tick();
  void begin_stop();
  void end_turn_later();
  void set_time();

  ServerCore core;
  uint16_t port(size_t index) const { return listeners_[index].port; }

  // One thread runs it, so that sockets need no locks; posting from other threads stays safe.
  asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};

 private:
  std::vector<Listener> listeners_;
  Timer timer_{io};
  Duration tick_;
  uint64_t next_id_ = 1;
  bool is_turn_ending_ = false;
  int64_t stop_deadline_ms_ = 0;
};

Result<void> Server::Impl::open(Handler handler) {
  const ServerOptions& options = core.options;
  core.handler = std::move(handler);
  core.all_closed = [this] { io.stop(); };
  if (options.after_requests) core.requests_came = [this] { end_turn_later(); };
  core.completions = std::make_shared<detail::Completions>(
      options.stream_queue_bytes_max,
      [this](detail::Completion&& completion) {
        const auto found = core.connections.find(completion.connection);
        if (found == core.connections.end()) return;
        const std::shared_ptr<Connection> connection = found->second;
        connection->complete(std::move(completion));
      },
      [this] { asio::post(io, [completions = core.completions] { completions->drain(); }); });
  if (!options.certificate_file.empty() || !options.key_file.empty()) {
    TOLLGATE_TRY(core.tls, TlsContext::load(options.certificate_file, options.key_file));
  }
  listeners_.reserve(1 + options.also_listen.size());  // their handlers refer to them
  TOLLGATE_CHECK(listen({options.address, options.port}));
  for (const ServerOptions::Listen& at : options.also_listen) TOLLGATE_CHECK(listen(at));
  return {};
}

Result<void> Server::Impl::listen(const ServerOptions::Listen& at) {
  Acceptor acceptor(io);
  ErrorCode error;
  const auto address = asio::ip::make_address(at.address, error);
  if (error) return fail(codes::io_failed, "\"{}\" is not an IP address to listen on", at.address);
  const asio::ip::tcp::endpoint endpoint(address, at.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(codes::io_failed, "cannot listen on {} port {}: {}", at.address, at.port,
                error.message());
  }
  const uint16_t port = acceptor.local_endpoint(error).port();
  listeners_.push_back({std::move(acceptor), port});
  return {};
}

void Server::Impl::run() {
  core.completions->open();
  set_time();
  accept();
  wait_for_tick();
  io.run();
  core.completions->close();
  core.connections.clear();
}

void Server::Impl::set_time() {
  core.now_ms = steady_ms();
  core.date = http_date(std::chrono::duration_cast<std::chrono::seconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count());
}

/// Behind the connections that are ready now.
void Server::Impl::end_turn_later() {
  if (std::exchange(is_turn_ending_, true)) return;
  asio::defer(io, [this] {
    is_turn_ending_ = false;
    core.options.after_requests();
  });
}

void Server::Impl::accept() {
  for (Listener& listener : listeners_) {
    if (!listener.is_accepting) accept(listener);
  }
}

void Server::Impl::accept(Listener& listener) {
  listener.is_accepting = true;
  listener.acceptor.async_accept([this, &listener](ErrorCode error, Socket socket) {
    listener.is_accepting = false;
    if (core.is_stopping || error == asio::error::operation_aborted) return;
    if (error) {  // most likely out of file descriptors: the next tick tries again
      log::warn("cannot accept a connection: {}", error.message());
      return;
    }
    admit(std::move(socket));
    accept(listener);
  });
}

void Server::Impl::admit(Socket socket) {
  core.counters.connections.fetch_add(1, std::memory_order_relaxed);
  if (core.connections.size() >= core.options.connections_max) {
    core.counters.refused.fetch_add(1, std::memory_order_relaxed);
    if (core.tls != nullptr) return;
    const Response response =
        problem(Error{.code = codes::queue_full, .message = "too many connections are open"});
    std::string text;
    append_head(text, response,
                {.content_length = static_cast<int64_t>(response.body.size()),
                 .keep_alive = false,
                 .date = core.date});
    text += response.body;
    ErrorCode ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
    return;
  }
  core.counters.open.fetch_add(1, std::memory_order_relaxed);
  const uint64_t id = next_id_++;
  const auto connection = std::make_shared<Connection>(core, std::move(socket), id);
  core.connections.emplace(id, connection);
  connection->start();
}

void Server::Impl::wait_for_tick() {
  timer_.expires_after(std::chrono::milliseconds(tick_.ms));
  timer_.async_wait([this](ErrorCode error) {
    if (!error) tick();
  });
}

void Server::Impl::tick() {
  set_time();
  std::vector<std::shared_ptr<Connection>> connections;  // a copy: ticks may close and erase
  connections.reserve(core.connections.size());
  for (const auto& [id, connection] : core.connections) connections.push_back(connection);
  const bool is_over = core.is_stopping && core.now_ms >= stop_deadline_ms_;
  for (const auto& connection : connections) {
    if (is_over) {
      connection->close();
    } else {
      connection->tick();
      if (core.is_stopping) connection->stop();
    }
  }
  if (core.is_stopping && core.connections.empty()) return io.stop();
  if (!core.is_stopping) accept();
  wait_for_tick();
}

void Server::Impl::begin_stop() {
  if (core.is_stopping) return;
  core.is_stopping = true;
  stop_deadline_ms_ = steady_ms() + core.options.stop_timeout.ms;
  ErrorCode ignored;
  for (Listener& listener : listeners_) listener.acceptor.close(ignored);
  tick();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(ServerOptions options, Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options));
  auto opened = impl->open(std::move(handler));
  if (!opened) return fail(std::move(opened).error());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

uint16_t Server::port() const { return impl_->port(0); }
uint16_t Server::port_also(size_t index) const { return impl_->port(index + 1); }
const ServerCounters& Server::counters() const { return impl_->core.counters; }
void Server::run() { impl_->run(); }
void Server::stop() {
  asio::post(impl_->io, [impl = impl_.get()] { impl->begin_stop(); });
}

}  // namespace tollgate::net
