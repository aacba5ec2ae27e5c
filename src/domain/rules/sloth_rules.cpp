// The rules that Sloth 0.16 generates, rule for rule. Source: slok/sloth,
// internal/plugin/slo/core (sli_rules_v1, metadata_rules_v1, alert_rules_v1).
#include "domain/rules/parts.hpp"

#include <fmt/core.h>

namespace tollgate::rules {
namespace {

using doc::Node;
using model::SlothAlert;
using model::SlothSlo;
using model::SlothSpec;
using model::TextMap;

class SlothRules {
 public:
  SlothRules(const SlothSpec& spec, const SlothSlo& slo, const RuleOptions& options)
      : spec_(spec), slo_(slo), options_(options) {
    id_ = spec.service + "-" + slo.name;
    ids_ = {{"sloth_id", id_}, {"sloth_service", spec.service}, {"sloth_slo", slo.name}};
    labels_ = merged({&ids_, &spec.labels, &slo.labels, &options.labels});
    filter_ = selector(ids_);
    allowed_ = go_number((100 - slo.objective) / 100);
  }

  void append(Node& groups) const {
    groups.push(group("sloth-slo-sli-recordings-" + id_, sli_rules()));
    groups.push(group("sloth-slo-meta-recordings-" + id_, meta_rules()));
    Node alerts = alert_rules();
    if (!alerts.items().empty()) groups.push(group("sloth-slo-alerts-" + id_, std::move(alerts)));
  }

 private:
  std::string ratio_of(Duration window) const {
    return "slo:sli_error:ratio_rate" + promql_duration(window);
  }

  Node sli_rule(Duration window, std::string expr) const {
    TextMap labels = labels_;
    labels["sloth_window"] = promql_duration(window);
    return recording(ratio_of(window), std::move(expr), labels);
  }

  Node sli_rules() const {
    Node rules = Node::array();
    for (const Duration window : alert_durations(options_.windows)) {
      const std::string text = promql_duration(window);
      const auto filled = [&text](const std::string& query) {
        return model::with_window(query, text);
      };
      rules.push(sli_rule(window, slo_.error_ratio_query.empty()
                                      ? fmt::format("({})\n/\n({})\n", filled(slo_.error_query),
                                                    filled(slo_.total_query))
                                      : fmt::format("({})", filled(slo_.error_ratio_query))));
    }
    const Duration shortest = options_.windows.windows[0].short_window;
    const Duration period = options_.windows.period;
    rules.push(
        sli_rule(period, fmt::format("sum_over_time({0}{1}[{2}])\n/ ignoring (sloth_window)\n"
                                     "count_over_time({0}{1}[{2}])\n",
                                     ratio_of(shortest), filter_, promql_duration(period))));
    return rules;
  }

  std::string burn_expr(Duration window) const {
    return fmt::format(
        "{}{}\n/ on(sloth_id, sloth_slo, sloth_service) group_left\nslo:error_budget:ratio{}\n",
        ratio_of(window), filter_, filter_);
  }

  Node meta_rules() const {
    const std::string objective = go_number(slo_.objective / 100);
    const Duration period = options_.windows.period;
    const double period_days = static_cast<double>(period.ms) / static_cast<double>(days(1).ms);
    TextMap about = labels_;
    about["sloth_version"] = options_.version;
    about["sloth_mode"] = mode();
    about["sloth_spec"] = spec_.format;
    about["sloth_objective"] = go_number(slo_.objective);
    Node rules = Node::array();
    const auto add = [&](std::string_view record, std::string expr) {
      rules.push(recording(record, std::move(expr), labels_));
    };
    add("slo:objective:ratio", fmt::format("vector({})", objective));
    add("slo:error_budget:ratio", fmt::format("vector(1-{})", objective));
    add("slo:time_period:days", fmt::format("vector({})", go_number(period_days)));
    add("slo:current_burn_rate:ratio", burn_expr(options_.windows.windows[0].short_window));
    add("slo:period_burn_rate:ratio", burn_expr(period));
    add("slo:period_error_budget_remaining:ratio", "1 - slo:period_burn_rate:ratio" + filter_);
    rules.push(recording("sloth_slo_info", "vector(1)", about));
    return rules;
  }

  std::string_view mode() const {
    if (spec_.format == model::kSlothApiVersion) return "cli-gen-k8s";
    return spec_.format == model::kSlothVersion ? "cli-gen-prom" : "cli-gen-openslo";
  }

  std::string pair_expr(const AlertWindow& window) const {
    const std::string factor = go_number(burn_factor(options_.windows, window));
    const auto side = [&](Duration length) {
      return fmt::format("    max({}{} > ({} * {})) without (sloth_window)\n", ratio_of(length),
                         filter_, factor, allowed_);
    };
    return fmt::format("(\n{}    and\n{})\n", side(window.short_window), side(window.long_window));
  }

  Node alert_rule(std::string_view severity, const SlothAlert& alert, const AlertWindow& quick,
                  const AlertWindow& slow) const {
    const TextMap severity_label = {{"sloth_severity", std::string(severity)}};
    const TextMap texts = {
        {"title", fmt::format("({}) {{{{$labels.sloth_service}}}} {{{{$labels.sloth_slo}}}} SLO "
                              "error budget burn rate is too fast.",
                              severity)},
        {"summary",
         "{{$labels.sloth_service}} {{$labels.sloth_slo}} SLO error budget burn rate is "
         "over expected."}};
    return Node::object(
        {{"alert", slo_.alert_name},
         {"expr", pair_expr(quick) + "or\n" + pair_expr(slow)},
         {"labels", map_node(merged({&severity_label, &slo_.alert_labels, &alert.labels}))},
         {"annotations", map_node(merged({&texts, &slo_.alert_annotations, &alert.annotations}))}});
  }

  Node alert_rules() const {
    const auto& windows = options_.windows.windows;
    Node rules = Node::array();
    if (!slo_.page.is_off) rules.push(alert_rule("page", slo_.page, windows[0], windows[1]));
    if (!slo_.ticket.is_off) rules.push(alert_rule("ticket", slo_.ticket, windows[2], windows[3]));
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
};

}  // namespace

Node sloth_groups(const SlothSpec& spec, const RuleOptions& options) {
  Node groups = Node::array();
  for (const SlothSlo& slo : spec.slos) SlothRules(spec, slo, options).append(groups);
  return groups;
}

}  // namespace tollgate::rules
