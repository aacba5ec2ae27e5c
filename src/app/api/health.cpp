// Whether it lives, whether it is ready, and what its addresses and errors mean.
#include "app/api/route.hpp"
#include "app/render/page.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::api {
namespace {

net::Response words(int status, std::string text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

Result<net::Response> healthy(Call&) { return words(200, "healthy\n"); }

Result<net::Response> ready(Call& call) {
  return call.api.is_ready() ? words(200, "ready\n") : words(503, "stopping\n");
}

Result<net::Response> openapi(Call&) {
  return net::Response{.content_type = "application/yaml", .body = std::string(openapi_text())};
}

/// The page behind the `type` of a problem document.
Result<net::Response> problem_page(Call& call) {
  const std::string& text = call.captures[0];
  const auto number =
      parse_integer(text.starts_with("TG") ? std::string_view(text).substr(2) : std::string_view());
  for (const CodeInfo& row : code_catalogue()) {
    if (number && static_cast<int64_t>(row.code) == *number)
      return page_response(render::problem_page(row));
  }
  return fail(codes::not_found, "there is no error code \"{}\"", text);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/-/healthy", .access = Access::open, .answer = healthy},
    RouteDef{.method = "GET", .path = "/-/ready", .access = Access::open, .answer = ready},
    RouteDef{.method = "GET", .path = "/openapi.yaml", .access = Access::open, .answer = openapi},
    RouteDef{.method = "GET",
             .path = "/problems/{code}",
             .access = Access::open,
             .answer = problem_page},
};

}  // namespace

const std::span<const RouteDef> kHealthRoutes = kRoutes;

}  // namespace tollgate::api
