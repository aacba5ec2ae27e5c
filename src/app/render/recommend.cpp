#include "app/render/recommend.hpp"

#include "app/render/delivery.hpp"
#include "domain/delivery/service_figures.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate::render {
namespace {

using doc::Node;

constexpr Ppm kConfidence{950'000};
constexpr int64_t kTargetStepPpm = 5'000;  // half a percent

/// What failures of this kind cost: minutes until restored, at the tier's price.
Node impact_json(const model::Tier* tier, const delivery::ServiceFigures& figures, double bad,
                 double allowed, Node& arithmetic) {
  if (tier == nullptr || !tier->cost_per_minute || !figures.restore.median) return {};
  const double cost = static_cast<double>(*tier->cost_per_minute);
  const double minutes = figures.restore.median->value / 60;
  Node node = Node::object({{"tier", tier->name},
                            {"cost_per_minute", *tier->cost_per_minute},
                            {"restore_median_s", figures.restore.median->value},
                            {"cost_in_window", bad * minutes * cost},
                            {"cost_at_target", allowed * minutes * cost}});
  arithmetic.push(fmt::format(
      "{:.0f} failures x {:.1f} minutes until restored (median) x {:.0f} a minute = {:.0f} in the "
      "window",
      bad, minutes, cost, bad * minutes * cost));
  arithmetic.push(fmt::format("with the whole budget spent: {:.1f} x {:.1f} x {:.0f} = {:.0f}",
                              allowed, minutes, cost, allowed * minutes * cost));
  if (tier->revenue_share) {
    node.set("revenue_share", static_cast<double>(tier->revenue_share->value) / 1e6);
    arithmetic.push(fmt::format("{} of the revenue depends on tier {}",
                                percent_text(tier->revenue_share->value), tier->name));
  }
  return node;
}

/// The SLO that the proposal amounts to, ready for the policy folder.
Node slo_resource(const RecommendQuery& query, const delivery::Sli& sli, int64_t target_ppm) {
  const Node source = Node::object({{"metricSourceRef", "deliveries"},
                                    {"type", "delivery"},
                                    {"spec", Node::object({{"query", query.figure}})}});
  const Node ratio = Node::object({{"counter", true},
                                   {"good", Node::object({{"metricSource", source}})},
                                   {"total", Node::object({{"metricSource", source}})}});
  const std::string name(delivery::sli_figure_name(sli.figure));
  Node objectives = Node::array();
  objectives.push(Node::object(
      {{"displayName", query.figure}, {"target", static_cast<double>(target_ppm) / 1e6}}));
  Node windows = Node::array();
  windows.push(Node::object({{"duration", duration_text(query.window)}, {"isRolling", true}}));
  return Node::object(
      {{"apiVersion", "openslo/v1"},
       {"kind", "SLO"},
       {"metadata", Node::object({{"name", name}})},
       {"spec", Node::object({{"service", query.service},
                              {"indicator",
                               Node::object({{"metadata", Node::object({{"name", name}})},
                                             {"spec", Node::object({{"ratioMetric", ratio}})}})},
                              {"timeWindow", std::move(windows)},
                              {"budgetingMethod", "Occurrences"},
                              {"objectives", std::move(objectives)}})}});
}

}  // namespace

Result<Node> recommend_json(const delivery::KnownDeliveries& records, const model::Bundle& policy,
                            const RecommendQuery& query, Time now) {
  TOLLGATE_TRY(const delivery::Sli sli, delivery::parse_sli(query.figure));
  TOLLGATE_TRY(const model::Service* const service, policy.service(query.service));
  delivery::Places places;
  for (const auto& name : records.places()) {
    const bool is_here = query.environment.empty() || name.environment == query.environment;
    if (name.service == query.service && is_here) places.push_back(records.place(name));
  }
  const Time from = now - query.window;
  const delivery::SliCounts counts =
      delivery::count_sli(places, sli, {.from = from, .to = now, .now = now});
  const int64_t total = counts.good + counts.bad;
  Node node = Node::object({{"service", query.service},
                            {"figure", query.figure},
                            {"window", duration_text(query.window)},
                            {"from", time_text(from)},
                            {"to", time_text(now)},
                            {"events", total},
                            {"bad", counts.bad}});
  if (total < kRecommendEventsMin) {
    node.set("target", Node());
    node.set("reason", fmt::format("{} in the window; fewer than {} carry no target",
                                   count_text(total, "event", "events"), kRecommendEventsMin));
    return node;
  }
  const stats::Interval interval =
      stats::wilson({.hits = counts.good, .total = total}, kConfidence);
  const double observed = static_cast<double>(counts.good) / static_cast<double>(total);
  const int64_t target = std::clamp<int64_t>(
      static_cast<int64_t>(std::floor(interval.low * 1e6)) / kTargetStepPpm * kTargetStepPpm, 0,
      999'000);
  const double allowed = static_cast<double>(total) * static_cast<double>(1'000'000 - target) / 1e6;
  Node arithmetic = Node::array();
  arithmetic.push(fmt::format("{} of {} were good: {:.2f} %", number_text(counts.good),
                              count_text(total, "event", "events"), observed * 100));
  arithmetic.push(fmt::format("95 % interval (Wilson): {:.2f} % to {:.2f} %", interval.low * 100,
                              interval.high * 100));
  arithmetic.push(fmt::format("target: the lower end, rounded down to half a percent: {}",
                              percent_text(target)));
  arithmetic.push(fmt::format("error budget: {} x {} = {:.1f} in {}", number_text(total),
                              percent_text(1'000'000 - target), allowed,
                              duration_text(query.window)));
  node.set("observed", observed);
  Node pair = Node::array();
  pair.push(interval.low);
  pair.push(interval.high);
  node.set("interval", std::move(pair));
  node.set("target", static_cast<double>(target) / 1e6);
  node.set("allowed_bad", allowed);
  const delivery::ServiceFigures figures =
      delivery::service_figures(places, {.since = from, .until = now, .now = now});
  node.set("impact", impact_json(policy.tier_of(*service), figures, static_cast<double>(counts.bad),
                                 allowed, arithmetic));
  node.set("arithmetic", std::move(arithmetic));
  node.set("slo", slo_resource(query, sli, target));
  return node;
}

Result<Node> recommend_json(const engine::Engine& engine, const RecommendQuery& query) {
  return recommend_json(engine.views(), engine.policy()->bundle(), query, engine.now());
}

std::string recommend_text(const Node& answer) {
  const Node* target = answer.find("target");
  std::string text = fmt::format("{} of {}: ", answer.text_or("figure"), answer.text_or("service"));
  if (target == nullptr || !target->is_number())
    return text + fmt::format("no proposal: {}\n", answer.text_or("reason"));
  text += fmt::format("target {} over {}\n", percent_of(target), answer.text_or("window"));
  for (const Node& line : answer.find("arithmetic")->items())
    text += fmt::format("  {}\n", line.as_text());
  return text;
}

}  // namespace tollgate::render
