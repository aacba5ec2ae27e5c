#include "app/render/dora_benchmark.hpp"

#include "app/render/delivery.hpp"
#include "domain/delivery/bands.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace tollgate::render {
namespace {

using delivery::Metric;
using delivery::ServiceFigures;
using doc::Node;

/// The figure that clusters and peers are about; nothing if there are too few values.
struct Comparable {
  Metric metric;
  std::string_view name;
  std::optional<delivery::Quantile> value = {};
  int64_t n = 0;
};

std::vector<Comparable> comparables(const ServiceFigures& figures) {
  std::optional<delivery::Quantile> rate;
  if (figures.has_failure_data && figures.failures.of > 0) {
    rate = delivery::Quantile{.value = static_cast<double>(figures.failures.hits) /
                                       static_cast<double>(figures.failures.of),
                              .interval = figures.failures.interval};
  }
  return {{Metric::gap, "deployment_frequency", figures.gap.median, figures.gap.n},
          {Metric::lead_time, "lead_time", figures.lead_time.median, figures.lead_time.n},
          {Metric::change_failure_rate, "change_failure_rate", rate, figures.failures.of},
          {Metric::restore, "restore", figures.restore.median, figures.restore.n}};
}

/// How many of `all` do no better than `own`, for each figure that enough of them have.
void set_ranks(Node& node, const ServiceFigures& own, const std::vector<ServiceFigures>& all) {
  std::map<std::string_view, std::vector<double>> values;
  for (const ServiceFigures& figures : all) {
    for (const Comparable& figure : comparables(figures)) {
      if (figure.value) values[figure.name].push_back(figure.value->value);
    }
  }
  for (const Comparable& figure : comparables(own)) {
    const std::vector<double>& others = values[figure.name];
    if (!figure.value || others.size() < kPeersMin) continue;
    const auto not_better = std::count_if(
        others.begin(), others.end(), [&](double value) { return value >= figure.value->value; });
    node.set(figure.name, Node::object({{"of", static_cast<int64_t>(others.size())},
                                        {"not_better", static_cast<int64_t>(not_better)}}));
  }
}

}  // namespace

Node benchmark_json(const ServiceFigures& figures, int64_t year) {
  Node node = Node::object({{"year", year}});
  for (const delivery::Band& band : delivery::all_bands()) {
    if (band.year == year) node.set("source", band.source);
  }
  for (const Comparable& figure : comparables(figures))
    node.set(figure.name, cluster_json(figure.metric, figure.value, figure.n, year));
  return node;
}

Node service_peers_json(const delivery::KnownDeliveries& records, const model::Bundle& policy,
                        const delivery::Place& own, const delivery::RecordRules& rules) {
  const model::Service* const service = policy.find_service(own.service);
  const model::Tier* const tier = service == nullptr ? nullptr : policy.tier_of(*service);
  Node node =
      Node::object({{"kind", "services"}, {"tier", tier == nullptr ? Node() : Node(tier->name)}});
  std::vector<ServiceFigures> all;
  ServiceFigures figures;
  for (const delivery::DeploymentBook::Place& place : records.places()) {
    const model::Service* const other = policy.find_service(place.service);
    if (tier == nullptr || other == nullptr || policy.tier_of(*other) != tier) continue;
    if (place.environment != own.environment) continue;
    all.push_back(service_figures(delivery::Places{records.place(place)}, rules));
    if (place.service == own.service) figures = all.back();
  }
  node.set("services", static_cast<int64_t>(all.size()));
  set_ranks(node, figures, all);
  return node;
}

Node team_peers_json(const delivery::KnownDeliveries& records, const model::Bundle& policy,
                     const std::string& team, const std::vector<std::string>& environments,
                     const delivery::RecordRules& rules) {
  std::map<std::string, delivery::Places> teams;
  for (const delivery::DeploymentBook::Place& place : records.places()) {
    const model::Service* const service = policy.find_service(place.service);
    const bool is_here = std::find(environments.begin(), environments.end(), place.environment) !=
                         environments.end();
    if (service == nullptr || !is_here) continue;
    const std::string_view owner = model::team_of(service->labels);
    if (!owner.empty()) teams[std::string(owner)].push_back(records.place(place));
  }
  std::vector<ServiceFigures> all;
  ServiceFigures own;
  for (const auto& [name, places] : teams) {
    all.push_back(service_figures(places, rules));
    if (name == team) own = all.back();
  }
  Node node = Node::object({{"kind", "teams"}, {"teams", static_cast<int64_t>(all.size())}});
  set_ranks(node, own, all);
  return node;
}

}  // namespace tollgate::render
