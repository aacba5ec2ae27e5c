// Tells every open event stream what the ledger has gained: one message per event, its position as
// the id, so that a client that comes back with Last-Event-ID misses nothing.
#pragma once

#include "edge/net/http_server.hpp"
#include "engine/ledger/ledger.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

namespace tollgate::api {

class StreamHub {
 public:
  explicit StreamHub(ledger::Ledger& ledger) : ledger_(ledger) {}

  /// Sends what `stream` has missed from position `from` on (below 0: nothing), then everything
  /// new.
  void join(net::Stream stream, int64_t from);
  /// Sends what the ledger has gained since the last call. Not on the writer's thread: it reads the
  /// ledger.
  void pump();
  /// False if nobody listens; then pump() has nothing to do.
  bool has_streams() const { return has_streams_.load(); }
  /// Ends all streams.
  void close();

  static constexpr int64_t kCatchUpMax =
      10'000;  // events that a returning client is sent; older ones it must read

 private:
  std::string messages(int64_t from, int64_t to);

  ledger::Ledger& ledger_;
  std::mutex mutex_;
  std::vector<net::Stream> streams_;  // guarded by mutex_
  int64_t sent_to_ = 0;               // guarded by mutex_: all streams have what is before
  bool is_closed_ = false;            // guarded by mutex_
  std::atomic<bool> has_streams_{false};
};

}  // namespace tollgate::api
