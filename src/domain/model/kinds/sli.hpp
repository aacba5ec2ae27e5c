// SLI: what is measured. A ratio of good, bad and total events, or a value with a threshold.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

/// One query. `spec` is the source's own form; a text under "query" is what sources here ask.
struct MetricSource {
  std::string metric_source_ref;  // DataSource, may be empty
  std::string type;
  doc::Node spec;
};

struct Metric {
  MetricSource metric_source;
};

enum class RawType { success, failure };

struct RatioMetric {
  std::optional<bool> counter;
  std::optional<Metric> good;
  std::optional<Metric> bad;
  std::optional<Metric> total;
  std::optional<RawType> raw_type;
  std::optional<Metric> raw;  // already a ratio
};

struct Sli {
  std::string name;
  Labels labels;
  std::string description;
  std::optional<Metric> threshold_metric;
  std::optional<RatioMetric> ratio_metric;
};
const KindDef& sli_kind();

/// Checks what the fields of an SLI must be to each other; `path` is where its spec stands.
void validate_sli(const Sli& sli, const std::string& path, ProblemSink& sink);

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::MetricSource> {
  static constexpr std::string_view name = "MetricSource";
  static constexpr std::array fields = {
      field<&model::MetricSource::metric_source_ref>(
          "metricSourceRef", "DataSource to ask.",
          {.size_max = model::kNameSizeMax, .refers_to = "DataSource"}),
      field<&model::MetricSource::type>(
          "type", "Kind of metrics system, if no DataSource is named.", {.size_max = 100}),
      field<&model::MetricSource::spec>("spec", "What to ask, in the form of the source.",
                                        {.is_required = true, .example = "{query: up}"})};
};
template <>
struct Reflect<model::Metric> {
  static constexpr std::string_view name = "Metric";
  static constexpr std::array fields = {field<&model::Metric::metric_source>(
      "metricSource", "Where the figures come from.", {.is_required = true})};
};
template <>
struct EnumNames<model::RawType> {
  static constexpr std::array<std::string_view, 2> names = {"success", "failure"};
};
template <>
struct Reflect<model::RatioMetric> {
  static constexpr std::string_view name = "RatioMetric";
  static constexpr std::array fields = {
      field<&model::RatioMetric::counter>("counter",
                                          "True if the metrics are counters that only grow."),
      field<&model::RatioMetric::good>("good", "Good events."),
      field<&model::RatioMetric::bad>("bad", "Bad events; not beside good."),
      field<&model::RatioMetric::total>("total", "All events."),
      field<&model::RatioMetric::raw_type>("rawType", "Which share raw gives."),
      field<&model::RatioMetric::raw>("raw", "A query that is the ratio already.")};
};
template <>
struct Reflect<model::Sli> {
  static constexpr std::string_view name = "SLI";
  static constexpr std::array fields = {
      field<&model::Sli::description>("description", "What is measured.",
                                      {.size_max = model::kDescriptionSizeMax}),
      field<&model::Sli::threshold_metric>("thresholdMetric",
                                           "A value to compare with the objective's."),
      field<&model::Sli::ratio_metric>("ratioMetric", "A ratio of events.")};
};

}  // namespace tollgate::reflect
