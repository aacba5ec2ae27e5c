// Conversions move members about and never copy a value without its place.
#include "domain/model/convert.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::model {
namespace {

using doc::Node;

/// Takes the member `key` out of `object`; null if there is none.
Node take(Node& object, std::string_view key) {
  Node::Object& members = object.members();
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const doc::Member& member) { return member.key == key; });
  if (found == members.end()) return {};
  Node value = std::move(found->value);
  members.erase(found);
  return value;
}

void rename(Node& object, std::string_view from, std::string_view to) {
  if (object.find(to) != nullptr) return;
  for (doc::Member& member : object.members()) {
    if (member.key == from) member.key = to;
  }
}

/// An object at the place of `origin`.
Node object_at(const Node& origin) {
  Node object = Node::object();
  object.set_mark(origin.mark());
  return object;
}

Node text_at(const Node& origin, std::string text) {
  Node node(std::move(text));
  node.set_mark(origin.mark());
  return node;
}

std::string_view text_of(const Node& object, std::string_view key) { return object.text_or(key); }

Node* find_object(Node& node, std::string_view key) {
  Node* found = node.find(key);
  return found != nullptr && found->is_object() ? found : nullptr;
}

Node* find_array(Node& node, std::string_view key) {
  Node* found = node.find(key);
  return found != nullptr && found->is_array() ? found : nullptr;
}

/// {metadata: {name}, spec} as an SLI is written inside an SLO.
Node inline_sli(std::string_view name, Node spec) {
  Node sli = object_at(spec);
  Node& metadata = sli.set("metadata", object_at(spec));
  metadata.set("name", text_at(spec, std::string(name)));
  sli.set("spec", std::move(spec));
  return sli;
}

// v1alpha

/// {source, queryType, query} as {metricSource: {type, spec: {query, queryType}}}.
Node metric_from_query(Node query) {
  if (!query.is_object()) return query;
  Node metric = object_at(query);
  Node& source = metric.set("metricSource", object_at(query));
  Node type = take(query, "source");
  if (!type.is_null()) source.set("type", std::move(type));
  source.set("spec", std::move(query));
  return metric;
}

constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
    {"Minute", "m"}, {"Hour", "h"},    {"Day", "d"}, {"Week", "w"},
    {"Month", "M"},  {"Quarter", "Q"}, {"Year", "Y"}};

void convert_window(Node& window, const std::string& path, ProblemSink& sink) {
  if (!window.is_object()) return;
  const Node unit = take(window, "unit");
  const Node count = take(window, "count");
  if (!unit.is_text() || !count.is_integer()) {
    sink.add(codes::missing_field, path, "a time window needs \"unit\" and \"count\"");
    return;
  }
  int64_t number = count.as_integer();
  std::string_view letter;
  for (const auto& [name, shorthand] : kUnits) {
    if (unit.as_text() == name) letter = shorthand;
  }
  if (unit.as_text() == "Second" && number % 60 == 0) {
    number /= 60;
    letter = "m";
  }
  if (letter.empty() || number <= 0) {
    sink.add(codes::bad_value, path,
             fmt::format("a window of {} {} is not one of whole minutes, hours, days, weeks, "
                         "months, quarters or years",
                         number, unit.as_text()));
    return;
  }
  window.set("duration", text_at(count, fmt::format("{}{}", number, letter)));
}

/// Ratio metrics of an objective as the spec of an SLI; null if it has none.
Node take_ratio(Node& objective, const std::string& path, ProblemSink& sink) {
  Node ratio = take(objective, "ratioMetrics");
  if (!ratio.is_object()) return {};
  if (objective.find("value") == nullptr) {
    sink.add(codes::missing_field, path, "openslo/v1alpha needs \"value\" in each objective");
  }
  // Both are required there, and mean nothing for a ratio.
  take(objective, "value");
  take(objective, "op");
  rename(ratio, "incremental", "counter");
  for (const std::string_view part : {"good", "bad", "total"}) {
    Node query = take(ratio, part);
    if (!query.is_null()) ratio.set(part, metric_from_query(std::move(query)));
  }
  Node spec = object_at(ratio);
  spec.set("ratioMetric", std::move(ratio));
  return spec;
}

void convert_v1alpha_slo(Node& spec, std::string_view name, ProblemSink& sink) {
  rename(spec, "timeWindows", "timeWindow");
  if (Node* windows = find_array(spec, "timeWindow")) {
    for (size_t i = 0; i < windows->items().size(); ++i) {
      convert_window(windows->items()[i], fmt::format("/spec/timeWindows/{}", i), sink);
    }
  }
  Node indicator = take(spec, "indicator");
  if (indicator.is_object()) {
    Node query = take(indicator, "thresholdMetric");
    indicator.set("thresholdMetric", metric_from_query(std::move(query)));
    spec.set("indicator", inline_sli(name, std::move(indicator)));
  }
  Node* objectives = find_array(spec, "objectives");
  if (objectives == nullptr) return;
  const bool has_slices = text_of(spec, "budgetingMethod") == "Timeslices";
  const bool is_alone = objectives->items().size() == 1 && spec.find("indicator") == nullptr;
  Node shared;
  for (size_t i = 0; i < objectives->items().size(); ++i) {
    Node& objective = objectives->items()[i];
    if (!objective.is_object()) continue;
    Node ratio = take_ratio(objective, fmt::format("/spec/objectives/{}", i), sink);
    if (has_slices) objective.set("timeSliceWindow", text_at(objective, "1m"));
    if (ratio.is_null()) continue;
    if (is_alone) {
      shared = inline_sli(name, std::move(ratio));
    } else {
      objective.set("indicator", inline_sli(name, std::move(ratio)));
    }
  }
  if (!shared.is_null()) spec.set("indicator", std::move(shared));
}

