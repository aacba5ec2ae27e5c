// Rules that keep what Sloth's throw away: the bad and the total events per second, so that long
// windows are ratios of sums and not means of ratios, a quiet night weighs as little as it should,
// a window without traffic gives no NaN but no sample, a handful of failures does not page, and
// silence is an alert of its own.
#include "domain/rules/parts.hpp"

#include <fmt/core.h>

namespace tollgate::rules {
namespace {

using doc::Node;
using model::SlothAlert;
using model::SlothSlo;
using model::SlothSpec;
using model::TextMap;

/// Beyond it a window is summed from the recorded short one: a query over raw series would read
/// days of them at every evaluation.
constexpr Duration kDirectMax = hours(6);
/// Fewer bad events in the long window of a pair do not alert; see BurnGuards.
constexpr int kBadEventsMin = 3;
constexpr std::string_view kSilence = "15m";

class TollgateRules {
 public:
  TollgateRules(const SlothSpec& spec, const SlothSlo& slo, const RuleOptions& options)
      : spec_(spec), slo_(slo), options_(options) {
    id_ = spec.service + "-" + slo.name;
    ids_ = {{"slo_id", id_}, {"slo_service", spec.service}, {"slo_name", slo.name}};
    labels_ = merged({&ids_, &spec.labels, &slo.labels, &options.labels});
    filter_ = selector(ids_);
    allowed_ = go_number((100 - slo.objective) / 100);
    has_totals_ = slo.error_ratio_query.empty();
  }

  void append(Node& groups) const {
    groups.push(group("tollgate-slo-" + id_, recordings()));
    Node alerts = alert_rules();
    if (!alerts.items().empty())
      groups.push(group("tollgate-slo-alerts-" + id_, std::move(alerts)));
  }

 private:
  static std::string named(std::string_view what, Duration window) {
    return fmt::format("{}{}", what, promql_duration(window));
  }
  std::string bad(Duration window) const { return named("slo:events_bad:rate", window); }
  std::string total(Duration window) const { return named("slo:events_total:rate", window); }
  std::string ratio(Duration window) const { return named("slo:sli_error:ratio_rate", window); }
  Duration shortest() const { return options_.windows.windows[0].short_window; }

  Node windowed(const std::string& record, std::string expr, Duration window) const {
    TextMap labels = labels_;
    labels["slo_window"] = promql_duration(window);
    return recording(record, std::move(expr), labels);
  }

  void add_events(Node& rules, Duration window) const {
    const std::string text = promql_duration(window);
    if (window <= kDirectMax) {
      const std::string all = model::with_window(slo_.total_query, text);
      // A counter of errors that never rose may not exist: then there are none.
      rules.push(windowed(
          bad(window),
          fmt::format("({})\nor\n(0 * ({}))\n", model::with_window(slo_.error_query, text), all),
          window));
      rules.push(windowed(total(window), fmt::format("{}\n", all), window));
      return;
    }
    const auto mean = [&](const std::string& series) {
      return fmt::format("avg_over_time({}{}[{}])\n", series, filter_, text);
    };
    rules.push(windowed(bad(window), mean(bad(shortest())), window));
    rules.push(windowed(total(window), mean(total(shortest())), window));
  }

  void add_window(Node& rules, Duration window) const {
    if (has_totals_) {
      add_events(rules, window);
      // Without traffic there is no ratio, rather than one that is not a number.
      rules.push(windowed(
          ratio(window),
          fmt::format("{0}{2}\n/\n({1}{2} > 0)\n", bad(window), total(window), filter_), window));
      return;
    }
    const std::string text = promql_duration(window);
    // The comparison leaves out what is not a number.
    rules.push(
        windowed(ratio(window),
                 window <= kDirectMax
                     ? fmt::format("({}) >= 0\n", model::with_window(slo_.error_ratio_query, text))
                     : fmt::format("avg_over_time({}{}[{}])\n", ratio(shortest()), filter_, text),
                 window));
  }

