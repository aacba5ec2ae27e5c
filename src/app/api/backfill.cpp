#include "app/api/backfill.hpp"

#include "app/api/route.hpp"
#include "app/render/output.hpp"
#include "edge/webhooks/mapping.hpp"
#include "edge/webhooks/translate.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::api {
namespace {

using doc::Node;

Result<const model::Integration*> integration_of(const model::Bundle& bundle,
                                                 const std::string& name) {
  const model::Resource* resource = bundle.find("Integration", name);
  if (resource != nullptr) return resource->as<model::Integration>();
  std::vector<std::string> names;
  for (const model::Resource* known : bundle.of_kind("Integration"))
    names.push_back(known->metadata.name);
  return fail(codes::not_found, "there is no Integration \"{}\"{}", name,
              did_you_mean(name, names));
}

Node texts(const std::vector<std::string>& list) {
  Node node = Node::array();
  for (const std::string& text : list) node.push(text);
  return node;
}

Result<net::Response> fetch(Call& call) {
  vendors::Apis* const apis = call.api.parts().vendors;
  if (apis == nullptr) return fail(codes::not_found, "this server asks nobody else");
  TOLLGATE_TRY(const Node body, call.json());
  TOLLGATE_TRY(const BackfillRequest request, reflect::decode<BackfillRequest>(body));
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const Node answer,
               backfill_page(call.engine(), *apis, call.captures[0], request, caller));
  return json_response(answer);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "POST",
             .path = "/v1/integrations/{integration}/backfill",
             .access = Access::record,
             .answer = fetch},
};

}  // namespace

Result<Node> backfill_page(engine::Engine& engine, vendors::Apis& apis,
                           const std::string& integration, const BackfillRequest& request,
                           const engine::Caller& caller) {
  const auto policy = engine.policy();
  TOLLGATE_TRY(const model::Integration* found, integration_of(policy->bundle(), integration));
  if (!request.since) return fail(codes::missing_field, "name the begin of what is fetched: since");
  const Time until = request.until.value_or(engine.now());
  if (until <= *request.since) {
    return fail(codes::bad_value, "nothing lies between {} and {}", time_text(*request.since),
                time_text(until));
  }
  TOLLGATE_TRY(vendors::BackfillPage page, apis.backfill(*found, {.project = request.project,
                                                                  .since = *request.since,
                                                                  .until = until,
                                                                  .cursor = request.cursor}));
  webhooks::Placed placed = webhooks::place(*found, policy->bundle(), std::move(page.records),
                                            model::Assurance::confirmed);
  const auto total = static_cast<int64_t>(placed.records.size());
  std::erase_if(placed.records, [&engine](const model::Observation& record) {
    return !engine.views().says_more(record);
  });
  engine::ObserveAnswer answer{.recorded = static_cast<int64_t>(placed.records.size())};
  if (!request.is_dry_run && !placed.records.empty()) {
    TOLLGATE_TRY(answer, engine.observe(std::move(placed.records), {}, caller));
  }
  Node node = Node::object({{"integration", integration},
                            {"project", request.project},
                            {"found", total},
                            {"recorded", answer.recorded},
                            {"known", total - answer.recorded},
                            {"dropped", texts(placed.dropped)},
                            {"skipped", texts(page.skipped)},
                            {"requests", page.requests},
                            {"dry_run", request.is_dry_run}});
  node.set("next", page.next.empty() ? Node() : Node(page.next));
  node.set("wait_until", page.wait_until ? Node(time_text(*page.wait_until)) : Node());
  return node;
}

const std::span<const RouteDef> kBackfillRoutes = kRoutes;

}  // namespace tollgate::api
