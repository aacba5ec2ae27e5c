// Small parts that both styles of rules are made of. Internal to this folder.
#pragma once

#include "domain/rules/rules.hpp"

namespace tollgate::rules {

/// As Prometheus writes durations, the largest unit that divides: 4w, 30d, 6h, 5m, 90s. Source:
/// prometheus/common, model.Duration.
std::string promql_duration(Duration duration);
/// As Go prints a float64 (%v): the shortest digits that read back, an exponent below 1e-4 and from
/// 1e21 on.
std::string go_number(double value);

/// Labels that came later win.
model::TextMap merged(std::initializer_list<const model::TextMap*> maps);
doc::Node map_node(const model::TextMap& map);
/// {a="x", b="y"}, sorted.
std::string selector(const model::TextMap& labels);

/// {record, expr, labels}.
doc::Node recording(std::string_view record, std::string expr, const model::TextMap& labels);
/// {name, rules}.
doc::Node group(std::string name, doc::Node rules);

/// All windows of the pairs, each once, shortest first.
std::vector<Duration> alert_durations(const AlertWindows& windows);

}  // namespace tollgate::rules
