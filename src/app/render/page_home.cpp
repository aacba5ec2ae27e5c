// The page at "/": can I ship, and if not, why.
#include "app/render/html.hpp"
#include "app/render/page.hpp"
#include "app/render/page_parts.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::render {
namespace {

using doc::Node;

std::string verdict_word(std::string_view verdict) {
  std::string word(verdict);
  for (char& c : word) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return word;
}

std::string_view budget_word(std::string_view state) {
  if (state == "ok") return "within budget";
  if (state == "breach") return "overspent";
  if (state == "inconclusive") return "too few events";
  if (state == "untrusted") return "not trusted";
  return "no data";
}

int64_t count_with(const Node::Array& rows, std::string_view key, std::string_view value) {
  return std::count_if(rows.begin(), rows.end(),
                       [&](const Node& row) { return row.text_or(key) == value; });
}

/// One line for the hurried: "1 denied · 2 budgets overspent · 1 without data".
std::string summary(const Node& status) {
  const auto& decisions = list_of(status, "decisions");
  const auto& slos = list_of(status, "slos");
  std::string out = "<ul class=\"summary\">";
  const auto item = [&](int64_t count, std::string_view state, std::string_view words) {
    if (count > 0) out += "<li>" + state_tag(state, fmt::format("{} {}", count, words)) + "</li>";
  };
  item(count_with(decisions, "verdict", "deny"), "deny", "denied");
  item(count_with(decisions, "verdict", "hold"), "hold", "on hold");
  item(count_with(decisions, "verdict", "inconclusive"), "inconclusive", "inconclusive");
  item(count_with(decisions, "verdict", "allow"), "allow", "allowed");
  if (!slos.empty()) out += "</ul>\n<ul class=\"summary\">";
  const Node* states = status.find("slo_states");
  const auto count_of = [states](std::string_view state) {
    return states == nullptr ? 0 : states->integer_or(state, 0);
  };
  item(count_of("breach"), "breach", "overspent");
  item(count_of("inconclusive"), "thin", "with too few events");
  item(count_of("untrusted"), "inconclusive", "not trusted");
  item(count_of("no_data"), "no_data", "without data");
  item(count_of("ok"), "ok", "within budget");
  return out + "</ul>\n";
}

std::string service_cards(const Node& status, std::string_view now) {
  const auto& decisions = list_of(status, "decisions");
  if (decisions.empty()) {
    return "<p class=\"empty\">No gate has been asked yet. Try "
           "<code>tollgate gate --service NAME --env ENVIRONMENT --version VERSION</code>.</p>\n";
  }
  std::string out = "<ul class=\"cards\">\n";
  for (const Node& decision : decisions) {
    const std::string_view verdict = decision.text_or("verdict");
    out += fmt::format(
        "<li class=\"card\"><a href=\"/d/{}\"><span class=\"name\">{} <span class=\"dim\">→ "
        "{}</span></span>{}"
        "<span class=\"dim\">{} · {}</span></a></li>\n",
        escaped(decision.text_or("decision")), escaped(decision.text_or("service")),
        escaped(decision.text_or("environment")), state_tag(verdict, verdict_word(verdict)),
        escaped(decision.text_or("version")), time_tag(decision.text_or("at"), now));
  }
  return out + "</ul>\n";
}

/// How much is left, as a bar: full is untouched, empty is spent; overspending shows as an empty
/// bar and a word.
std::string budget_bar(const Node& slo) {
  const Node* left = slo.find("budget_left");
  if (left == nullptr || !left->is_number()) return {};
  const double share = std::clamp(left->as_number(), 0.0, 1.0);
  const std::string_view tone = left->as_number() < 0 ? "bad" : share < 0.25 ? "warn" : "good";
  return fmt::format(
      "<svg class=\"bar {}\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" "
      "aria-hidden=\"true\">"
      "<rect class=\"track\" width=\"100\" height=\"6\"/><rect class=\"fill\" width=\"{:.1f}\" "
      "height=\"6\"/></svg>",
      tone, share * 100);
}

/// What the figure was with the maintenance that is taken out of it; empty if none is.
std::string with_maintenance(const Node& slo, const std::string& words) {
  if (slo.find("raw") == nullptr || words.empty()) return {};
  return fmt::format(" <span class=\"dim detail\">{} with maintenance</span>", escaped(words));
}
std::string raw_percent(const Node& slo, std::string_view key) {
  const Node* raw = slo.find("raw");
  return raw == nullptr ? std::string() : percent_of(raw->find(key));
}
std::string raw_state(const Node& slo) {
  const Node* raw = slo.find("raw");
  if (raw == nullptr || raw->text_or("state") == slo.text_or("state")) return {};
  return std::string(budget_word(raw->text_or("state")));
}

std::string budget_rows(const Node& status, std::string_view now) {
  const auto& slos = list_of(status, "slos");
  if (slos.empty()) {
    return "<p class=\"empty\">No SLO is defined. Write a policy with <code>tollgate init</code>, "
           "then "
           "<code>tollgate apply</code>.</p>\n";
  }
  std::string out =
      "<table class=\"stack\"><thead><tr><th>SLO</th><th>State</th><th>Budget "
      "left</th><th>Measured</th>"
      "<th>Objective</th><th>Data up to</th></tr></thead>\n<tbody>\n";
  for (const Node& slo : slos) {
    const std::string_view state = slo.text_or("state");
    const std::string environment(slo.text_or("environment"));
    const std::string_view detail =
        slo.text_or("error").empty() ? slo.text_or("message") : slo.text_or("error");
    out += fmt::format(
        "<tr><td data-label=\"SLO\"><span class=\"name\">{}</span>{}<span class=\"dim "
        "detail\">{}</span>"
        "</td><td data-label=\"State\"><span>{}{}</span></td>",
        escaped(slo.text_or("slo")),
        environment.empty() ? "" : " <span class=\"dim\">" + escaped(environment) + "</span>",
        escaped(detail), state_tag(state, budget_word(state)),
        with_maintenance(slo, raw_state(slo)));
    out += fmt::format("<td data-label=\"Budget left\" class=\"number\"><span>{}{}</span>{}</td>",
                       escaped(percent_of(slo.find("budget_left"))),
                       with_maintenance(slo, raw_percent(slo, "budget_left")), budget_bar(slo));
    out += fmt::format(
        "<td data-label=\"Measured\" class=\"number\"><span>{}{}</span></td>"
        "<td data-label=\"Objective\" class=\"number\">{}</td>"
        "<td data-label=\"Data up to\">{}</td></tr>\n",
        escaped(percent_of(slo.find("sli"))), with_maintenance(slo, raw_percent(slo, "sli")),
        escaped(percent_of(slo.find("objective"))), time_tag(slo.text_or("watermark"), now));
  }
  out += "</tbody></table>\n";
  const int64_t more = status.integer_or("slo_count", 0) - static_cast<int64_t>(slos.size());
  if (more > 0) {
    out += fmt::format(
        "<p class=\"dim\">and {} that have more left: <a href=\"/v1/status\">all of "
        "them as JSON</a></p>\n",
        number_text(more));
  }
  return out;
}

/// Alerts that are on, or burn so that they may go on; nothing if all is calm.
std::string alert_rows(const Node& status, std::string_view now) {
  std::string rows;
  for (const Node& alert : list_of(status, "alerts")) {
    const bool is_on = alert.boolean_or("on", false);
    const std::string_view state = alert.text_or("state");
    const bool is_calm = state == "acceptable" || state == "unknown" || state == "thin";
    if (!is_on && is_calm) continue;
    const bool is_silent = is_on && alert.text_or("reason") == "no_data";
    const std::string environment(alert.text_or("environment"));
    rows += fmt::format(
        "<tr><td data-label=\"State\">{}</td><td data-label=\"SLO\"><span "
        "class=\"name\">{}</span>{}<span class=\"dim detail\">{}</span></td>"
        "<td data-label=\"Severity\">{}</td><td data-label=\"On since\">{}</td></tr>\n",
        state_tag(is_on ? "critical" : state,
                  is_silent ? std::string_view("No data") : alert.text_or("word")),
        escaped(alert.text_or("slo")),
        environment.empty() ? "" : " <span class=\"dim\">" + escaped(environment) + "</span>",
        escaped(alert.text_or("message")), escaped(alert.text_or("severity")),
        is_on ? time_tag(alert.text_or("since"), now) : "not alerting");
  }
  if (rows.empty()) return {};
  return "<section aria-labelledby=\"alerts\"><h2 id=\"alerts\">Alerts</h2>\n<table "
         "class=\"stack\"><thead><tr><th>State</th><th>SLO</th><th>Severity</th><th>On "
         "since</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table></section>\n";
}

std::string verdict_rows(const Node& decisions, std::string_view now) {
  const auto& rows = list_of(decisions, "decisions");
  if (rows.empty()) return {};
  std::string out =
      "<section aria-labelledby=\"latest\"><h2 id=\"latest\">Latest verdicts</h2>\n<table "
      "class=\"stack\"><thead><tr>"
      "<th>Verdict</th><th>Service</th><th>Environment</th><th>Version</th><th>When</"
      "th><th>Decision</th></tr></thead>"
      "\n<tbody>\n";
  for (const Node& row : rows) {
    const std::string id = escaped(row.text_or("decision"));
    const std::string_view verdict = row.text_or("verdict");
    out += fmt::format(
        "<tr><td data-label=\"Verdict\">{}</td><td data-label=\"Service\">{}</td><td "
        "data-label=\"Environment\">{}</td>"
        "<td data-label=\"Version\">{}</td><td data-label=\"When\">{}</td>"
        "<td data-label=\"Decision\"><a class=\"id\" href=\"/d/{}\">{}</a></td></tr>\n",
        state_tag(verdict, verdict_word(verdict)), escaped(row.text_or("service")),
        escaped(row.text_or("environment")), escaped(row.text_or("version")),
        time_tag(row.text_or("at"), now), id, id);
  }
  return out + "</tbody></table></section>\n";
}

}  // namespace

