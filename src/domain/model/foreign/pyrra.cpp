#include "domain/model/foreign/pyrra.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

namespace tollgate::model {
namespace {

using doc::Node;

constexpr std::string_view kApiVersion = "pyrra.dev/v1alpha1";
constexpr std::string_view kServiceLabel = "pyrra.dev/service";

std::string rate(std::string_view metric) {
  return fmt::format("sum(rate({}[{{{{.window}}}}]))", metric);
}

const Node* part(const Node* node, std::string_view key) {
  const Node* found = node == nullptr ? nullptr : node->find(key);
  return found != nullptr && found->is_object() ? found : nullptr;
}

/// The metric under `key`; a problem if there is none.
std::string metric_of(const Node& indicator, std::string_view key, const std::string& path,
                      ProblemSink& errors) {
  const Node* holder = part(&indicator, key);
  std::string metric(holder == nullptr ? "" : holder->text_or("metric"));
  if (metric.empty())
    errors.add(codes::missing_field, fmt::format("{}/{}", path, key), "\"metric\" is needed");
  return metric;
}

void note_grouping(const Node& indicator, const std::string& path, ProblemSink& warnings) {
  const Node* grouping = indicator.find("grouping");
  if (grouping == nullptr || !grouping->is_array() || grouping->items().empty()) return;
  warnings.add(codes::bad_value, path + "/grouping",
               "an SLO has one budget here: the groups are summed");
}

ForeignSli sli_of(const Node& indicator, ProblemSink& errors, ProblemSink& warnings) {
  ForeignSli sli;
  const std::string path = "/spec/indicator";
  if (const Node* ratio = part(&indicator, "ratio")) {
    sli.bad = rate(metric_of(*ratio, "errors", path + "/ratio", errors));
    sli.total = rate(metric_of(*ratio, "total", path + "/ratio", errors));
    note_grouping(*ratio, path + "/ratio", warnings);
  } else if (const Node* latency = part(&indicator, "latency")) {
    sli.good = rate(metric_of(*latency, "success", path + "/latency", errors));
    sli.total = rate(metric_of(*latency, "total", path + "/latency", errors));
    note_grouping(*latency, path + "/latency", warnings);
  } else if (const Node* native = part(&indicator, "latencyNative")) {
    const std::string metric = metric_of(*native, "total", path + "/latencyNative", errors);
    const Result<Duration> limit = parse_duration(native->text_or("latency"));
    if (!limit) {
      errors.add(codes::bad_duration, path + "/latencyNative/latency", limit.error().message);
      return sli;
    }
    const double limit_s = static_cast<double>(limit->ms) / 1000;
    sli.ratio = fmt::format("histogram_fraction(0, {}, {})", limit_s, rate(metric));
    sli.total = fmt::format("histogram_count({})", rate(metric));
    note_grouping(*native, path + "/latencyNative", warnings);
  } else if (const Node* gauge = part(&indicator, "bool_gauge")) {
    const std::string metric(gauge->text_or("metric"));
    if (metric.empty())
      errors.add(codes::missing_field, path + "/bool_gauge", "\"metric\" is needed");
    sli.good = fmt::format("sum(sum_over_time({}[{{{{.window}}}}]))", metric);
    sli.total = fmt::format("sum(count_over_time({}[{{{{.window}}}}]))", metric);
    note_grouping(*gauge, path + "/bool_gauge", warnings);
  } else {
    errors.add(codes::missing_field, path,
               "one of ratio, latency, latencyNative and bool_gauge is needed");
  }
  return sli;
}

std::vector<ForeignAlert> alerts_of(const Node& spec) {
  const Node* alerting = part(&spec, "alerting");
  const auto is_wanted = [alerting](std::string_view key) {
    return alerting == nullptr || alerting->boolean_or(key, true);
  };
  const bool on_burn = is_wanted("burnrates");
  const bool on_silence = is_wanted("absent");
  std::vector<ForeignAlert> alerts;
  if (on_burn || on_silence) {
    alerts.push_back({.severity = "critical",
                      .rules = "pyrra",
                      .threshold = 14,
                      .window = "1h",
                      .on_burn = on_burn,
                      .on_silence = on_silence});
  }
  if (on_burn)
    alerts.push_back({.severity = "ticket", .rules = "pyrra", .threshold = 2, .window = "1d"});
  return alerts;
}

}  // namespace

bool is_pyrra(const Node& node) { return node.text_or("apiVersion") == kApiVersion; }

std::optional<ForeignSlo> read_pyrra(const Node& node, ProblemSink& errors, ProblemSink& warnings) {
  const Node* metadata = part(&node, "metadata");
  const Node* spec = part(&node, "spec");
  if (node.text_or("kind") != "ServiceLevelObjective") {
    errors.add(codes::unknown_kind, "/kind",
               "pyrra.dev/v1alpha1 has the kind ServiceLevelObjective");
    return std::nullopt;
  }
  if (metadata == nullptr || spec == nullptr) {
    errors.add(codes::missing_field, "", "metadata and spec are needed");
    return std::nullopt;
  }
  ForeignSlo slo{.tool = "pyrra", .mark = node.mark()};
  slo.name = metadata->text_or("name");
  if (slo.name.empty()) errors.add(codes::missing_field, "/metadata/name", "\"name\" is needed");
  const Node* labels = part(metadata, "labels");
  if (labels != nullptr) slo.service = labels->text_or(kServiceLabel);
  if (slo.service.empty()) slo.service = metadata->text_or("namespace");
  if (slo.service.empty()) slo.service = slo.name;
  slo.description = spec->text_or("description");
  slo.window = spec->text_or("window");
  if (slo.window.empty()) errors.add(codes::missing_field, "/spec/window", "\"window\" is needed");
  const Node* target = spec->find("target");
  const Result<double> percent =
      target == nullptr ? Result<double>(0.0)
                        : parse_number(target->is_text() ? target->as_text() : target->raw());
  slo.percent = percent.value_or(0);
  if (slo.percent <= 0 || slo.percent >= 100)
    errors.add(codes::bad_value, "/spec/target", "a target is above 0 and below 100 percent");
  const Node* indicator = part(spec, "indicator");
  const Node none = Node::object();
  slo.sli = sli_of(indicator == nullptr ? none : *indicator, errors, warnings);
  slo.alerts = alerts_of(*spec);
  return slo;
}

}  // namespace tollgate::model
