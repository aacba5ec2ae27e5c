// The overview: every budget in every place that was asked about, and the newest decision for each.
#include "app/render/answers.hpp"

namespace tollgate::render {
namespace {

using doc::Node;

/// Worst first: overspent before thin before healthy; without data last.
double worst_first(const Node& row) {
  const Node* left = row.find("budget_left");
  return left != nullptr && left->is_number() ? left->as_number() : 2.0;
}

/// The environments whose budgets are worth a line: production ones, or all if none is.
std::vector<std::string> shown_environments(const model::Bundle& bundle, std::string_view only) {
  if (!only.empty()) return {std::string(only)};
  std::vector<std::string> production;
  std::vector<std::string> all;
  for (const model::Resource* resource : bundle.of_kind("Environment")) {
    all.push_back(resource->metadata.name);
    const auto* environment = resource->as<model::Environment>();
    if (environment != nullptr && environment->is_production) production.push_back(all.back());
  }
  if (!production.empty()) return production;
  if (all.empty()) all.emplace_back();
  return all;
}

Node slo_rows(const engine::Engine& engine, const model::Bundle& bundle, std::string_view only) {
  std::vector<Node> rows;
  for (const std::string& environment : shown_environments(bundle, only)) {
    for (const model::Resource* resource : bundle.of_kind("SLO")) {
      const auto* slo = resource->as<model::Slo>();
      if (slo == nullptr) continue;
      const Result<engine::BudgetAnswer> answer =
          engine.budget(slo->address(), environment, std::nullopt, engine::WithPace::no);
      if (answer) {
        rows.push_back(budget_json(*answer));
      } else {
        rows.push_back(Node::object({{"slo", slo->address()},
                                     {"environment", environment},
                                     {"budget_left", Node()},
                                     {"state", "no_data"},
                                     {"error", answer.error().message}}));
      }
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Node& a, const Node& b) { return worst_first(a) < worst_first(b); });
  return Node(
      Node::Array(std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end())));
}

}  // namespace

Node status_json(const engine::Engine& engine, std::string_view environment) {
  const auto policy = engine.policy();
  Node decisions = Node::array();
  for (const engine::DecisionLine& line : engine.views().latest_decisions()) {
    if (!environment.empty() && line.environment != environment) continue;
    decisions.push(decision_line_json(line));
  }
  Node node = Node::object(
      {{"at", time_text(engine.now())}, {"policy_digest", digest_text(policy->digest())}});
  node.set("slos", slo_rows(engine, policy->bundle(), environment));
  node.set("alerts", std::move(*alerts_json(engine.last_alerts()).find("alerts")));
  node.set("decisions", std::move(decisions));
  node.set("ledger", head_json(engine.ledger()));
  return node;
}

}  // namespace tollgate::render
