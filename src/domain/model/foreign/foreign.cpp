#include "domain/model/foreign/foreign.hpp"

#include "domain/model/foreign/pyrra.hpp"
#include "domain/model/foreign/sloth.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::model {
namespace {

using doc::Node;

constexpr std::string_view kRules = "tollgate.dev/rules";
constexpr std::string_view kSourceLabel = "written-as";
constexpr size_t kLabelSizeMax = 63;
constexpr size_t kDescriptionMax = 1000;

/// Puts `mark` on a value and all below, so that problems of the conversion have a place.
void set_marks(Node& node, Mark mark) {
  node.set_mark(mark);
  if (node.is_array()) {
    for (Node& item : node.items()) set_marks(item, mark);
  } else if (node.is_object()) {
    for (doc::Member& member : node.members()) {
      member.key_mark = mark;
      set_marks(member.value, mark);
    }
  }
}

Node metric(const std::string& query, const Surroundings& around) {
  Node source = Node::object({{"type", "prometheus"}});
  if (!around.data_source.empty()) source.set("metricSourceRef", around.data_source);
  source.set("spec", Node::object({{"query", query}}));
  return Node::object({{"metricSource", std::move(source)}});
}

Node ratio_of(const ForeignSli& sli, const Surroundings& around) {
  Node ratio = Node::object();
  if (!sli.ratio.empty()) {
    Node raw = metric(sli.ratio, around);
    if (!sli.total.empty()) raw.find("metricSource")->find("spec")->set("total", sli.total);
    ratio.set("rawType", sli.is_failure ? "failure" : "success");
    ratio.set("raw", std::move(raw));
    return ratio;
  }
  ratio.set("counter", true);
  if (!sli.bad.empty()) ratio.set("bad", metric(sli.bad, around));
  if (!sli.good.empty()) ratio.set("good", metric(sli.good, around));
  ratio.set("total", metric(sli.total, around));
  return ratio;
}

/// A policy that raises by `rules`, told to the target named like its severity if there is one.
Node alert_policy(const ForeignAlert& alert, const ForeignSlo& slo, const Surroundings& around) {
  Node condition = Node::object({{"severity", alert.severity}});
  condition.set("condition", Node::object({{"kind", "burnrate"},
                                           {"op", "gt"},
                                           {"threshold", alert.threshold},
                                           {"lookbackWindow", alert.window}}));
  Node conditions = Node::array();
  conditions.push(Node::object({{"kind", "AlertCondition"},
                                {"metadata", Node::object({{"name", alert.severity}})},
                                {"spec", std::move(condition)}}));
  Node targets = Node::array();
  if (around.targets.contains(alert.severity)) {
    targets.push(Node::object({{"targetRef", alert.severity}}));
  } else {
    targets.push(Node::object({{"kind", "AlertNotificationTarget"},
                               {"metadata", Node::object({{"name", alert.severity}})},
                               {"spec", Node::object({{"target", "none"},
                                                      {"description",
                                                       "Name a target like the severity, "
                                                       "and it is told."}})}}));
  }
  Node annotations = Node::object({{kRules, alert.rules}});
  const std::string name = label_name(slo.name + "-" + alert.severity);
  return Node::object(
      {{"kind", "AlertPolicy"},
       {"metadata", Node::object({{"name", name}, {"annotations", std::move(annotations)}})},
       {"spec", Node::object({{"alertWhenBreaching", alert.on_burn},
                              {"alertWhenNoData", alert.on_silence},
                              {"alertWhenResolved", true},
                              {"conditions", std::move(conditions)},
                              {"notificationTargets", std::move(targets)}})}});
}

Node slo_node(const ForeignSlo& slo, const Surroundings& around) {
  Node labels = Node::object({{kSourceLabel, slo.tool}});
  Node metadata = Node::object({{"name", label_name(slo.name)}, {"labels", std::move(labels)}});
  if (label_name(slo.name) != slo.name && slo.name.size() <= kLabelSizeMax)
    metadata.set("displayName", slo.name);
  Node objective = Node::object({{"targetPercent", slo.percent}});
  Node objectives = Node::array();
  objectives.push(std::move(objective));
  Node windows = Node::array();
  windows.push(Node::object({{"duration", slo.window}, {"isRolling", true}}));
  Node spec = Node::object({{"service", label_name(slo.service)},
                            {"budgetingMethod", "Occurrences"},
                            {"timeWindow", std::move(windows)},
                            {"objectives", std::move(objectives)}});
  if (!slo.description.empty()) spec.set("description", slo.description.substr(0, kDescriptionMax));
  spec.set("indicator",
           Node::object({{"metadata", Node::object({{"name", label_name(slo.name)}})},
                         {"spec", Node::object({{"ratioMetric", ratio_of(slo.sli, around)}})}}));
  Node policies = Node::array();
  for (const ForeignAlert& alert : slo.alerts) policies.push(alert_policy(alert, slo, around));
  if (!policies.items().empty()) spec.set("alertPolicies", std::move(policies));
  return Node::object({{"apiVersion", "openslo/v1"},
                       {"kind", "SLO"},
                       {"metadata", std::move(metadata)},
                       {"spec", std::move(spec)}});
}

Node service_node(std::string_view name, std::string_view tool) {
  return Node::object(
      {{"apiVersion", "openslo/v1"},
       {"kind", "Service"},
       {"metadata", Node::object({{"name", name}})},
       {"spec", Node::object({{"description", fmt::format("Named by a file of {}.", tool)}})}});
}

std::vector<ForeignSlo> from_sloth(const SlothSpec& spec, ProblemSink& errors) {
  std::vector<ForeignSlo> slos;
  for (const SlothSlo& slo : spec.slos) {
    if (slo.objective >= 100)
      errors.add(codes::bad_value, "",
                 fmt::format("SLO {}: an objective of 100 leaves no budget to judge by", slo.name));
    ForeignSlo found{.tool = "sloth",
                     .service = spec.service,
                     .name = slo.name,
                     .description = slo.description,
                     .percent = slo.objective,
                     .window = "30d",
                     .mark = slo.mark};
    found.sli = {.bad = slo.error_query,
                 .total = slo.total_query,
                 .ratio = slo.error_ratio_query,
                 .is_failure = true};
    if (!slo.page.is_off) {
      found.alerts.push_back(
          {.severity = "page", .rules = "default", .threshold = 14.4, .window = "1h"});
    }
    if (!slo.ticket.is_off) {
      found.alerts.push_back(
          {.severity = "ticket", .rules = "default", .threshold = 3, .window = "1d"});
    }
    slos.push_back(std::move(found));
  }
  return slos;
}

}  // namespace

