#include "app/render/service_delivery.hpp"

#include "app/render/delivery.hpp"
#include "app/render/dora_benchmark.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>
#include <set>

namespace tollgate::render {
namespace {

using delivery::ServiceFigures;
using doc::Node;

Node share_json(std::string_view definition, const delivery::ShareFigure& share) {
  Node node = Node::object({{"definition", definition}, {"hits", share.hits}, {"of", share.of}});
  const double rate = static_cast<double>(share.hits) / static_cast<double>(share.of);
  node.set("rate", share.of > 0 ? Node(rate) : Node());
  Node interval = Node::array();
  if (share.of > 0) {
    interval.push(share.interval.low);
    interval.push(share.interval.high);
  }
  node.set("interval", std::move(interval));
  return node;
}

Node failures_json(const ServiceFigures& figures) {
  const delivery::ShareFigure& share = figures.failures;
  Node node = share_json("change-failure-rate@3", share);
  // Without a source of incidents, no failure is no news.
  const std::string_view state = !figures.has_failure_data ? "no_data" : "ok";
  node.set("state", state);
  if (state == "no_data") {
    node.set("rate", Node());
    node.set("interval", Node::array());
  }
  node.set("failed", share.hits);
  node.set("undetermined", figures.undetermined);
  Node links = Node::array();
  for (const delivery::ServiceFailure& failure : figures.failed) {
    Node link = Node::object({{"service", failure.service},
                              {"environment", failure.environment},
                              {"deployment", failure.deployment},
                              {"version", failure.version},
                              {"evidence", delivery::failure_evidence_name(failure.evidence)},
                              {"by", failure.by},
                              {"ended", time_text(failure.ended)}});
    link.set("restored", failure.restored ? Node(time_text(*failure.restored)) : Node());
    links.push(std::move(link));
  }
  node.set("links", std::move(links));
  Node proposals = Node::array();
  for (const delivery::FailureProposal& proposal : figures.proposals) {
    proposals.push(Node::object({{"service", proposal.service},
                                 {"environment", proposal.environment},
                                 {"deployment", proposal.deployment},
                                 {"incident", proposal.incident}}));
  }
  node.set("proposals", std::move(proposals));
  return node;
}

Node restore_json(const ServiceFigures& figures) {
  const delivery::OpenSpans& restore = figures.restore;
  Node node = Node::object({{"definition", "restore@3"}, {"n", restore.n}, {"open", restore.open}});
  set_quantile(node, "median", restore.median);
  node.set("at_least_s", restore.at_least_s ? Node(*restore.at_least_s) : Node());
  set_quantile(node, "detect_median", figures.detect);
  set_quantile(node, "decide_median", figures.decide);
  set_quantile(node, "roll_back_median", figures.roll_back);
  return node;
}

Node figures_json(const ServiceFigures& figures) {
  Node kinds = Node::object();
  for (const auto& [kind, count] : figures.by_kind)
    kinds.set(std::string(reflect::enum_name(kind)), count);
  Node node = Node::object({{"deployments", figures.deployments}, {"by_kind", std::move(kinds)}});
  node.set("first", figures.first ? Node(time_text(*figures.first)) : Node());
  node.set("last", figures.last ? Node(time_text(*figures.last)) : Node());
  node.set("per_week", figures.per_week ? Node(*figures.per_week) : Node());
  node.set("deployment_days",
           Node::object({{"definition", "deployment-days@1"},
                         {"weeks", figures.days.weeks},
                         {"median", figures.days.median ? Node(*figures.days.median) : Node()}}));
  Node gap = Node::object({{"definition", "gap@2"}, {"n", figures.gap.n}});
  set_quantile(gap, "median", figures.gap.median);
  gap.set("mean_s", figures.gap.mean_s ? Node(*figures.gap.mean_s) : Node());
  node.set("gap", std::move(gap));
  Node lead = Node::object({{"definition", "lead-time@3"}, {"n", figures.lead_time.n}});
  set_quantile(lead, "median", figures.lead_time.median);
  set_quantile(lead, "p90", figures.lead_time.p90);
  lead.set("no_predecessor", figures.lead_time.no_predecessor);
  lead.set("negative", figures.lead_time.negative);
  lead.set("unknown_changes", figures.unknown_changes);
  node.set("lead_time", std::move(lead));
  node.set("change_failure_rate", failures_json(figures));
  node.set("restore", restore_json(figures));
  node.set("rework", share_json("rework@2", figures.rework));
  node.set("rollbacks", share_json("rollback-success@1", figures.rollbacks));
  return node;
}

bool is_wanted(const delivery::DeploymentBook::Place& place, const model::Bundle& policy,
               const DoraQuery& query, bool has_production) {
  if (!query.service.empty() && place.service != query.service) return false;
  if (!query.environment.empty() && place.environment != query.environment) return false;
  if (query.environment.empty() && has_production) {
    const model::Environment* const environment = policy.find_environment(place.environment);
    if (environment == nullptr || !environment->is_production) return false;
  }
  if (query.team.empty()) return true;
  const model::Service* const service = policy.find_service(place.service);
  return service != nullptr && model::team_of(service->labels) == query.team;
}

bool declares_production(const model::Bundle& policy) {
  for (const model::Resource* resource : policy.of_kind("Environment")) {
    const auto* const environment = resource->as<model::Environment>();
    if (environment != nullptr && environment->is_production) return true;
  }
  return false;
}

/// The zone that the services' labels name, if they agree; else UTC.
std::string zone_of(const std::vector<delivery::DeploymentBook::Place>& places,
                    const model::Bundle& policy) {
  std::set<std::string_view> zones;
  for (const delivery::DeploymentBook::Place& place : places) {
    const model::Service* const service = policy.find_service(place.service);
    zones.insert(service == nullptr ? std::string_view()
                                    : model::first_label(service->labels, model::kTimeZoneLabel));
  }
  const bool is_one = zones.size() == 1 && !zones.begin()->empty();
  return is_one ? std::string(*zones.begin()) : "UTC";
}

/// The figures of each period, short: what a line or a sparkline shows.
Node trend_json(const delivery::Places& places, const delivery::RecordRules& rules,
                delivery::PeriodLength by, const ServiceFigures& together) {
  Node list = Node::array();
  if (!together.first) return list;
  std::vector<delivery::Period> periods = delivery::periods_between(
      by, rules.since.value_or(*together.first),
      rules.until ? *rules.until - milliseconds(1) : rules.now, rules.zone);
  if (periods.size() > kTrendPeriodsMax)
    periods.erase(periods.begin(), periods.end() - kTrendPeriodsMax);
  for (const delivery::Period& period : periods) {
    delivery::RecordRules inside = rules;
    inside.since = std::max(period.from, rules.since.value_or(period.from));
    inside.until = std::min(period.to, rules.until.value_or(period.to));
    const ServiceFigures figures = service_figures(places, inside);
    Node row = Node::object({{"from", time_text(period.from)},
                             {"to", time_text(period.to)},
                             {"deployments", figures.deployments}});
    set_quantile(row, "lead_time_median", figures.lead_time.median);
    set_quantile(row, "lead_time_p90", figures.lead_time.p90);
    const delivery::ShareFigure& failures = figures.failures;
    const bool has_rate = figures.has_failure_data && failures.of > 0;
    row.set("failed", failures.hits);
    row.set("judged", failures.of);
    row.set("change_failure_rate",
            has_rate ? Node(static_cast<double>(failures.hits) / static_cast<double>(failures.of))
                     : Node());
    set_quantile(row, "restore_median", figures.restore.median);
    row.set("rework_rate", figures.rework.of > 0 ? Node(static_cast<double>(figures.rework.hits) /
                                                        static_cast<double>(figures.rework.of))
                                                 : Node());
    list.push(std::move(row));
  }
  return list;
}

Result<void> check_names(const model::Bundle& policy, const DoraQuery& query,
                         const std::vector<delivery::DeploymentBook::Place>& places) {
  std::vector<std::string> services;
  for (const delivery::DeploymentBook::Place& place : places) services.push_back(place.service);
  if (!query.service.empty() && policy.find_service(query.service) == nullptr &&
      std::find(services.begin(), services.end(), query.service) == services.end()) {
    return fail(codes::unknown_service, "there is no service \"{}\"{}", query.service,
                did_you_mean(query.service, services));
  }
  if (!query.team.empty() && policy.find_team(query.team) == nullptr)
    return fail(codes::unknown_name, "there is no team \"{}\"", query.team);
  return {};
}

}  // namespace

Result<Node> dora_json(const delivery::KnownDeliveries& records, const DoraGround& ground,
                       const DoraQuery& query) {
  const model::Bundle& policy = ground.policy;
  const std::vector<delivery::DeploymentBook::Place> all_places = records.places();
  TOLLGATE_CHECK(check_names(policy, query, all_places));
  const bool has_production = declares_production(policy);
  std::vector<delivery::DeploymentBook::Place> wanted;
  for (const delivery::DeploymentBook::Place& name : all_places) {
    if (is_wanted(name, policy, query, has_production)) wanted.push_back(name);
  }
  delivery::RecordRules rules{.since = query.since,
                              .until = query.until,
                              .now = ground.now,
                              .bake = query.bake,
                              .has_incident_source = records.has_incident_source()};
  const std::string zone = query.zone.empty() ? zone_of(wanted, policy) : query.zone;
  TOLLGATE_TRY(rules.zone, ground.find_zone(zone));
  delivery::Places places;
  std::vector<std::string> environments;
  Node rows = Node::array();
  for (const delivery::DeploymentBook::Place& name : wanted) {
    places.push_back(records.place(name));
    environments.push_back(name.environment);
    Node row = Node::object({{"service", name.service}, {"environment", name.environment}});
    const ServiceFigures alone = service_figures(delivery::Places{places.back()}, rules);
    const Node figures = figures_json(alone);
    for (const doc::Member& member : figures.members()) row.set(member.key, member.value);
    row.set("benchmark", benchmark_json(alone, query.year));
    rows.push(std::move(row));
  }
  const ServiceFigures together = service_figures(places, rules);
  Node node = Node::object({{"at", time_text(ground.now)}});
  node.set("window",
           Node::object({{"since", query.since ? Node(time_text(*query.since)) : Node()},
                         {"until", query.until ? Node(time_text(*query.until)) : Node()}}));
  node.set("zone", zone);
  node.set("at_position", query.at_position ? Node(*query.at_position) : Node());
  node.set("places", std::move(rows));
  node.set("all", figures_json(together));
  if (query.by) node.set("trend", trend_json(places, rules, *query.by, together));
  node.set("benchmark", benchmark_json(together, query.year));
  Node peers;
  if (!query.team.empty()) {
    peers = team_peers_json(records, policy, query.team, environments, rules);
  } else if (places.size() == 1) {
    peers = service_peers_json(records, policy, *places.front(), rules);
  }
  node.set("peers", std::move(peers));
  return node;
}

Result<delivery::DeliveryRecords> read_records(const engine::Engine& engine, int64_t end,
                                               Time* last) {
  delivery::DeliveryRecords records;
  const auto visit = [&](const engine::StoredLeaf& leaf) -> Result<void> {
    TOLLGATE_TRY(const model::Event event,
                 model::decode_event(leaf.leaf, model::EventParts::outline));
    if (last != nullptr) *last = event.time;
    records.take(event);
    return {};
  };
  TOLLGATE_CHECK(engine.ledger().read(0, end, visit));
  return records;
}

Result<Node> dora_json(const engine::Engine& engine, const DoraQuery& query) {
  const std::shared_ptr<const engine::Policy> policy = engine.policy();
  const schedule::FindZone find_zone = [&engine](const std::string& name) {
    return engine.zone(name);
  };
  if (!query.at_position) {
    return dora_json(engine.views(),
                     {.policy = policy->bundle(), .find_zone = find_zone, .now = engine.now()},
                     query);
  }
  Time last;
  TOLLGATE_TRY(
      const delivery::DeliveryRecords records,
      read_records(engine, std::min(*query.at_position + 1, engine.views().size()), &last));
  return dora_json(records, {.policy = policy->bundle(), .find_zone = find_zone, .now = last},
                   query);
}

}  // namespace tollgate::render
