// The overview: every budget in every place that was asked about, and the newest decision for each.
#include "app/render/answers.hpp"
#include "app/render/slo_overview.hpp"

namespace tollgate::render {
namespace {

using doc::Node;

Node slo_rows(const SloOverview& overview) {
  Node rows = Node::array();
  for (const SloOverview::Row& row : overview.rows) {
    if (row.answer) {
      rows.push(budget_json(*row.answer));
    } else {
      rows.push(Node::object({{"slo", row.slo->address()},
                              {"environment", row.environment},
                              {"budget_left", Node()},
                              {"state", "no_data"},
                              {"error", row.error}}));
    }
  }
  return rows;
}

}  // namespace

Node status_json(const engine::Engine& engine, std::string_view environment,
                 const StatusLimits& limits) {
  const SloOverview overview = slo_overview(engine, environment, limits.slos);
  Node decisions = Node::array();
  for (const engine::DecisionLine& line : engine.views().latest_decisions()) {
    if (!environment.empty() && line.environment != environment) continue;
    decisions.push(decision_line_json(line));
  }
  Node node = Node::object(
      {{"at", time_text(engine.now())}, {"policy_digest", digest_text(overview.policy->digest())}});
  node.set("slos", slo_rows(overview));
  Node states = Node::object();
  for (const auto& [state, count] : overview.states) states.set(state, count);
  node.set("slo_count", overview.count);
  node.set("slo_states", std::move(states));
  node.set("alerts", std::move(*alerts_json(engine.last_alerts(limits.alerts)).find("alerts")));
  node.set("decisions", std::move(decisions));
  node.set("ledger", head_json(engine.ledger()));
  return node;
}

}  // namespace tollgate::render
