// The page at "/deliveries": how often, how fast and how well releases are delivered.
#include "app/render/delivery.hpp"
#include "app/render/html.hpp"
#include "app/render/page.hpp"
#include "app/render/page_parts.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::render {
namespace {

using doc::Node;

std::string address_of(std::string_view service, std::string_view environment, int64_t days) {
  std::string out = fmt::format("/deliveries?days={}", days);
  if (!service.empty()) out += "&service=" + percent_encode(service);
  if (!environment.empty()) out += "&environment=" + percent_encode(environment);
  return out;
}

/// "95 %: 2.1 d to 4.0 d"; empty without an interval.
std::string spans_words(const Node* interval) {
  if (interval == nullptr || !interval->is_array() || interval->items().size() != 2) return {};
  return fmt::format("95 %: {} to {}", span_words(&interval->items()[0]),
                     span_words(&interval->items()[1]));
}

std::string shares_words(const Node& share) {
  const Node* interval = share.find("interval");
  if (interval == nullptr || interval->items().size() != 2) return {};
  return fmt::format("95 %: {} to {}", percent_of(&interval->items()[0]),
                     percent_of(&interval->items()[1]));
}

/// The nearest cluster of the survey in one line; says so if it is not known.
std::string cluster_line(const Node& benchmark, std::string_view name) {
  const Node* figure = benchmark.find(name);
  if (figure == nullptr) return {};
  const int64_t year = benchmark.integer_or("year", 0);
  const std::string_view cluster = figure->text_or("cluster");
  if (cluster.empty())
    return fmt::format("cluster of {}: unsure, {}", year, figure->text_or("reason"));
  return fmt::format("nearest to \u201c{}\u201d of {}: {}", cluster, year,
                     figure->text_or("label"));
}

/// "12 of 17 services of its tier do no better".
std::string peer_line(const Node* peers, std::string_view name) {
  const Node* rank = peers == nullptr ? nullptr : peers->find(name);
  if (rank == nullptr) return {};
  return fmt::format("{} of {} {} do no better", member_text(*rank, "not_better"),
                     member_text(*rank, "of"),
                     peers->text_or("kind") == "teams" ? "teams" : "services of its tier");
}

std::vector<std::optional<double>> course(const Node& dora, std::string_view key) {
  std::vector<std::optional<double>> values;
  for (const Node& row : list_of(dora, "trend")) {
    const Node* value = row.find(key);
    values.push_back(value != nullptr && value->is_number() ? std::optional(value->as_number())
                                                            : std::nullopt);
  }
  return values;
}

struct Card {
  std::string_view name;
  std::string value;
  std::vector<std::string> lines;  // plain text; empty ones are left out
  std::string spark;               // HTML
};

std::string card_html(const Card& card) {
  std::string out = fmt::format("<li class=\"card figure\"><h3>{}</h3><p class=\"value\">{}</p>{}",
                                card.name, escaped(card.value), card.spark);
  for (const std::string& line : card.lines) {
    if (!line.empty()) out += fmt::format("<p class=\"dim detail\">{}</p>", escaped(line));
  }
  return out + "</li>\n";
}

std::string restore_value(const Node& restore) {
  const Node* at_least = restore.find("at_least_s");
  if (at_least != nullptr && at_least->is_number()) return "more than " + span_words(at_least);
  return span_words(restore.find("median_s"));
}

std::string rate_value(const Node& failures) {
  return failures.text_or("state") == "no_data" ? "no data" : percent_of(failures.find("rate"));
}

std::string per_week_value(const Node& figures) {
  const Node* per_week = figures.find("per_week");
  if (per_week == nullptr || !per_week->is_number()) return "-";
  return fmt::format("{:.1f} a week", per_week->as_number());
}

/// The five figures, each with interval, course, cluster and peers.
std::string figure_cards(const Node& dora) {
  const Node& all = *dora.find("all");
  const Node& benchmark = *dora.find("benchmark");
  const Node* peers = dora.find("peers");
  if (peers != nullptr && !peers->is_object()) peers = nullptr;
  const Node& gap = *all.find("gap");
  const Node& days = *all.find("deployment_days");
  const Node& lead = *all.find("lead_time");
  const Node& failures = *all.find("change_failure_rate");
  const Node& restore = *all.find("restore");
  const Node& rework = *all.find("rework");
  const Node& rollbacks = *all.find("rollbacks");
  std::string weekly;
  if (const Node* median = days.find("median"); median != nullptr && median->is_number()) {
    weekly =
        fmt::format("deployed on {:.1f} days a week (median of {}, {})", median->as_number(),
                    count_text(days.integer_or("weeks", 0), "week", "weeks"), dora.text_or("zone"));
  }
  const std::array<Card, 5> cards = {
      Card{"Deployment frequency",
           per_week_value(all),
           {count_text(all.integer_or("deployments", 0), "deployment", "deployments") +
                ", median gap " + span_words(gap.find("median_s")),
            weekly, cluster_line(benchmark, "deployment_frequency"),
            peer_line(peers, "deployment_frequency")},
           sparkline(course(dora, "deployments"), "Deployments, week by week")},
      Card{"Lead time for changes",
           span_words(lead.find("median_s")),
           {fmt::format("{}, 90th percentile {}", spans_words(lead.find("median_interval_s")),
                        span_words(lead.find("p90_s"))),
            count_text(lead.integer_or("n", 0), "change", "changes"),
            cluster_line(benchmark, "lead_time"), peer_line(peers, "lead_time")},
           sparkline(course(dora, "lead_time_median_s"), "Median lead time, week by week")},
      Card{
          "Change failure rate",
          rate_value(failures),
          {failures.text_or("state") == "no_data"
               ? std::string("nobody tells of incidents, so that no failure is no news")
               : fmt::format("{} of {}, {}", member_text(failures, "failed"),
                             member_text(failures, "of"), shares_words(failures)),
           fmt::format("{} too young to tell", member_text(failures, "undetermined")),
           cluster_line(benchmark, "change_failure_rate"), peer_line(peers, "change_failure_rate")},
          sparkline(course(dora, "failed"), "Failed deployments, week by week")},
      Card{"Failed deployment recovery",
           restore_value(restore),
           {fmt::format("{} restored, {} open", member_text(restore, "n"),
                        member_text(restore, "open")),
            fmt::format("detect {}, decide {}, roll back {}",
                        span_words(restore.find("detect_median_s")),
                        span_words(restore.find("decide_median_s")),
                        span_words(restore.find("roll_back_median_s"))),
            cluster_line(benchmark, "restore"), peer_line(peers, "restore")},
           sparkline(course(dora, "restore_median_s"), "Median recovery time, week by week")},
      Card{"Rework",
           percent_of(rework.find("rate")),
           {fmt::format("{} of {} deployments, {}", member_text(rework, "hits"),
                        member_text(rework, "of"), shares_words(rework)),
            fmt::format("{} of {} roll-backs worked", member_text(rollbacks, "hits"),
                        member_text(rollbacks, "of"))},
           sparkline(course(dora, "rework_rate"), "Share of rework, week by week")}};
  std::string out = "<ul class=\"cards figures\">\n";
  for (const Card& card : cards) out += card_html(card);
  return out + "</ul>\n";
}

/// A figure in a row of the table, with its interval below.
std::string cell(std::string_view label, const std::string& value, const std::string& below) {
  return fmt::format(
      "<td data-label=\"{}\" class=\"number\"><span>{}{}</span></td>", label, escaped(value),
      below.empty() ? "" : "<span class=\"dim detail\">" + escaped(below) + "</span>");
}

std::string cluster_name(const Node& row, std::string_view name) {
  const Node* figure = row.find("benchmark")->find(name);
  const std::string_view cluster = figure->text_or("cluster");
  return cluster.empty() ? "unsure" : std::string(cluster);
}

std::string place_rows(const DeliveriesView& view) {
  const auto& places = list_of(view.dora, "places");
  if (places.size() < 2) return {};
  std::string out =
      "<table class=\"stack\"><thead><tr><th>Service</th><th>Deployments</th><th>Lead "
      "time</th><th>Failed</th><th>Recovery</th><th>Rework</th></tr></thead>\n<tbody>\n";
  for (const Node& row : places) {
    const std::string service(row.text_or("service"));
    const std::string environment(row.text_or("environment"));
    const Node& lead = *row.find("lead_time");
    out += fmt::format(
        "<tr><td data-label=\"Service\"><a class=\"name\" href=\"{}\">{}</a> <span class=\"dim\">→ "
        "{}</span></td>",
        escaped(address_of(service, environment, view.days)), escaped(service),
        escaped(environment));
    out += cell("Deployments", per_week_value(row), cluster_name(row, "deployment_frequency"));
    out += cell("Lead time", span_words(lead.find("median_s")), cluster_name(row, "lead_time"));
    out += cell("Failed", rate_value(*row.find("change_failure_rate")),
                cluster_name(row, "change_failure_rate"));
    out += cell("Recovery", restore_value(*row.find("restore")), cluster_name(row, "restore"));
    out += cell("Rework", percent_of(row.find("rework")->find("rate")), "") + "</tr>\n";
  }
  return page_section("services", "Service by service", out + "</tbody></table>\n");
}

std::string failure_rows(const Node& dora, std::string_view now) {
  const Node& failures = *dora.find("all")->find("change_failure_rate");
  std::string rows;
  for (const Node& link : list_of(failures, "links")) {
    const bool is_restored = !link.text_or("restored").empty();
    rows += fmt::format(
        "<tr><td data-label=\"Service\"><span class=\"name\">{}</span> {} <span class=\"dim\">→ "
        "{}</span></td><td data-label=\"Evidence\">{} <span class=\"dim "
        "detail\">{}</span></td><td data-label=\"Deployed\">{}</td><td "
        "data-label=\"Restored\">{}</td></tr>\n",
        escaped(link.text_or("service")), escaped(link.text_or("version")),
        escaped(link.text_or("environment")), escaped(link.text_or("evidence")),
        escaped(link.text_or("by")), time_tag(link.text_or("ended"), now),
        is_restored ? time_tag(link.text_or("restored"), now) : state_tag("hold", "still open"));
  }
  for (const Node& proposal : list_of(failures, "proposals")) {
    rows += fmt::format(
        "<tr><td data-label=\"Service\"><span class=\"name\">{}</span> <span class=\"dim\">→ "
        "{}</span></td><td data-label=\"Evidence\">{}<span class=\"dim detail\">did deployment {} "
        "cause it? Name it in the incident (<code>caused_by</code>).</span></td><td "
        "data-label=\"Deployed\">-</td><td data-label=\"Restored\">-</td></tr>\n",
        escaped(proposal.text_or("service")), escaped(proposal.text_or("environment")),
        state_tag("thin", fmt::format("incident {}, to confirm", proposal.text_or("incident"))),
        escaped(proposal.text_or("deployment")));
  }
  if (rows.empty()) return {};
  return page_section("failures", "Deployments that failed, and how that is known",
                      "<table class=\"stack\"><thead><tr><th>Service</th><th>Evidence</th>"
                      "<th>Deployed</th><th>Restored</th></tr></thead>\n<tbody>\n" +
                          rows + "</tbody></table>\n");
}

std::string status_tag(std::string_view status) {
  if (status == "succeeded") return state_tag("ok", status);
  if (status == "failed") return state_tag("fail", status);
  if (status == "running" || status == "pending") return state_tag("hold", status);
  return state_tag("note", status);
}

std::string deployment_rows(const Node& deployments, std::string_view now) {
  const auto& list = list_of(deployments, "deployments");
  if (list.empty()) {
    return page_section("deployments", "Deployments",
                        "<p class=\"empty\">No deployment is known. Webhooks of GitHub, GitLab and "
                        "others bring them in, or <code>tollgate record deployment</code>.</p>\n");
  }
  std::string out =
      "<table class=\"stack\"><thead><tr><th>Deployment</th><th>State</th><th>Kind</th><th>Began"
      "</th><th>Parts</th></tr></thead>\n<tbody>\n";
  for (const Node& deployment : list) {
    const auto& parts = list_of(deployment, "parts");
    out += fmt::format(
        "<tr><td data-label=\"Deployment\"><span class=\"name\">{}</span> {} <span class=\"dim\">→ "
        "{}</span></td><td data-label=\"State\">{}</td><td data-label=\"Kind\">{}</td><td "
        "data-label=\"Began\">{}</td><td data-label=\"Parts\" class=\"number\">{}</td></tr>\n",
        escaped(deployment.text_or("service")),
        escaped(deployment.text_or("version").empty() ? deployment.text_or("commit").substr(0, 12)
                                                      : deployment.text_or("version")),
        escaped(deployment.text_or("environment")), status_tag(deployment.text_or("status")),
        escaped(deployment.text_or("kind")), time_tag(deployment.text_or("begin"), now),
        parts.size());
  }
  return page_section("deployments", "Newest deployments", out + "</tbody></table>\n");
}

/// "31.2 → 55.9 ms" of the quantile in a row of latency_json.
std::string quantile_words(const Node& latency, double quantile) {
  for (const Node& row : list_of(latency, "quantiles")) {
    if (row.find("quantile")->as_number() != quantile) continue;
    return fmt::format("{:.1f} → {:.1f} ms", row.find("before")->find("ms")->as_number(),
                       row.find("after")->find("ms")->as_number());
  }
  return "-";
}

/// The operation that explains most of the change, if that is sure.
std::string cause_words(const Node& latency) {
  const auto& operations = list_of(latency, "operations");
  if (operations.empty() || !operations.front().boolean_or("is_certain", false)) return {};
  const Node& first = operations.front();
  return fmt::format("{} {}: {:+.1f} ms a visit", first.text_or("service"),
                     first.text_or("operation"), first.find("change_ms")->as_number());
}

std::string latency_rows(const std::vector<Node>& latencies) {
  if (latencies.empty()) return {};
  std::string out =
      "<table class=\"stack\"><thead><tr><th>Service</th><th>Latency</th><th>Half of the "
      "visits</th><th>95 %</th><th>Visits</th></tr></thead>\n<tbody>\n";
  for (const Node& latency : latencies) {
    const std::string_view change = latency.text_or("change");
    const std::string_view state = change == "slower"                          ? "deny"
                                   : change == "faster" || change == "similar" ? "allow"
                                                                               : "inconclusive";
    const Node& before = *latency.find("before");
    const Node& after = *latency.find("after");
    const std::string cause = cause_words(latency);
    out += fmt::format(
        "<tr><td data-label=\"Service\"><span class=\"name\">{}</span> {} → {}<span class=\"dim "
        "detail\">{}</span></td><td data-label=\"Latency\">{}</td><td data-label=\"Half of the "
        "visits\" class=\"number\">{}</td><td data-label=\"95 %\" class=\"number\">{}</td><td "
        "data-label=\"Visits\" class=\"number\">{} → {}</td></tr>\n",
        escaped(latency.text_or("service")), escaped(before.text_or("version")),
        escaped(after.text_or("version")),
        escaped(cause.empty() ? std::string(latency.text_or("message")) : cause),
        state_tag(state, change), escaped(quantile_words(latency, 0.5)),
        escaped(quantile_words(latency, 0.95)), member_text(before, "visits"),
        member_text(after, "visits"));
  }
  return page_section("latency", "Latency of the last two releases", out + "</tbody></table>\n");
}

/// What is looked at, and links to look at more or less.
std::string scope_line(const DeliveriesView& view) {
  std::string out = "<p class=\"scope\">";
  if (!view.service.empty() || !view.environment.empty()) {
    out += fmt::format("<strong>{}{}{}</strong> · <a href=\"{}\">all services</a> · ",
                       escaped(view.service), view.environment.empty() ? "" : " → ",
                       escaped(view.environment), escaped(address_of("", "", view.days)));
  }
  out += "Last ";
  for (const int64_t days : {30, 90, 365}) {
    const std::string words = fmt::format("{} days", days);
    out += days == view.days
               ? fmt::format("<strong>{}</strong> ", words)
               : fmt::format("<a href=\"{}\">{}</a> ",
                             escaped(address_of(view.service, view.environment, days)), words);
  }
  return out + "</p>\n";
}

}  // namespace

std::string deliveries_page(const DeliveriesView& view) {
  const std::string now = time_text(view.now);
  std::string main = "<h1>Deliveries</h1>\n" + scope_line(view);
  if (list_of(view.dora, "places").empty()) {
    main +=
        "<p class=\"empty\">No deployment of that is known, so that there are no figures.</p>\n";
  } else {
    main += page_section("figures", "The five figures", figure_cards(view.dora));
    main += place_rows(view) + failure_rows(view.dora, now);
  }
  main += latency_rows(view.latencies);
  main += bypass_section(view.bypasses, now) + deployment_rows(view.deployments, now);
  const std::string_view source = view.dora.find("benchmark")->text_or("source");
  return page({.title = "Deliveries",
               .main = std::move(main),
               .refresh_s = kRefreshSeconds,
               .foot = fmt::format("<p>Definitions: docs/DORA.md. Clusters: {}; they describe "
                                   "groups of answers and are no goals.</p>",
                                   escaped(source)),
               .here = "/deliveries"});
}

}  // namespace tollgate::render
