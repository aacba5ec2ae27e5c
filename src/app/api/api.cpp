#include "app/api/api.hpp"

#include "app/api/parameters.hpp"
#include "app/api/route.hpp"
#include "edge/net/grpc.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/ids.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::api {
namespace {

identity::Action action_of(Access access) {
  switch (access) {
    case Access::gate:
      return identity::Action::gate;
    case Access::record:
      return identity::Action::record;
    case Access::push:
      return identity::Action::push;
    case Access::apply:
      return identity::Action::apply;
    default:
      return identity::Action::read;
  }
}

/// The token of a request: a bearer token, or the password of basic authentication, which browsers
/// can ask for.
Result<std::string> token_of(const net::Request& request) {
  const std::string_view header = request.header("authorization");
  const size_t space = std::min(header.find(' '), header.size());
  const std::string scheme = lower_case(header.substr(0, space));
  const std::string_view rest = trim(header.substr(space));
  if (scheme == "bearer") return std::string(rest);
  if (scheme == "basic") {
    const std::string pair = base64_decode(rest).value_or(std::string());
    const size_t colon = pair.find(':');
    if (colon != std::string::npos) return pair.substr(colon + 1);
  }
  return fail(codes::unauthenticated, "this server wants a token");
}

std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, std::min(host.find(']'), host.size() - 1) + 1);
  return host.substr(0, host.find(':'));
}

/// A page of another site must not be able to use the browser of somebody who can reach this
/// server: neither by a form or a script (Origin), nor by a name that suddenly points here (Host).
Result<void> check_origin(const net::Request& request, bool is_loopback) {
  const std::string_view host = request.header("host");
  const std::string_view name = host_name(host);
  if (is_loopback && name != "localhost" && name != "127.0.0.1" && name != "[::1]") {
    return fail(codes::forbidden, "this server answers for localhost only, not for \"{}\"", name);
  }
  const std::string_view origin = request.header("origin");
  const size_t scheme = origin.find("://");
  const bool is_foreign =
      !origin.empty() && (scheme == std::string_view::npos || origin.substr(scheme + 3) != host);
  if (is_foreign && request.method != "GET" && request.method != "HEAD") {
    return fail(codes::forbidden, "requests from pages of {} are refused", origin);
  }
  return {};
}

bool wants_page(const net::Request& request) {
  return request.header("accept").find("text/html") != std::string_view::npos;
}

}  // namespace

Api::Api(Parts parts, ApiOptions options)
    : parts_(parts),
      options_(std::move(options)),
      started_ms_(parts.engine.now().ms),
      streams_(parts.engine.ledger()) {
  parts_.engine.set_listener([this](int64_t, int64_t) {
    if (streams_.has_streams()) workers_.run([this] { streams_.pump(); });
    ticket_waiters_.wake();
  });
}

Api::~Api() {
  stop();
  parts_.engine.set_listener({});
}

void Api::stop() {
  streams_.close();
  ticket_waiters_.stop();
  workers_.stop();
}

bool Api::needs_token() const {
  if (options_.require_token) return true;
  return parts_.tokens != nullptr && !parts_.tokens->is_empty(parts_.engine.now());
}

Result<model::Actor> Api::identify(const net::Request& request, identity::Action wanted) const {
  if (!needs_token()) {
    return model::Actor{.subject = "anonymous", .issuer = "local", .roles = {}, .on_behalf_of = {}};
  }
  TOLLGATE_TRY(const std::string text, token_of(request));
  if (parts_.tokens == nullptr) return fail(codes::unauthenticated, "this server has no tokens");
  TOLLGATE_TRY(const identity::Token token, parts_.tokens->verify(text, parts_.engine.now()));
  if (!identity::authorise(token.roles, wanted)) {
    return fail(codes::forbidden, "the token of {} does not allow to {}", token.subject,
                identity::action_name(wanted));
  }
  model::Actor actor{.subject = token.subject, .issuer = "token", .roles = {}, .on_behalf_of = {}};
  for (const identity::Role role : token.roles) actor.roles.emplace_back(identity::role_name(role));
  return actor;
}

/// The client's own X-Request-Id if it is a plain short word, else one of ours.
std::string Api::request_id(const net::Request& request) {
  constexpr size_t kIdMax = 100;
  const std::string_view given = request.header("x-request-id");
  const bool is_plain =
      std::all_of(given.begin(), given.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!given.empty() && given.size() <= kIdMax && is_plain) return std::string(given);
  return fmt::format("{:x}-{}", started_ms_,
                     request_number_.fetch_add(1, std::memory_order_relaxed));
}

void Api::handle(net::Request& request, net::Responder responder) {
  const auto refuse = [&](Error error) {
    if (request.is_http2 && net::is_grpc(request)) return responder.send(net::grpc_refusal(error));
    net::Response response = net::problem(error, request.path);
    if (error.code == codes::unauthenticated && wants_page(request)) {
      response.headers = {
          {"www-authenticate", "Basic realm=\"Tollgate: any name, the token as password\""}};
    }
    responder.send(std::move(response));
  };
  Match match = find_route(request.method, request.path);
  if (match.route == nullptr) {
    if (match.allowed.empty()) {
      return refuse({.code = codes::no_route,
                     .message = fmt::format("there is nothing at {}", request.path)});
    }
    const Error error{.code = codes::bad_method,
                      .message = fmt::format("{} takes {}", request.path, match.allowed)};
    if (request.is_http2 && net::is_grpc(request)) return refuse(error);
    net::Response response = net::problem(error, request.path);
    response.headers.push_back({"Allow", match.allowed});
    return responder.send(std::move(response));
  }
  const RouteDef& route = *match.route;
  model::Actor actor{};
  if (route.access != Access::open) {
    if (auto allowed = check_origin(request, options_.is_loopback); !allowed)
      return refuse(std::move(allowed).error());
    auto identified = identify(request, action_of(route.access));
    if (!identified) return refuse(std::move(identified).error());
    actor = std::move(*identified);
  }
  if (auto known = check_parameters(route, request.query); !known)
    return refuse(std::move(known).error());
  Call call{.api = *this,
            .request = std::move(request),
            .captures = std::move(match.captures),
            .actor = std::move(actor)};
  call.request_id = request_id(call.request);
  if (route.start != nullptr) return route.start(std::move(call), std::move(responder));

  auto shared_call = std::make_shared<Call>(std::move(call));
  auto shared_responder = std::make_shared<net::Responder>(std::move(responder));
  const bool is_queued = workers_.run([this, &route, shared_call, shared_responder] {
    auto response = route.answer(*shared_call);
    net::Response out =
        response ? std::move(*response) : net::problem(response.error(), shared_call->request.path);
    counters_.responses_by_class[static_cast<size_t>(out.status / 100 % 6)].fetch_add(
        1, std::memory_order_relaxed);
    out.headers.push_back({"X-Request-Id", shared_call->request_id});
    shared_responder->send(std::move(out));
  });
  if (!is_queued) {
    shared_responder->send(
        net::problem({.code = codes::queue_full, .message = "too many requests wait; retry"}));
  }
}

}  // namespace tollgate::api
