// Delivery figures for a terminal.
#include "app/render/delivery.hpp"
#include "app/render/service_delivery.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::render {
namespace {

using doc::Node;

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
  if (cluster == nullptr) return {};
  if (!cluster->is_text()) {
    return fmt::format("   nearest cluster of {}: unsure ({})", benchmark.integer_or("year", 0),
                       figure->text_or("reason"));
  }
  return fmt::format("   nearest cluster of {}: {}", benchmark.integer_or("year", 0),
                     cluster->as_text());
}

/// "12 of 17 services of tier-1 do no better".
std::string peer_lines(const Node& answer) {
  const Node* peers = answer.find("peers");
  if (peers == nullptr || !peers->is_object()) return {};
  const bool are_teams = peers->text_or("kind") == "teams";
  std::string text;
  for (const std::string_view name :
       {"deployment_frequency", "lead_time", "change_failure_rate", "restore"}) {
    const Node* rank = peers->find(name);
    if (rank == nullptr) continue;
    text += fmt::format("  {}{} of {} {} do no better\n", padded("peers, " + std::string(name), 32),
                        member_text(*rank, "not_better"), member_text(*rank, "of"),
                        are_teams ? "teams" : "services of " + member_text(*peers, "tier"));
  }
  return text;
}

}  // namespace

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

Table dora_trend_table(const Node& answer) {
  Table table{
      .header = {"FROM", "DEPLOYMENTS", "LEAD TIME", "P90", "FAILED", "OF", "RESTORED", "REWORK"},
      .rows = {}};
  const Node* trend = answer.find("trend");
  if (trend == nullptr) return table;
  for (const Node& row : trend->items()) {
    table.rows.push_back(
        {std::string(row.text_or("from").substr(0, 16)), member_text(row, "deployments"),
         span_words(row.find("lead_time_median_s")), span_words(row.find("lead_time_p90_s")),
         member_text(row, "failed"), member_text(row, "judged"),
         span_words(row.find("restore_median_s")), percent_of(row.find("rework_rate"))});
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
  const Node& days = *all.find("deployment_days");
  if (const Node* median = days.find("median"); median->is_number()) {
    line("days with deployments",
         fmt::format("median {:.1f} a week, over {} ({})", median->as_number(),
                     count_text(days.integer_or("weeks", 0), "week", "weeks"),
                     answer.text_or("zone")));
  }
  text += peer_lines(answer);
  for (const Node& link : failures.find("links")->items()) {
    text += fmt::format("  failed: {} {} in {} ({}: {})\n", link.text_or("service"),
                        link.text_or("version"), link.text_or("environment"),
                        link.text_or("evidence"), link.text_or("by"));
  }
  for (const Node& proposal : failures.find("proposals")->items()) {
    text += fmt::format("  to confirm: did deployment {} cause incident {}?\n",
                        proposal.text_or("deployment"), proposal.text_or("incident"));
  }
  if (answer.find("trend") != nullptr) text += "\n" + table_text(dora_trend_table(answer), palette);
  return text;
}

}  // namespace tollgate::render
