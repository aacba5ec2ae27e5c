// Files of signals: access logs, JSON lines and CSV, counted into the cells of an SLO.
#include "app/api/route.hpp"
#include "app/render/answers.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::api {
namespace {

Result<net::Response> import_signals(Call& call) {
  SignalDesk* desk = call.api.parts().signals;
  if (desk == nullptr) return fail(codes::not_found, "this server takes no files of signals");
  SignalUpload upload{.slo = call.query("slo"),
                      .environment = call.query("environment"),
                      .format = call.query("format"),
                      .bad = call.query("bad"),
                      .slower_than = {},
                      .bytes = std::move(call.request.body),
                      .is_dry_run = call.query("dry_run") == "true"};
  if (upload.slo.empty() || upload.format.empty()) {
    return fail(codes::missing_field,
                "name the SLO and the format: ?slo=SERVICE/SLO&format=combined");
  }
  if (const std::string slower_than = call.query("slower_than"); !slower_than.empty()) {
    TOLLGATE_TRY(upload.slower_than, parse_duration(slower_than));
  }
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const SignalReceipt receipt, desk->import(upload, caller));
  return json_response(
      render::import_json(receipt.imported, receipt.position, receipt.is_duplicate),
      receipt.position < 0 ? 200 : 201);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "POST",
             .path = "/v1/signals/import",
             .access = Access::record,
             .answer = import_signals},
};

}  // namespace

const std::span<const RouteDef> kSignalsRoutes = kRoutes;

}  // namespace tollgate::api
