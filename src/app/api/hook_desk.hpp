// The desk where webhooks arrive: finds the Integration, believes or refuses, translates, maps, and
// hands what is left to the engine. Keeps, in memory, how each integration fares.
#pragma once

#include "domain/model/kinds/integration.hpp"
#include "edge/net/http_types.hpp"
#include "edge/webhooks/sender.hpp"
#include "engine/engine.hpp"
#include "foundation/doc/node.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace tollgate::api {

/// How deliveries of one integration fared since the server began.
struct HookHealth {
  int64_t received = 0;
  int64_t recorded = 0;  // facts
  int64_t known = 0;     // facts that were no news
  int64_t ignored = 0;   // deliveries with nothing to record
  int64_t refused = 0;   // deliveries that were malformed or not believed
  Time last = {};
  std::string last_problem = {};  // why something was ignored, dropped or refused
};

/// A delivery that was believed, translated and mapped.
struct Arrival {
  std::string integration;
  std::string event;
  std::vector<model::Observation> records;
  std::string ignored;               // why there are none
  std::vector<std::string> dropped;  // why some belong nowhere
  engine::Caller caller;
};

/// {position, recorded, known, repeat, event, ignored, dropped}.
doc::Node arrival_json(const Arrival& arrival, const engine::ObserveAnswer& answer);
/// The same of a trial, with {dry_run, records}: what would be recorded.
doc::Node trial_json(const Arrival& arrival);

class HookDesk {
 public:
  /// What a delivery to `integration` comes to. Facts that the sender's API is to confirm first say
  /// so in their origin. `event` stands in for a header, see Delivery::event.
  /// Errors: not_found, forbidden, webhook_refused, stale_webhook, bad_webhook, and those of the
  /// secret's reference.
  Result<Arrival> take(const engine::Engine& engine, const std::string& integration,
                       const net::Request& request, const std::string& event);
  /// Counts what became of an arrival.
  void count(const Arrival& arrival, const engine::ObserveAnswer& answer, Time now);
  void count_refusal(const std::string& integration, const Error& error, Time now);
  std::map<std::string, HookHealth> health() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, HookHealth> health_;  // guarded by mutex_; known integrations only
};

}  // namespace tollgate::api
