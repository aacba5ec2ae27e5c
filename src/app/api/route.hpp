// What a route is. From this one table come dispatch, 404 and 405, authorisation and the check of
// openapi.yaml. A new group of addresses is one file and one line in all.cpp.
#pragma once

#include "app/api/api.hpp"
#include "edge/net/http_server.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::api {

/// One request on its way through the API.
struct Call {
  Api& api;
  net::Request request;
  std::vector<std::string> captures;  // decoded parts of the path, in the order of the pattern
  model::Actor actor;
  std::string request_id = {};

  engine::Engine& engine() const { return api.parts().engine; }
  std::string query(std::string_view name) const { return net::query_value(request.query, name); }
  /// The actor with the Idempotency-Key header. Errors: bad_request for a key longer than kKeyMax.
  Result<engine::Caller> caller() const;
  /// The body as JSON. Errors: unsupported_media, syntax and the like.
  Result<doc::Node> json() const;
  /// A parameter of the query as a number in [low, high]. Errors: bad_request.
  Result<int64_t> number(std::string_view name, int64_t otherwise, int64_t low, int64_t high) const;
  /// A parameter of the query as a time, if given. Errors: bad_time.
  Result<std::optional<Time>> time(std::string_view name) const;

  static constexpr size_t kKeyMax = 200;
};

enum class Access {
  open,  // for everybody: health, descriptions
  read,
  gate,
  record,
  push,
  apply,
};

struct RouteDef {
  std::string_view method;  // HEAD is answered as GET
  std::string_view path;    // "/v1/decisions/{id}"; "{name+}" at the end takes the rest of the path
  Access access = Access::read;
  /// The answer; runs on a worker and may wait. Either this or `start`.
  Result<net::Response> (*answer)(Call& call) = nullptr;
  /// Runs on the I/O thread and must not wait; answers when it can.
  void (*start)(Call call, net::Responder responder) = nullptr;
};

/// The routes of each group of addresses, in the order of all.cpp.
std::span<const std::span<const RouteDef>> all_routes();

/// A route that fits method and path; or why none does.
struct Match {
  const RouteDef* route = nullptr;
  std::vector<std::string> captures;
  std::string allowed;  // methods of this path, when only the method did not fit
};
Match find_route(std::string_view method, std::string_view path);

/// 200 with JSON.
net::Response json_response(const doc::Node& node, int status = 200);
/// 200 with a page, and the headers that keep it from doing anything but showing.
net::Response page_response(std::string html, int status = 200);
/// The text of openapi.yaml.
std::string_view openapi_text();

// One list per file.
extern const std::span<const RouteDef> kCalendarRoutes;
extern const std::span<const RouteDef> kAlertsRoutes;
extern const std::span<const RouteDef> kAuditsRoutes;
extern const std::span<const RouteDef> kBackfillRoutes;
extern const std::span<const RouteDef> kDecisionsRoutes;
extern const std::span<const RouteDef> kDeliveriesRoutes;
extern const std::span<const RouteDef> kDoraRoutes;
extern const std::span<const RouteDef> kEvidenceRoutes;
extern const std::span<const RouteDef> kGatesRoutes;
extern const std::span<const RouteDef> kHealthRoutes;
extern const std::span<const RouteDef> kHooksRoutes;
extern const std::span<const RouteDef> kIntakeRoutes;
extern const std::span<const RouteDef> kLatencyRoutes;
extern const std::span<const RouteDef> kLedgerRoutes;
extern const std::span<const RouteDef> kMetricsRoutes;
extern const std::span<const RouteDef> kOtlpGrpcRoutes;
extern const std::span<const RouteDef> kOtlpRoutes;
extern const std::span<const RouteDef> kPagesRoutes;
extern const std::span<const RouteDef> kPolicyRoutes;
extern const std::span<const RouteDef> kQueuesRoutes;
extern const std::span<const RouteDef> kSignalsRoutes;
extern const std::span<const RouteDef> kSloLatencyRoutes;
extern const std::span<const RouteDef> kSlosRoutes;
extern const std::span<const RouteDef> kSourcesRoutes;
extern const std::span<const RouteDef> kStreamRoutes;

}  // namespace tollgate::api
