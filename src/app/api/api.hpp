// The HTTP API: takes requests from the server, finds out who asks and whether they may, and
// answers from the engine. Everything that may wait (disk, other servers) runs on a few worker
// threads; gate calls go straight to the engine.
#pragma once

#include "app/api/audit_desk.hpp"
#include "app/api/calendar_imports.hpp"
#include "app/api/hook_desk.hpp"
#include "app/api/signal_desk.hpp"
#include "app/api/signal_feeds.hpp"
#include "app/api/source_desk.hpp"
#include "app/api/stream_hub.hpp"
#include "app/api/ticket_waiters.hpp"
#include "app/api/workers.hpp"
#include "edge/identity/tokens.hpp"
#include "edge/net/http_types.hpp"
#include "engine/engine.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <string>

namespace tollgate::cells {
class CellStore;
}  // namespace tollgate::cells

namespace tollgate::intake {
class Service;
}  // namespace tollgate::intake

namespace tollgate::spans {
class SpanBook;
}  // namespace tollgate::spans

namespace tollgate::vendors {
class Apis;
}  // namespace tollgate::vendors

namespace tollgate::net {
class Responder;
class Server;
}  // namespace tollgate::net

namespace tollgate::api {

/// What the API works with; all of it outlives the API.
struct Parts {
  engine::Engine& engine;
  identity::TokenFile* tokens = nullptr;  // null: nobody can sign in, so everything is open
  SignalDesk* signals = nullptr;          // null: importing signals is not offered
  intake::Service* intake = nullptr;      // null: nothing can be pushed
  cells::CellStore* cells = nullptr;      // null: nothing is known of how long events took
  spans::SpanBook* spans = nullptr;       // null: nothing is known of latencies
  vendors::Apis* vendors = nullptr;       // null: the APIs of senders are not asked
  SourceDesk* sources = nullptr;          // null: nobody knows the sources of signals
  CalendarImportDesk* imports = nullptr;  // null: nothing is read again and again
  AuditDesk* audits = nullptr;            // null: no audits are made on a schedule
  ReadFeeds feeds = {};                   // empty: nothing is fetched
};

struct ApiOptions {
  bool require_token = false;  // also while there are no tokens
  bool is_loopback =
      true;  // only this machine can connect: requests made for other host names are refused
  std::string version;  // of the program, for metrics and the page
};

/// Counters behind /metrics. Written from any thread.
struct ApiCounters {
  static constexpr std::array<double, 10> kBucketSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                            0.025,  0.05,  0.1,    0.5,   2.5};
  std::array<std::atomic<uint64_t>, 6> responses_by_class{};                    // index 2 is 2xx
  std::array<std::atomic<uint64_t>, kBucketSeconds.size() + 1> gate_seconds{};  // not cumulative
  std::atomic<uint64_t> gate_microseconds{0};
};

class Api {
 public:
  Api(Parts parts, ApiOptions options);
  ~Api();

  /// The server's handler. Call it on the I/O thread.
  void handle(net::Request& request, net::Responder responder);
  /// Ends event streams and waits for the workers. Call it before the server stops; destroy the API
  /// behind the server.
  void stop();
  /// For /metrics: the server's own counters; null until set. Set before the server runs.
  void set_server(const net::Server* server) { server_ = server; }
  /// Whether /-/ready says yes. True from the start; set to false when shutting down.
  void set_ready(bool is_ready) { is_ready_.store(is_ready, std::memory_order_relaxed); }

  const Parts& parts() const { return parts_; }
  const ApiOptions& options() const { return options_; }
  const net::Server* server() const { return server_; }
  bool is_ready() const { return is_ready_.load(std::memory_order_relaxed); }
  ApiCounters& counters() { return counters_; }
  StreamHub& streams() { return streams_; }
  HookDesk& hooks() { return hooks_; }
  const HookDesk& hook_desk() const { return hooks_; }
  Workers& workers() { return workers_; }
  TicketWaiters& ticket_waiters() { return ticket_waiters_; }
  /// True if requests need a token now.
  bool needs_token() const;

 private:
  Result<model::Actor> identify(const net::Request& request, identity::Action action) const;
  std::string request_id(const net::Request& request);

  Parts parts_;
  ApiOptions options_;
  const net::Server* server_ = nullptr;
  std::atomic<bool> is_ready_{true};
  ApiCounters counters_;
  const int64_t started_ms_;
  std::atomic<uint64_t> request_number_{0};
  HookDesk hooks_;
  Workers workers_;
  StreamHub streams_;
  TicketWaiters ticket_waiters_;
};

}  // namespace tollgate::api
