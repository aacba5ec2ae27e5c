#include "app/render/service_delivery.hpp"

#include "app/render/delivery.hpp"
#include "domain/delivery/bands.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::render {
namespace {

using delivery::Metric;
using delivery::ServiceFigures;
using doc::Node;

/// Fewer comparable services than this would tell who is who.
constexpr size_t kPeersMin = 5;

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
  Node node = share_json("change-failure-rate@2", share);
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
  Node node = Node::object({{"definition", "restore@2"}, {"n", restore.n}, {"open", restore.open}});
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
  node.set("rework", share_json("rework@1", figures.rework));
  node.set("rollbacks", share_json("rollback-success@1", figures.rollbacks));
  return node;
}

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

Node benchmark_json(const ServiceFigures& figures, int64_t year) {
  Node node = Node::object({{"year", year}});
  for (const delivery::Band& band : delivery::all_bands()) {
    if (band.year == year) node.set("source", band.source);
  }
  for (const Comparable& figure : comparables(figures))
    node.set(figure.name, cluster_json(figure.metric, figure.value, figure.n, year));
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

/// The share of comparable services that do worse or as well, for each figure: services of the same
/// tier, in the same environment. Nothing unless there are kPeersMin of them.
Node peers_json(const delivery::DeliveryRecords& records, const model::Bundle& policy,
                const delivery::Place& own, const ServiceFigures& figures,
                const delivery::RecordRules& rules) {
  const model::Service* const service = policy.find_service(own.service);
  const model::Tier* const tier = service == nullptr ? nullptr : policy.tier_of(*service);
  Node node = Node::object({{"tier", tier == nullptr ? Node() : Node(tier->name)}});
  std::map<std::string_view, std::vector<double>> values;
  int64_t count = 0;
  for (const delivery::DeploymentBook::Place& place : records.places()) {
    const model::Service* const other = policy.find_service(place.service);
    if (tier == nullptr || other == nullptr || policy.tier_of(*other) != tier) continue;
    if (place.environment != own.environment) continue;
    ++count;
    const delivery::Place facts = records.place(place);
    for (const Comparable& figure : comparables(service_figures({&facts, 1}, rules))) {
      if (figure.value) values[figure.name].push_back(figure.value->value);
    }
  }
  node.set("services", count);
  for (const Comparable& figure : comparables(figures)) {
    const std::vector<double>& all = values[figure.name];
    if (!figure.value || all.size() < kPeersMin) continue;
    const auto not_better = std::count_if(
        all.begin(), all.end(), [&](double value) { return value >= figure.value->value; });
    node.set(figure.name, Node::object({{"of", static_cast<int64_t>(all.size())},
                                        {"not_better", static_cast<int64_t>(not_better)}}));
  }
  return node;
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

std::string rate_words(const Node& share) {
  if (share.text_or("state") == "no_data") return "no data: no source of incidents";
  const Node* interval = share.find("interval");
  if (interval == nullptr || interval->items().size() != 2) return "-";
  return fmt::format("{} ({} of {}; 95 %: {} to {})", percent_of(share.find("rate")),
                     member_text(share, "hits"), member_text(share, "of"),
                     percent_of(&interval->items()[0]), percent_of(&interval->items()[1]));
}

std::string restore_words(const Node& restore) {
  const Node* at_least = restore.find("at_least_s");
  std::string text = at_least->is_number()
                         ? "more than " + span_words(at_least)
                         : fmt::format("median {}", span_words(restore.find("median_s")));
  return fmt::format("{}, {} restored, {} open; detect {}, decide {}, roll back {}", text,
                     member_text(restore, "n"), member_text(restore, "open"),
                     span_words(restore.find("detect_median_s")),
                     span_words(restore.find("decide_median_s")),
                     span_words(restore.find("roll_back_median_s")));
}

std::string cluster_words(const Node& benchmark, std::string_view name) {
  const Node* figure = benchmark.find(name);
  const Node* cluster = figure == nullptr ? nullptr : figure->find("cluster");
  if (cluster == nullptr || !cluster->is_text()) return {};
  return fmt::format("   nearest cluster of {}: {}", benchmark.integer_or("year", 0),
                     cluster->as_text());
}

}  // namespace

Result<Node> dora_json(const delivery::DeliveryRecords& records, const model::Bundle& policy,
                       const DoraQuery& query, Time now) {
  const std::vector<delivery::DeploymentBook::Place> all_places = records.places();
  TOLLGATE_CHECK(check_names(policy, query, all_places));
  bool has_production = false;
  for (const model::Resource* resource : policy.of_kind("Environment")) {
    const auto* const environment = resource->as<model::Environment>();
    has_production = has_production || (environment != nullptr && environment->is_production);
  }
  const delivery::RecordRules rules{.since = query.since,
                                    .until = query.until,
                                    .now = now,
                                    .bake = query.bake,
                                    .has_incident_source = records.has_incident_source()};
  std::vector<delivery::Place> places;
  Node rows = Node::array();
  for (const delivery::DeploymentBook::Place& name : all_places) {
    if (!is_wanted(name, policy, query, has_production)) continue;
    places.push_back(records.place(name));
    Node row = Node::object({{"service", name.service}, {"environment", name.environment}});
    const Node figures = figures_json(service_figures({&places.back(), 1}, rules));
    for (const doc::Member& member : figures.members()) row.set(member.key, member.value);
    rows.push(std::move(row));
  }
  const ServiceFigures together = service_figures(places, rules);
  Node node = Node::object({{"at", time_text(now)}});
  node.set("window",
           Node::object({{"since", query.since ? Node(time_text(*query.since)) : Node()},
                         {"until", query.until ? Node(time_text(*query.until)) : Node()}}));
  node.set("at_position", query.at_position ? Node(*query.at_position) : Node());
  node.set("places", std::move(rows));
  node.set("all", figures_json(together));
  node.set("benchmark", benchmark_json(together, query.year));
  node.set("peers", places.size() == 1
                        ? peers_json(records, policy, places.front(), together, rules)
                        : Node());
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
  const int64_t size = engine.views().size();
  const int64_t end = query.at_position ? std::min(*query.at_position + 1, size) : size;
  Time last;
  TOLLGATE_TRY(const delivery::DeliveryRecords records, read_records(engine, end, &last));
  return dora_json(records, engine.policy()->bundle(), query,
                   query.at_position ? last : engine.now());
}

Table dora_table(const Node& answer) {
  Table table{.header = {"SERVICE", "ENVIRONMENT", "DEPLOYMENTS", "PER WEEK", "LEAD TIME", "FAILED",
                         "RESTORED", "REWORK"},
              .rows = {}};
  for (const Node& place : answer.find("places")->items()) {
    const Node* per_week = place.find("per_week");
    const Node& failures = *place.find("change_failure_rate");
    table.rows.push_back(
        {std::string(place.text_or("service")), std::string(place.text_or("environment")),
         member_text(place, "deployments"),
         per_week->is_number() ? fmt::format("{:.2f}", per_week->as_number()) : "-",
         span_words(place.find("lead_time")->find("median_s")),
         failures.text_or("state") == "no_data" ? "no data" : percent_of(failures.find("rate")),
         span_words(place.find("restore")->find("median_s")),
         percent_of(place.find("rework")->find("rate"))});
  }
  return table;
}

std::string dora_text(const Node& answer, const Palette& palette) {
  const Node& all = *answer.find("all");
  const Node& benchmark = *answer.find("benchmark");
  if (answer.find("places")->items().empty())
    return "no deployment is known; record them by webhooks, `tollgate record` or --csv\n";
  std::string text = table_text(dora_table(answer), palette) + "\n";
  const auto line = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("  {}{}\n", padded(name, 22), value);
  };
  const Node& gap = *all.find("gap");
  const Node& lead = *all.find("lead_time");
  line("between deployments", fmt::format("median {}, mean {}{}", span_words(gap.find("median_s")),
                                          span_words(gap.find("mean_s")),
                                          cluster_words(benchmark, "deployment_frequency")));
  line("lead time", fmt::format("median {}, p90 {}, of {}{}", span_words(lead.find("median_s")),
                                span_words(lead.find("p90_s")),
                                count_text(lead.integer_or("n", 0), "change", "changes"),
                                cluster_words(benchmark, "lead_time")));
  const Node& failures = *all.find("change_failure_rate");
  line("change failure rate",
       rate_words(failures) + cluster_words(benchmark, "change_failure_rate"));
  line("too young to tell", member_text(failures, "undetermined"));
  line("restored after", restore_words(*all.find("restore")) + cluster_words(benchmark, "restore"));
  line("rework", rate_words(*all.find("rework")));
  line("rollbacks that worked", rate_words(*all.find("rollbacks")));
  for (const Node& link : failures.find("links")->items()) {
    text += fmt::format("  failed: {} {} in {} ({}: {})\n", link.text_or("service"),
                        link.text_or("version"), link.text_or("environment"),
                        link.text_or("evidence"), link.text_or("by"));
  }
  for (const Node& proposal : failures.find("proposals")->items()) {
    text += fmt::format("  to confirm: did deployment {} cause incident {}?\n",
                        proposal.text_or("deployment"), proposal.text_or("incident"));
  }
  return text;
}

}  // namespace tollgate::render
