#include "app/render/delivery.hpp"

#include "domain/delivery/bands.hpp"
#include "foundation/base/text.hpp"

#include <cmath>

namespace tollgate::render {
namespace {

using delivery::Figures;
using delivery::Metric;
using doc::Node;

Node time_or_null(const std::optional<Time>& time) {
  return time ? Node(time_text(*time)) : Node();
}

Node interval_json(const stats::Interval& interval) {
  Node pair = Node::array();
  pair.push(interval.low);
  pair.push(interval.high);
  return pair;
}

Node lead_time_json(const delivery::LeadTime& lead, const delivery::FigureRules& rules) {
  Node node = Node::object(
      {{"definition", fmt::format("lead-time@{}", static_cast<int>(rules.lead_time))},
       {"basis", rules.basis == delivery::LeadTimeBasis::authored ? "author_date" : "commit_date"},
       {"n", lead.n}});
  set_quantile(node, "median", lead.median);
  set_quantile(node, "p90", lead.p90);
  node.set("no_predecessor", lead.no_predecessor);
  node.set("negative", lead.negative);
  node.set("reverted_before", lead.reverted_before);
  node.set("cherry_picks", lead.cherry_picks);
  return node;
}

Node gap_json(const delivery::Gap& gap) {
  Node node = Node::object({{"definition", "gap@1"}, {"n", gap.n}});
  set_quantile(node, "median", gap.median);
  node.set("mean_s", gap.mean_s ? Node(*gap.mean_s) : Node());
  return node;
}

/// Without a source of incidents, no revert is no evidence of success.
Node failures_json(const delivery::ChangeFailures& failures) {
  const bool has_evidence = failures.failed > 0;
  Node node = Node::object({{"definition", "change-failure-rate@1"},
                            {"basis", "reverts"},
                            {"state", has_evidence ? "lower_bound" : "no_data"}});
  const double rate = static_cast<double>(failures.failed) / static_cast<double>(failures.of);
  node.set("rate", has_evidence ? Node(rate) : Node());
  node.set("interval", has_evidence ? interval_json(failures.interval) : Node::array());
  node.set("failed", failures.failed);
  node.set("of", failures.of);
  node.set("undetermined", failures.undetermined);
  node.set("patch_releases", failures.patch_releases);
  return node;
}

Node links_json(const delivery::ProjectReport& report) {
  Node links = Node::array();
  for (const auto& failure : report.failures) {
    links.push(Node::object({{"release", failure.release},
                             {"fixed_in", failure.fixed_in},
                             {"commit", failure.commit},
                             {"by", failure.by},
                             {"evidence", delivery::revert_evidence_name(failure.evidence)}}));
  }
  return links;
}

Node benchmark_json(const Figures& figures) {
  std::string source;
  for (const delivery::Band& band : delivery::all_bands()) {
    if (band.year == delivery::kBandYearNewest) source = band.source;
  }
  Node node = Node::object({{"year", delivery::kBandYearNewest}, {"source", source}});
  node.set("deployment_frequency",
           cluster_json(Metric::gap, figures.gap.median, figures.gap.n, delivery::kBandYearNewest));
  node.set("lead_time", cluster_json(Metric::lead_time, figures.lead_time.median,
                                     figures.lead_time.n, delivery::kBandYearNewest));
  return node;
}

Node period_json(const delivery::PeriodFigures& period, const delivery::FigureRules& rules) {
  const Figures& figures = period.figures;
  return Node::object({{"from", time_text(period.period.from)},
                       {"to", time_text(period.period.to)},
                       {"deployments", figures.deployments},
                       {"lead_time", lead_time_json(figures.lead_time, rules)},
                       {"gap", gap_json(figures.gap)},
                       {"change_failure_rate", failures_json(figures.failures)}});
}

std::string period_name(const Node& period) {
  return std::string(period.text_or("from").substr(0, 10));
}

std::string number_words(const Node* number, int decimals) {
  if (number == nullptr || !number->is_number()) return "-";
  return fmt::format("{:.{}f}", number->as_number(), decimals);
}

std::string interval_words(const Node& figure, std::string_view key) {
  const Node* interval = figure.find(key);
  if (interval == nullptr || !interval->is_array() || interval->items().size() != 2) return "";
  return fmt::format(" (95 %: {} to {})", span_words(&interval->items()[0]),
                     span_words(&interval->items()[1]));
}

std::string failure_words(const Node& failures) {
  const std::string of =
      fmt::format("{} of {}, {} too young to tell", number_text(failures.integer_or("failed", 0)),
                  number_text(failures.integer_or("of", 0)),
                  number_text(failures.integer_or("undetermined", 0)));
  if (failures.text_or("state") == "no_data") return "no data: nothing says that a release failed";
  const Node::Array& interval = failures.find("interval")->items();
  return fmt::format("at least {} ({}; 95 %: {} to {})", percent_of(failures.find("rate")), of,
                     percent_of(&interval[0]), percent_of(&interval[1]));
}

}  // namespace

void set_quantile(Node& node, const std::string& name,
                  const std::optional<delivery::Quantile>& quantile) {
  node.set(name + "_s", quantile ? Node(quantile->value) : Node());
  node.set(name + "_interval_s", quantile ? interval_json(quantile->interval) : Node::array());
}

Node cluster_json(Metric metric, const std::optional<delivery::Quantile>& value, int64_t n,
                  int64_t year) {
  Node node = Node::object({{"cluster", Node()}});
  if (!value || n < delivery::kClassSampleMin) {
    node.set("reason", fmt::format("fewer than {} values", delivery::kClassSampleMin));
    return node;
  }
  const auto cluster = delivery::nearest_cluster(metric, year, value->value, value->interval);
  if (cluster) {
    const delivery::Band* const band = delivery::find_band(metric, year, *cluster);
    node.set("cluster", *cluster);
    node.set("label", band->label);
    node.set("share_percent", band->share_percent);
  } else {
    node.set("reason", "the interval reaches into two clusters, or two are as near");
  }
  return node;
}

Node project_json(const delivery::ProjectReport& report) {
  const Figures& figures = report.figures;
  Node node = Node::object({{"source", Node::object({{"kind", report.source},
                                                     {"path", report.place},
                                                     {"commits", report.commits}})},
                            {"window", Node::object({{"since", time_or_null(report.rules.since)},
                                                     {"until", time_or_null(report.rules.until)}})},
                            {"deployments", figures.deployments},
                            {"first", time_or_null(figures.first)},
                            {"last", time_or_null(figures.last)},
                            {"per_week", figures.per_week ? Node(*figures.per_week) : Node()},
                            {"lead_time", lead_time_json(figures.lead_time, report.rules)},
                            {"gap", gap_json(figures.gap)}});
  Node failures = failures_json(figures.failures);
  failures.set("links", links_json(report));
  node.set("change_failure_rate", std::move(failures));
  Node restore = Node::object({{"definition", "restore@1"}});
  set_quantile(restore, "median", figures.restore_median);
  node.set("restore", std::move(restore));
  node.set("unreleased", figures.unreleased);
  node.set("benchmark", benchmark_json(figures));
  Node caveats = Node::array();
  for (const delivery::Caveat& caveat : report.caveats) {
    caveats.push(Node::object({{"code", delivery::caveat_name(caveat.code)},
                               {"count", caveat.count},
                               {"of", caveat.of},
                               {"message", delivery::caveat_words(caveat)}}));
  }
  node.set("caveats", std::move(caveats));
  Node trend = Node::array();
  for (const delivery::PeriodFigures& period : report.trend)
    trend.push(period_json(period, report.rules));
  node.set("trend", std::move(trend));
  return node;
}

std::string span_words(const Node* seconds) {
  if (seconds == nullptr || !seconds->is_number()) return "-";
  const double value = seconds->as_number();
  constexpr double kHour = 3600;
  constexpr double kDay = 86'400;
  if (std::abs(value) >= kDay)
    return fmt::format("{:.{}f} d", value / kDay, value < 10 * kDay ? 2 : 1);
  if (std::abs(value) >= kHour) return fmt::format("{:.1f} h", value / kHour);
  return value >= 60 ? fmt::format("{:.0f} min", value / 60) : fmt::format("{:.0f} s", value);
}

Table trend_table(const Node& report) {
  Table table{.header = {"FROM", "DEPLOYMENTS", "LEAD TIME", "P90", "CHANGES", "GAP", "FAILED"},
              .rows = {}};
  for (const Node& period : report.find("trend")->items()) {
    const Node& lead = *period.find("lead_time");
    const Node& failures = *period.find("change_failure_rate");
    table.rows.push_back(
        {period_name(period), member_text(period, "deployments"), span_words(lead.find("median_s")),
         span_words(lead.find("p90_s")), member_text(lead, "n"),
         span_words(period.find("gap")->find("median_s")),
         fmt::format("{} of {}", member_text(failures, "failed"), member_text(failures, "of"))});
  }
  return table;
}

std::string project_text(const Node& report, const Palette& palette) {
  const Node& lead = *report.find("lead_time");
  const Node& gap = *report.find("gap");
  const Node& benchmark = *report.find("benchmark");
  std::string text;
  const auto line = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("  {}{}\n", padded(name, 22), value);
  };
  const auto cluster = [&benchmark](std::string_view metric) {
    const Node* found = benchmark.find(metric)->find("cluster");
    if (found == nullptr || !found->is_text()) return std::string();
    return fmt::format("   nearest cluster of {}: {}", benchmark.integer_or("year", 0),
                       found->as_text());
  };
  text += palette.paint(Tone::strong,
                        count_text(report.integer_or("deployments", 0), "release", "releases"));
  if (report.find("first")->is_text()) {
    text += fmt::format(" from {} to {}", report.text_or("first").substr(0, 10),
                        report.text_or("last").substr(0, 10));
  }
  text += "\n";
  line("per week", number_words(report.find("per_week"), 2));
  line("between releases",
       fmt::format("median {}{}, mean {}{}", span_words(gap.find("median_s")),
                   interval_words(gap, "median_interval_s"), span_words(gap.find("mean_s")),
                   cluster("deployment_frequency")));
  line("lead time",
       fmt::format("median {}{}, p90 {}, of {}{}", span_words(lead.find("median_s")),
                   interval_words(lead, "median_interval_s"), span_words(lead.find("p90_s")),
                   count_text(lead.integer_or("n", 0), "change", "changes"), cluster("lead_time")));
  line("change failure rate", failure_words(*report.find("change_failure_rate")));
  line("restored after", span_words(report.find("restore")->find("median_s")));
  line("not released yet", count_text(report.integer_or("unreleased", 0), "change", "changes"));
  if (!report.find("trend")->items().empty())
    text += "\n" + table_text(trend_table(report), palette);
  for (const Node& caveat : report.find("caveats")->items())
    text += palette.paint(Tone::dim, fmt::format("note: {}", caveat.text_or("message"))) + "\n";
  return text;
}

}  // namespace tollgate::render
