#include "app/api/route.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>

namespace tollgate::api {
namespace {

/// True if `path` fits `pattern`; then `captures` holds its parts, still escaped.
bool fits(std::string_view pattern, std::string_view path,
          std::vector<std::string_view>& captures) {
  captures.clear();
  while (true) {
    if (pattern.ends_with("+}") && pattern.starts_with("/{") &&
        pattern.find('/', 1) == std::string_view::npos) {
      if (path.size() < 2) return false;
      captures.push_back(path.substr(1));
      return true;
    }
    const size_t pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const size_t path_end = std::min(path.find('/', 1), path.size());
    const std::string_view wanted = pattern.substr(0, pattern_end);
    const std::string_view found = path.substr(0, path_end);
    if (wanted.starts_with("/{")) {
      if (found.size() < 2) return false;
      captures.push_back(found.substr(1));
    } else if (wanted != found) {
      return false;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
    if (pattern.empty() || path.empty()) return pattern.empty() && path.empty();
  }
}

}  // namespace

Match find_route(std::string_view method, std::string_view path) {
  Match match;
  std::vector<std::string_view> parts;
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  for (const std::span<const RouteDef> group : all_routes()) {
    for (const RouteDef& route : group) {
      if (!fits(route.path, path, parts)) continue;
      if (route.method != wanted) {
        match.allowed += (match.allowed.empty() ? "" : ", ") + std::string(route.method);
        continue;
      }
      std::vector<std::string> captures;
      for (const std::string_view part : parts) {
        auto decoded = net::percent_decode(part);
        if (!decoded) return match;
        captures.push_back(std::move(*decoded));
      }
      match.route = &route;
      match.captures = std::move(captures);
      return match;
    }
  }
  return match;
}

Result<engine::Caller> Call::caller() const {
  const std::string_view key = request.header("idempotency-key");
  if (key.size() > kKeyMax) {
    return fail(codes::bad_request, "the Idempotency-Key has {} characters; {} are allowed",
                key.size(), kKeyMax);
  }
  return engine::Caller{.actor = actor, .idempotency_key = std::string(key)};
}

Result<doc::Node> Call::json() const {
  const std::string_view type = request.header("content-type");
  if (trim(type.substr(0, type.find(';'))) != "application/json") {
    return fail(codes::unsupported_media, "the body must be application/json, not \"{}\"", type);
  }
  return doc::parse_json(request.body);
}

Result<int64_t> Call::number(std::string_view name, int64_t otherwise, int64_t low,
                             int64_t high) const {
  const std::string text = query(name);
  if (text.empty()) return otherwise;
  const auto value = parse_integer(text);
  if (!value || *value < low || *value > high) {
    return fail(codes::bad_request, "{} must be a whole number from {} to {}, not \"{}\"", name,
                low, high, text);
  }
  return *value;
}

Result<std::optional<Time>> Call::time(std::string_view name) const {
  const std::string text = query(name);
  if (text.empty()) return std::optional<Time>();
  TOLLGATE_TRY(const Time value, parse_time(text));
  return std::optional<Time>(value);
}

net::Response json_response(const doc::Node& node, int status) {
  return {.status = status, .body = doc::compact_json(node)};
}

net::Response page_response(std::string html, int status) {
  return {
      .status = status,
      .content_type = "text/html; charset=utf-8",
      .headers = {{"Content-Security-Policy",
                   "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
                   "img-src 'self'; base-uri 'none'; "
                   "form-action 'none'; "
                   "frame-ancestors 'none'"},
                  {"X-Content-Type-Options", "nosniff"},
                  {"Referrer-Policy", "no-referrer"},
                  {"Cache-Control", "no-store"}},
      .body = std::move(html)};
}

}  // namespace tollgate::api
