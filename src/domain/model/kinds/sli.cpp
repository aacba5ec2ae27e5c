// Source of the rules: OpenSLO v1 and the validation of its Go SDK.
#include "domain/model/kinds/sli.hpp"

#include "foundation/base/codes.hpp"

namespace tollgate::model {
namespace {

void validate_metric(const std::optional<Metric>& metric, const std::string& path,
                     ProblemSink& sink) {
  if (!metric) return;
  const doc::Node& spec = metric->metric_source.spec;
  if (!spec.is_object() || spec.members().empty()) {
    sink.add(codes::missing_field, path + "/metricSource/spec",
             "\"spec\" of a metric must name at least one parameter, such as query; for all lines "
             "of a log write "
             "select: {}");
  }
}

void validate_ratio(const RatioMetric& ratio, const std::string& path, ProblemSink& sink) {
  validate_metric(ratio.good, path + "/good", sink);
  validate_metric(ratio.bad, path + "/bad", sink);
  validate_metric(ratio.total, path + "/total", sink);
  validate_metric(ratio.raw, path + "/raw", sink);
  if (ratio.total.has_value() == ratio.raw.has_value()) {
    sink.add(codes::field_conflict, path, "a ratio has exactly one of \"total\" and \"raw\"");
    return;
  }
  const int parts = ratio.good.has_value() + ratio.bad.has_value() + ratio.raw.has_value();
  if (parts > 1) {
    sink.add(codes::field_conflict, path,
             "a ratio has at most one of \"good\", \"bad\" and \"raw\"");
  } else if (parts == 0) {
    sink.add(codes::missing_field, path, "beside \"total\" either \"good\" or \"bad\" is needed");
  }
  if (ratio.raw && !ratio.raw_type) {
    sink.add(codes::missing_field, path, "beside \"raw\" the field \"rawType\" is needed");
  }
}

void validate(const void* spec, ProblemSink& sink) {
  validate_sli(*static_cast<const Sli*>(spec), "/spec", sink);
}

}  // namespace

void validate_sli(const Sli& sli, const std::string& path, ProblemSink& sink) {
  if (sli.threshold_metric.has_value() == sli.ratio_metric.has_value()) {
    sink.add(codes::field_conflict, path,
             "an SLI has exactly one of \"thresholdMetric\" and \"ratioMetric\"");
    return;
  }
  if (sli.ratio_metric) {
    validate_ratio(*sli.ratio_metric, path + "/ratioMetric", sink);
  } else {
    validate_metric(sli.threshold_metric, path + "/thresholdMetric", sink);
  }
}

const KindDef& sli_kind() {
  static constexpr KindDef kind = {
      .api_version = "openslo/v1",
      .kind = "SLI",
      .plural = "slis",
      .title = "What is measured: a ratio of events, or a value.",
      .doc = "Named by SLOs as indicatorRef; an SLO may also write its SLI itself.",
      .introduced_in = "0.1",
      .example = R"(apiVersion: openslo/v1
kind: SLI
metadata:
  name: checkout-success
spec:
  ratioMetric:
    counter: true
    good:
      metricSource:
        type: prometheus
        spec:
          query: sum(increase(http_requests_total{job="checkout",code!~"5.."}[{{.window}}]))
    total:
      metricSource:
        type: prometheus
        spec:
          query: sum(increase(http_requests_total{job="checkout"}[{{.window}}]))
)",
      .spec_type = &reflect::type_of<Sli>,
      .make = &make_spec<Sli>,
      .validate = &validate};
  return kind;
}

}  // namespace tollgate::model
