#include "app/render/deployments.hpp"

#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::render {
namespace {

using doc::Node;

Node time_or_null(const std::optional<Time>& time) {
  return time ? Node(time_text(*time)) : Node();
}

void set_text(Node& node, std::string_view key, const std::string& text) {
  if (!text.empty()) node.set(key, text);
}

bool is_wanted(const delivery::Deployment& deployment, const DeploymentQuery& query) {
  if (query.since && deployment.begin < *query.since) return false;
  return !query.until || deployment.begin < *query.until;
}

/// Each wanted place's deliveries.
template <class Visit>
void for_each_place(const engine::Engine& engine, const DeploymentQuery& query, Visit visit) {
  for (const auto& place : engine.views().places()) {
    if (!query.service.empty() && place.service != query.service) continue;
    if (!query.environment.empty() && place.environment != query.environment) continue;
    visit(engine.views().deliveries(place.service, place.environment));
  }
}

std::string reason_words(const delivery::Bypass& bypass) {
  const delivery::Deployment& deployment = bypass.deployment;
  const std::string what =
      deployment.version.empty() ? deployment.commit.substr(0, 12) : deployment.version;
  switch (bypass.reason) {
    case delivery::BypassReason::no_verdict:
      return fmt::format("no gate was asked about {} before it was deployed", what);
    case delivery::BypassReason::not_allowed:
      return fmt::format("{} was deployed although the gate had not allowed it", what);
    case delivery::BypassReason::allowed_after:
      return fmt::format("the gate allowed {} only after it had been deployed", what);
    case delivery::BypassReason::allowed_earlier:
      return fmt::format("the gate's allow of {} had run out when it was deployed", what);
    case delivery::BypassReason::other_commit:
      return fmt::format("the gate allowed {} for another commit than the one deployed", what);
    case delivery::BypassReason::other_artifact:
      return fmt::format("the digest of {} differs from the verdict's: {} was deployed", what,
                         model::artifact_digest(deployment.artifact));
  }
  return what;
}

std::string owner_of(const model::Bundle& bundle, const std::string& service) {
  const model::Service* found = bundle.find_service(service);
  return found == nullptr ? std::string() : std::string(model::team_of(found->labels));
}

template <class T>
void newest_first(std::vector<T>& list, const DeploymentQuery& query, auto begin_of) {
  std::sort(list.begin(), list.end(),
            [&begin_of](const T& a, const T& b) { return begin_of(b) < begin_of(a); });
  const auto limit = static_cast<size_t>(std::clamp<int64_t>(query.limit, 0, kDeploymentsMax));
  if (list.size() > limit) list.resize(limit);
}

}  // namespace

Node deployment_json(const delivery::Deployment& deployment) {
  Node node = Node::object({{"service", deployment.service},
                            {"environment", deployment.environment},
                            {"id", deployment.id}});
  set_text(node, "version", deployment.version);
  set_text(node, "commit", deployment.commit);
  set_text(node, "artifact", deployment.artifact);
  node.set("status", reflect::enum_name(deployment.status));
  node.set("kind", reflect::enum_name(deployment.kind));
  node.set("kind_told", deployment.is_kind_told);
  node.set("begin", time_text(deployment.begin));
  node.set("end", time_or_null(deployment.end));
  node.set("took_traffic", deployment.took_traffic ? Node(*deployment.took_traffic) : Node());
  set_text(node, "incident", deployment.incident);
  set_text(node, "url", deployment.url);
  Node parts = Node::array();
  for (const delivery::DeploymentPart& part : deployment.parts) {
    Node one = Node::object({{"sender", std::get<0>(part.key)},
                             {"id", std::get<1>(part.key)},
                             {"status", reflect::enum_name(part.status)},
                             {"at", time_text(part.at)}});
    set_text(one, "region", std::get<2>(part.key));
    parts.push(std::move(one));
  }
  node.set("parts", std::move(parts));
  node.set("position", deployment.position);
  return node;
}

Node deployments_json(const engine::Engine& engine, const DeploymentQuery& query) {
  std::vector<delivery::Deployment> wanted;
  for_each_place(engine, query, [&](engine::Deliveries deliveries) {
    for (delivery::Deployment& deployment : deliveries.deployments) {
      if (is_wanted(deployment, query)) wanted.push_back(std::move(deployment));
    }
  });
  newest_first(wanted, query, [](const delivery::Deployment& d) { return d.begin; });
  Node list = Node::array();
  for (const delivery::Deployment& deployment : wanted) list.push(deployment_json(deployment));
  return Node::object({{"deployments", std::move(list)}});
}

Node bypasses_json(const engine::Engine& engine, const DeploymentQuery& query) {
  std::vector<delivery::Bypass> wanted;
  int64_t checked = 0;
  for_each_place(engine, query, [&](engine::Deliveries deliveries) {
    for (const delivery::Deployment& deployment : deliveries.deployments)
      checked += is_wanted(deployment, query) ? 1 : 0;
    for (delivery::Bypass& bypass : deliveries.bypasses) {
      if (is_wanted(bypass.deployment, query)) wanted.push_back(std::move(bypass));
    }
  });
  newest_first(wanted, query, [](const delivery::Bypass& b) { return b.deployment.begin; });
  const auto policy = engine.policy();
  Node list = Node::array();
  for (const delivery::Bypass& bypass : wanted) {
    Node one = Node::object({{"reason", reflect::enum_name(bypass.reason)},
                             {"message", reason_words(bypass)},
                             {"owner", owner_of(policy->bundle(), bypass.deployment.service)}});
    set_text(one, "decision", bypass.decision);
    one.set("deployment", deployment_json(bypass.deployment));
    list.push(std::move(one));
  }
  return Node::object({{"checked", checked}, {"bypasses", std::move(list)}});
}

Node observe_json(const engine::ObserveAnswer& answer) {
  return Node::object({{"position", answer.position < 0 ? Node() : Node(answer.position)},
                       {"recorded", answer.recorded},
                       {"known", answer.known},
                       {"repeat", answer.is_repeat}});
}

}  // namespace tollgate::render