std::string home_page(const HomeView& view) {
  const std::string now = time_text(view.now);
  std::string main = "<h1>Now</h1>\n" + summary(view.status) + alert_rows(view.status, now) +
                     source_rows(view.sources, now);
  main += "<section aria-labelledby=\"services\"><h2 id=\"services\">Services</h2>\n" +
          service_cards(view.status, now) + "</section>\n";
  main +=
      "<section aria-labelledby=\"budgets\"><h2 id=\"budgets\">Error budgets, worst first</h2>\n" +
      budget_rows(view.status, now) + "</section>\n";
  main += bypass_section(view.bypasses, now);
  main += verdict_rows(view.decisions, now);
  const Node* ledger = view.status.find("ledger");
  std::string foot = fmt::format(
      "<p>As of <time datetime=\"{0}\">{1} {2} UTC</time>, renewed every {3} s · ledger of {4} · "
      "policy "
      "<code>{5}</code></p>",
      now, now.substr(0, 10), now.substr(11, 8), kRefreshSeconds,
      count_text(ledger == nullptr ? 0 : ledger->integer_or("size", 0), "event", "events"),
      escaped(view.status.text_or("policy_digest").substr(0, 19)));
  if (view.is_open) {
    foot +=
        "<p>Everybody who reaches this address may use it: there are no tokens yet "
        "(<code>tollgate access token create</code>).</p>";
  }
  return page({.title = "Tollgate",
               .main = std::move(main),
               .refresh_s = kRefreshSeconds,
               .foot = std::move(foot),
               .here = "/"});
}

}  // namespace tollgate::render