// v2alpha

/// {dataSourceRef or dataSourceSpec, spec} as {metricSource: {metricSourceRef, type, spec}}.
void convert_metric(Node& parent, std::string_view key, const std::string& path,
                    ProblemSink& sink) {
  Node* metric = find_object(parent, key);
  if (metric == nullptr) return;
  Node source = object_at(*metric);
  Node reference = take(*metric, "dataSourceRef");
  if (!reference.is_null()) source.set("metricSourceRef", std::move(reference));
  Node inline_source = take(*metric, "dataSourceSpec");
  if (inline_source.is_object()) {
    if (inline_source.find("connectionDetails") != nullptr) {
      sink.add(codes::field_conflict, fmt::format("{}/{}", path, key),
               "connection details are read from a DataSource only; define one and name it as "
               "\"dataSourceRef\"");
    }
    source.set("type", take(inline_source, "type"));
  }
  Node spec = take(*metric, "spec");
  if (!spec.is_null()) source.set("spec", std::move(spec));
  metric->set("metricSource", std::move(source));
}

void convert_sli_metrics(Node& spec, const std::string& path, ProblemSink& sink) {
  convert_metric(spec, "thresholdMetric", path, sink);
  Node* ratio = find_object(spec, "ratioMetric");
  if (ratio == nullptr) return;
  for (const std::string_view part : {"good", "bad", "total", "raw"}) {
    convert_metric(*ratio, part, path + "/ratioMetric", sink);
  }
}

/// sli, sliRef of an SLO or an objective as indicator, indicatorRef.
void convert_indicator(Node& owner, const std::string& path, ProblemSink& sink) {
  rename(owner, "sli", "indicator");
  rename(owner, "sliRef", "indicatorRef");
  Node* indicator = find_object(owner, "indicator");
  Node* spec = indicator == nullptr ? nullptr : find_object(*indicator, "spec");
  if (spec != nullptr) convert_sli_metrics(*spec, path + "/sli/spec", sink);
}

template <class Change>
void for_each_label(Node& metadata, Change change) {
  Node* labels = metadata.is_object() ? find_object(metadata, "labels") : nullptr;
  if (labels == nullptr) return;
  for (doc::Member& label : labels->members()) change(label.value);
}

}  // namespace

void widen_labels(Node& metadata) {
  for_each_label(metadata, [](Node& value) {
    if (value.is_array() || value.is_object() || (value.is_null() && value.raw().empty())) return;
    Node list = Node::array();
    list.set_mark(value.mark());
    list.push(std::move(value));
    value = std::move(list);
  });
}

void narrow_labels(Node& metadata) {
  for_each_label(metadata, [](Node& value) {
    if (value.items().size() != 1) return;
    Node only = std::move(value.items().front());
    value = std::move(only);
  });
}

Node convert_v1alpha(Node node, ProblemSink& sink) {
  Node* spec = find_object(node, "spec");
  if (spec == nullptr || text_of(node, "kind") != "SLO") return node;
  const Node* metadata = find_object(node, "metadata");
  const std::string name(metadata == nullptr ? "" : text_of(*metadata, "name"));
  convert_v1alpha_slo(*spec, name, sink);
  return node;
}

Node convert_v2alpha(Node node, ProblemSink& sink) {
  Node* spec = find_object(node, "spec");
  if (spec == nullptr) return node;
  if (text_of(node, "kind") == "SLI") {
    convert_sli_metrics(*spec, "/spec", sink);
  } else if (text_of(node, "kind") == "SLO") {
    rename(*spec, "serviceRef", "service");
    convert_indicator(*spec, "/spec", sink);
    if (Node* objectives = find_array(*spec, "objectives")) {
      for (size_t i = 0; i < objectives->items().size(); ++i) {
        Node& objective = objectives->items()[i];
        if (objective.is_object()) {
          convert_indicator(objective, fmt::format("/spec/objectives/{}", i), sink);
        }
      }
    }
  }
  return node;
}

Node convert_v1(Node node) {
  Node* spec = find_object(node, "spec");
  Node* objectives = spec == nullptr ? nullptr : find_array(*spec, "objectives");
  if (objectives == nullptr || text_of(node, "kind") != "SLO") return node;
  for (Node& objective : objectives->items()) {
    Node* window = objective.is_object() ? objective.find("timeSliceWindow") : nullptr;
    // A bare number counts minutes.
    if (window != nullptr && window->is_integer()) {
      *window = text_at(*window, fmt::format("{}m", window->as_integer()));
    }
  }
  return node;
}

}  // namespace tollgate::model
