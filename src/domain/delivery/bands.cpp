#include "domain/delivery/bands.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/base/time.hpp"
#include "foundation/doc/yaml.hpp"

#include <algorithm>
#include <array>

namespace tollgate::delivery {
namespace {

using doc::Node;

constexpr std::array kMetrics = {Metric::gap, Metric::lead_time, Metric::restore,
                                 Metric::change_failure_rate};

/// A span as seconds; a share as it stands.
double value_of(const Node& node) {
  if (node.is_number()) return node.as_number();
  const Result<Duration> span = parse_duration(node.as_text());
  ASSERT(span.has_value());
  return static_cast<double>(span->ms) / 1000;
}

/// The file is part of the program, and a test reads it: what is wrong in it is a programmer's
/// error.
std::vector<Band> read_bands() {
  const auto documents = doc::parse_yaml(clusters_text(), "share/benchmarks/dora_clusters.yaml");
  ASSERT(documents.has_value());
  std::vector<Band> bands;
  for (const Node& year : documents->front().find("years")->items()) {
    for (const Node& cluster : year.find("clusters")->items()) {
      for (const Metric metric : kMetrics) {
        const Node* cell = cluster.find(metric_name(metric));
        if (cell == nullptr) continue;
        bands.push_back({.year = year.integer_or("year", 0),
                         .cluster = std::string(cluster.text_or("name")),
                         .metric = metric,
                         .low = value_of(*cell->find("low")),
                         .high = value_of(*cell->find("high")),
                         .label = std::string(cell->text_or("label")),
                         .share_percent = cluster.integer_or("share", 0),
                         .source = std::string(year.text_or("source"))});
      }
    }
  }
  return bands;
}

/// 0 inside the band and at its ends.
double distance(const Band& band, double value) {
  return std::max({0.0, band.low - value, value - band.high});
}

/// The one nearest band; null if there is none, or two are as near.
const Band* nearest(Metric metric, int64_t year, double value) {
  const Band* best = nullptr;
  bool is_shared = false;
  for (const Band& band : all_bands()) {
    if (band.metric != metric || band.year != year) continue;
    const bool is_nearer = best == nullptr || distance(band, value) < distance(*best, value);
    is_shared = !is_nearer && (is_shared || distance(band, value) == distance(*best, value));
    if (is_nearer) best = &band;
  }
  return is_shared ? nullptr : best;
}

}  // namespace

std::string_view metric_name(Metric metric) {
  switch (metric) {
    case Metric::gap:
      return "deployment_frequency";
    case Metric::lead_time:
      return "lead_time";
    case Metric::restore:
      return "restore";
    case Metric::change_failure_rate:
      return "change_failure_rate";
  }
  return "";
}

std::span<const Band> all_bands() {
  static const std::vector<Band> bands = read_bands();
  return bands;
}

const Band* find_band(Metric metric, int64_t year, std::string_view cluster) {
  for (const Band& band : all_bands()) {
    if (band.metric == metric && band.year == year && band.cluster == cluster) return &band;
  }
  return nullptr;
}

std::optional<std::string_view> nearest_cluster(Metric metric, int64_t year, double value,
                                                const stats::Interval& interval) {
  const Band* const best = nearest(metric, year, value);
  const bool is_sure = best != nullptr && best == nearest(metric, year, interval.low) &&
                       best == nearest(metric, year, interval.high);
  return is_sure ? std::optional<std::string_view>(best->cluster) : std::nullopt;
}

}  // namespace tollgate::delivery