std::string label_name(std::string_view name) {
  std::string label;
  for (const char c : lower_case(name)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    label += is_plain ? c : '-';
  }
  label = label.substr(0, kLabelSizeMax);
  const size_t first = label.find_first_not_of('-');
  const size_t last = label.find_last_not_of('-');
  return first == std::string::npos ? std::string() : label.substr(first, last - first + 1);
}

bool is_foreign(const Node& node) {
  return is_sloth(node) || is_sloth_windows(node) || is_pyrra(node);
}

std::vector<Node> convert_foreign(const Node& node, Surroundings& around, ProblemSink& errors,
                                  ProblemSink& warnings) {
  std::vector<Node> resources;
  if (is_sloth_windows(node)) {
    warnings.add(codes::unknown_kind, "/kind",
                 "alert windows are for `tollgate slo rules --windows`; policies name a rule set");
    return resources;
  }
  std::vector<ForeignSlo> slos;
  if (is_sloth(node)) {
    slos = from_sloth(read_sloth(node, errors, warnings), errors);
  } else if (auto slo = read_pyrra(node, errors, warnings)) {
    slos.push_back(std::move(*slo));
  }
  for (const ForeignSlo& slo : slos) {
    const std::string service = label_name(slo.service);
    if (!service.empty() && around.services.insert(service).second) {
      resources.push_back(service_node(service, slo.tool));
      set_marks(resources.back(), slo.mark);
    }
    resources.push_back(slo_node(slo, around));
    set_marks(resources.back(), slo.mark);
  }
  return resources;
}

}  // namespace tollgate::model