  Node recordings() const {
    Node rules = Node::array();
    for (const Duration window : alert_durations(options_.windows)) add_window(rules, window);
    const Duration period = options_.windows.period;
    add_window(rules, period);
    const std::string objective = go_number(slo_.objective / 100);
    const double period_days = static_cast<double>(period.ms) / static_cast<double>(days(1).ms);
    const auto add = [&](std::string_view record, std::string expr) {
      rules.push(recording(record, std::move(expr), labels_));
    };
    add("slo:objective:ratio", fmt::format("vector({})", objective));
    add("slo:error_budget:ratio", fmt::format("vector({})", allowed_));
    add("slo:time_period:days", fmt::format("vector({})", go_number(period_days)));
    const auto burn = [&](Duration window) {
      return fmt::format("max({}{}) without (slo_window) / {}\n", ratio(window), filter_, allowed_);
    };
    add("slo:current_burn_rate:ratio", burn(shortest()));
    add("slo:period_burn_rate:ratio", burn(period));
    add("slo:period_error_budget_remaining:ratio",
        fmt::format("1 - slo:period_burn_rate:ratio{}\n", filter_));
    return rules;
  }

  std::string pair_expr(const AlertWindow& window) const {
    const std::string factor = go_number(burn_factor(options_.windows, window));
    const auto side = [&](Duration length) {
      return fmt::format("    max({}{} > ({} * {})) without (slo_window)\n", ratio(length), filter_,
                         factor, allowed_);
    };
    std::string expr =
        fmt::format("(\n{}    and\n{}", side(window.short_window), side(window.long_window));
    if (has_totals_) {
      expr += fmt::format("    and\n    max({}{} * {} >= {}) without (slo_window)\n",
                          bad(window.long_window), filter_, window.long_window.ms / 1000,
                          kBadEventsMin);
    }
    return expr + ")\n";
  }

  Node alert_rule(std::string_view severity, const SlothAlert& alert, const AlertWindow& quick,
                  const AlertWindow& slow) const {
    const TextMap severity_label = {{"slo_severity", std::string(severity)}};
    const TextMap texts = {{"summary",
                            "{{$labels.slo_service}} {{$labels.slo_name}} burns its error budget "
                            "{{$value | humanizePercentage}} bad"},
                           {"objective", go_number(slo_.objective) + " %"}};
    return Node::object(
        {{"alert", slo_.alert_name},
         {"expr", pair_expr(quick) + "or\n" + pair_expr(slow)},
         {"labels", map_node(merged({&severity_label, &slo_.alert_labels, &alert.labels}))},
         {"annotations", map_node(merged({&texts, &slo_.alert_annotations, &alert.annotations}))}});
  }

  Node silence_rule() const {
    const TextMap severity_label = {{"slo_severity", "ticket"}};
    const TextMap texts = {
        {"summary", fmt::format("{} {} has no data: nobody knows whether it keeps its objective",
                                spec_.service, slo_.name)}};
    return Node::object(
        {{"alert", slo_.alert_name + "NoData"},
         {"expr", fmt::format("absent({}{})\n", has_totals_ ? total(shortest()) : ratio(shortest()),
                              filter_)},
         {"for", kSilence},
         {"labels",
          map_node(merged({&severity_label, &ids_, &slo_.alert_labels, &slo_.ticket.labels}))},
         {"annotations", map_node(texts)}});
  }

  Node alert_rules() const {
    const auto& windows = options_.windows.windows;
    Node rules = Node::array();
    if (!slo_.page.is_off) rules.push(alert_rule("page", slo_.page, windows[0], windows[1]));
    if (!slo_.ticket.is_off) {
      rules.push(alert_rule("ticket", slo_.ticket, windows[2], windows[3]));
      rules.push(silence_rule());
    }
    return rules;
  }

  const SlothSpec& spec_;
  const SlothSlo& slo_;
  const RuleOptions& options_;
  std::string id_;
  TextMap ids_;
  TextMap labels_;
  std::string filter_;
  std::string allowed_;
  bool has_totals_ = true;
};

}  // namespace

Node tollgate_groups(const SlothSpec& spec, const RuleOptions& options) {
  Node groups = Node::array();
  for (const SlothSlo& slo : spec.slos) TollgateRules(spec, slo, options).append(groups);
  return groups;
}

}  // namespace tollgate::rules
