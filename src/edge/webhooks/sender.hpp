// What one sender of webhooks is, and the catalogue of all of them. A new sender is one file that
// defines a SenderDef, and one line in all.cpp.
// Translation is pure: headers and body in, observations out. Fields that are not known are
// ignored, events that say nothing to us are ignored with a reason, and what is malformed is
// refused with one. Which service and environment a fact belongs to is not decided here:
// observations carry the sender's own names in `project` and `sender_environment`.
#pragma once

#include "domain/model/observation.hpp"
#include "foundation/base/error.hpp"
#include "foundation/doc/node.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::webhooks {

/// Largest body that is read: GitHub's own cap. Larger ones are refused with too_large.
inline constexpr size_t kBodyBytesMax = 25 * 1024 * 1024;
/// Observations taken from one delivery; more are refused with limit_exceeded.
inline constexpr size_t kObservationsMax = 1000;

/// One delivery as it came. Borrows `body`.
struct Delivery {
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case
  std::string_view body = {};
  std::string event = {};  // given apart from headers: on the command line, or as part of the path
  Time received = {};      // stands in where a sender tells no time of its own

  /// The first header of that name (given in lower case), or empty.
  std::string_view header(std::string_view name) const;
};

/// How a sender proves that a delivery is its own.
enum class Scheme {
  hmac_hex,      // header holds prefix + hex HMAC-SHA-256 of the body; several, separated by ","
  grafana_hmac,  // as hmac_hex; over "timestamp:body" if there is a timestamp header
  standard_webhooks,  // webhook-id, webhook-timestamp, webhook-signature
  token,              // header holds the secret itself
  bearer,             // Authorization: Bearer SECRET
  basic,              // Authorization: Basic, any user, the secret as password
};

struct SchemeDef {
  Scheme scheme;
  std::string_view header = {};
  std::string_view prefix = {};
};

struct EventDef {
  std::string_view name;     // as the sender names it
  std::string_view becomes;  // what is recorded, in words
};

/// What a delivery comes to.
struct Translation {
  std::string event = {};  // as found in headers or body
  std::vector<model::Observation> records = {};
  std::string ignored = {};  // why there are none; empty if there are some
};

struct SenderDef {
  std::string_view name;               // as in Integration and on the command line
  std::string_view title;              // product
  std::string_view doc;                // how to set it up, one or two sentences
  std::span<const SchemeDef> schemes;  // the first whose header a delivery carries is checked
  bool is_signed = false;              // true if one of the schemes signs the body
  std::span<const EventDef> events;
  /// The event's name in headers or body; empty if it cannot be told.
  std::string (*event_of)(const Delivery& delivery, const doc::Node& body);
  /// The sender's name for this very delivery, the same for a redelivery; empty if it has none.
  std::string (*delivery_of)(const Delivery& delivery, const doc::Node& body);
  /// Errors: bad_webhook.
  Result<Translation> (*translate)(const Delivery& delivery, const doc::Node& body);
};

/// Every sender, sorted by name.
std::span<const SenderDef* const> all_senders();
/// Errors: unknown_sender with the nearest name.
Result<const SenderDef*> sender_named(std::string_view name);

}  // namespace tollgate::webhooks
