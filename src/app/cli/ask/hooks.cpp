#include "app/cli/ask/hooks.hpp"

#include "app/api/hook_desk.hpp"
#include "app/render/answers.hpp"
#include "app/render/hooks.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::cli::ask {

using doc::Node;

namespace {

Result<Node> deliver_to(Remote& remote, const HookDelivery& delivery) {
  engine::HttpRequest request{
      .method = "POST",
      .url = remote.server() + "/v1/hooks/" + percent_encode(delivery.integration),
      .headers = delivery.headers,
      .body = delivery.body};
  request.headers.emplace_back("content-type", "application/json");
  if (delivery.is_trial) request.headers.emplace_back("x-tollgate-dry-run", "1");
  TOLLGATE_TRY(const engine::HttpResponse response, remote.send_bare(request));
  if (response.status != 200) return fail(remote.error_of(response));
  return doc::parse_json(response.body);
}

}  // namespace

Result<Node> hooks(Backend& backend) {
  if (Remote* const remote = backend.remote()) return remote->get("/v1/hooks");
  return render::hooks_json(backend.local().engine(), [](Node&) {});
}

Result<Node> deliver(Backend& backend, const HookDelivery& delivery) {
  if (Remote* const remote = backend.remote()) return deliver_to(*remote, delivery);
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.governed());
  net::Request request;
  request.method = "POST";
  request.body = delivery.body;
  request.peer = "127.0.0.1:0";
  for (const auto& [name, value] : delivery.headers) request.headers.push_back({name, value});
  api::HookDesk desk;
  TOLLGATE_TRY(api::Arrival arrival, desk.take(*engine, delivery.integration, request, {}));
  if (delivery.is_trial) return api::trial_json(arrival);
  if (arrival.records.empty()) return api::arrival_json(arrival, {});
  TOLLGATE_TRY(const engine::ObserveAnswer answer,
               local.writer().observe(arrival.records, delivery.body, arrival.caller));
  local.writer().confirm_due();
  return api::arrival_json(arrival, answer);
}

Result<Node> targets(Backend& backend) {
  if (Remote* const remote = backend.remote()) return remote->get("/v1/targets");
  return render::targets_json(backend.local().engine());
}

Result<Node> unconfirmed(Backend& backend) {
  if (Remote* const remote = backend.remote()) return remote->get("/v1/unconfirmed");
  return render::unconfirmed_json(backend.local().engine());
}

Result<Node> backfill(Backend& backend, const std::string& integration,
                      const api::BackfillRequest& request) {
  if (Remote* const remote = backend.remote()) {
    return remote->post_json("/v1/integrations/" + percent_encode(integration) + "/backfill",
                             reflect::encode(request), "");
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.governed_writer());
  return api::backfill_page(*engine, local.house().vendors(), integration, request,
                            local.caller(""));
}

Result<Node> redeliver(Backend& backend, int64_t effect, const std::string& key) {
  if (Remote* const remote = backend.remote())
    return remote->post(fmt::format("/v1/effects/{}/redeliver", effect), "", key);
  Local& local = backend.local();
  TOLLGATE_TRY(const int64_t position, local.writer().redeliver(effect, local.caller(key)));
  return Node::object({{"position", position}});
}

}  // namespace tollgate::cli::ask
