#include "app/api/hook_desk.hpp"

#include "app/render/deployments.hpp"
#include "edge/deliver/target.hpp"
#include "edge/vendors/vendor.hpp"
#include "edge/webhooks/authenticate.hpp"
#include "edge/webhooks/mapping.hpp"
#include "edge/webhooks/translate.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::api {
namespace {

Result<const model::Integration*> find_integration(const model::Bundle& bundle,
                                                   const std::string& name) {
  const model::Resource* resource = bundle.find("Integration", name);
  if (resource != nullptr) return resource->as<model::Integration>();
  std::vector<std::string> names;
  for (const model::Resource* known : bundle.of_kind("Integration"))
    names.push_back(known->metadata.name);
  return fail(codes::not_found, "there is no Integration \"{}\"{}", name,
              did_you_mean(name, names));
}

Result<model::Assurance> believe(const webhooks::SenderDef& sender,
                                 const model::Integration& integration,
                                 const webhooks::Delivery& delivery, std::string_view peer,
                                 Time now) {
  if (!webhooks::is_allowed_peer(integration.allowed_addresses, peer)) {
    return fail(codes::forbidden, "deliveries to {} may not come from {}", integration.name, peer);
  }
  std::vector<std::string> secrets;
  for (const std::string& reference : integration.secrets) {
    TOLLGATE_TRY(std::string secret, deliver::resolve_secret(reference));
    if (secret.empty()) return fail(codes::bad_value, "a secret of {} is empty", integration.name);
    secrets.push_back(std::move(secret));
  }
  return webhooks::authenticate(sender, delivery, secrets, now);
}

/// Names the delivery for all time; empty if its sender does not.
std::string key_of(const std::string& integration, const model::Observation& record) {
  model::Observation copy = record;
  const std::string& delivery = webhooks::origin_of(copy).delivery;
  return delivery.empty() ? std::string() : fmt::format("hook:{}:{}", integration, delivery);
}

}  // namespace

doc::Node arrival_json(const Arrival& arrival, const engine::ObserveAnswer& answer) {
  doc::Node node = render::observe_json(answer);
  node.set("event", arrival.event);
  if (!arrival.ignored.empty()) node.set("ignored", arrival.ignored);
  if (!arrival.dropped.empty()) {
    doc::Node dropped = doc::Node::array();
    for (const std::string& reason : arrival.dropped) dropped.push(reason);
    node.set("dropped", std::move(dropped));
  }
  return node;
}

doc::Node trial_json(const Arrival& arrival) {
  doc::Node node = arrival_json(arrival, {});
  doc::Node records = doc::Node::array();
  for (const model::Observation& record : arrival.records) {
    doc::Node one = webhooks::observation_json(record);
    one.set("type", webhooks::observation_type(record));
    records.push(std::move(one));
  }
  node.set("dry_run", true);
  node.set("records", std::move(records));
  return node;
}

Result<Arrival> HookDesk::take(const engine::Engine& engine, const std::string& integration,
                               const net::Request& request, const std::string& event) {
  const auto policy = engine.policy();
  TOLLGATE_TRY(const model::Integration* found, find_integration(policy->bundle(), integration));
  TOLLGATE_TRY(const webhooks::SenderDef* sender,
               webhooks::sender_named(reflect::enum_name(found->sender)));
  webhooks::Delivery delivery{.body = request.body, .event = event, .received = engine.now()};
  for (const net::Header& header : request.headers)
    delivery.headers.emplace_back(header.name, header.value);
  TOLLGATE_TRY(const model::Assurance assurance,
               believe(*sender, *found, delivery, request.peer, delivery.received));
  TOLLGATE_TRY(webhooks::Translation translation, webhooks::translate(*sender, delivery));
  webhooks::Placed placed =
      webhooks::place(*found, policy->bundle(), std::move(translation.records), assurance);
  Arrival arrival{.integration = integration,
                  .event = std::move(translation.event),
                  .records = std::move(placed.records),
                  .ignored = std::move(translation.ignored),
                  .dropped = std::move(placed.dropped),
                  .caller = {}};
  arrival.caller.actor = {.subject = "integration/" + integration,
                          .issuer = std::string(reflect::enum_name(assurance))};
  for (model::Observation& record : arrival.records) {
    if (vendors::must_confirm(*found, record))
      webhooks::origin_of(record).unconfirmed = "waits for the sender's API to say the same";
  }
  if (!arrival.records.empty())
    arrival.caller.idempotency_key = key_of(integration, arrival.records.front());
  return arrival;
}

void HookDesk::count(const Arrival& arrival, const engine::ObserveAnswer& answer, Time now) {
  const std::lock_guard lock(mutex_);
  HookHealth& health = health_[arrival.integration];
  ++health.received;
  health.recorded += answer.recorded;
  health.known += answer.known;
  const bool is_empty = answer.recorded + answer.known == 0;
  if (is_empty && (!arrival.ignored.empty() || !arrival.dropped.empty())) ++health.ignored;
  health.last = now;
  if (!arrival.dropped.empty()) health.last_problem = arrival.dropped.front();
}

void HookDesk::count_refusal(const std::string& integration, const Error& error, Time now) {
  // Names that nobody configured come from anywhere and are not remembered.
  if (error.code == codes::not_found) return;
  const std::lock_guard lock(mutex_);
  HookHealth& health = health_[integration];
  ++health.received;
  ++health.refused;
  health.last = now;
  health.last_problem = error.message;
}

std::map<std::string, HookHealth> HookDesk::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

}  // namespace tollgate::api
