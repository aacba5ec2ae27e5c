#include "edge/otlp/metric_series.hpp"

#include "edge/intake/proto_reader.hpp"
#include "edge/otlp/wire.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tollgate::otlp {
namespace {

using intake::Batch;
using intake::Label;
using intake::ProtoReader;

template <class T>
T restore(const char* bytes) {
  T value{};
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

bool has_label(const Batch& batch, size_t first, std::string_view name) {
  return std::any_of(batch.labels.begin() + static_cast<std::ptrdiff_t>(first), batch.labels.end(),
                     [&](const Label& label) { return label.name == name; });
}

void add_label(Batch& batch, size_t first, std::string_view name, std::string_view value) {
  if (value.empty() || has_label(batch, first, name)) return;
  batch.labels.push_back({batch.arena.keep(name), value});
}

/// The attributes in `message` under their names in the manner of Prometheus.
Result<void> add_attributes(Batch& batch, size_t first, std::string_view message, uint32_t field) {
  ProtoReader reader(message);
  while (reader.next()) {
    if (!reader.is(field, ProtoReader::bytes)) continue;
    TOLLGATE_TRY(const Label label, read_attribute(reader.text(), batch));
    add_label(batch, first, label_name(label.name), label.value);
  }
  if (!reader.is_ok()) return malformed("attributes");
  return {};
}

Result<void> add_resource(Batch& batch, size_t first, std::string_view message) {
  std::string_view service, space, instance;
  ProtoReader reader(message);
  while (reader.next()) {
    if (!reader.is(wire::resource::kAttributes, ProtoReader::bytes)) continue;
    TOLLGATE_TRY(const Label label, read_attribute(reader.text(), batch));
    if (label.name == "service.name") service = label.value;
    if (label.name == "service.namespace") space = label.value;
    if (label.name == "service.instance.id") instance = label.value;
  }
  if (!service.empty()) {
    const std::string job =
        space.empty() ? std::string(service) : fmt::format("{}/{}", space, service);
    add_label(batch, first, "job", batch.arena.keep(job));
  }
  add_label(batch, first, "instance", instance);
  return add_attributes(batch, first, message, wire::resource::kAttributes);
}

Result<void> add_scope(Batch& batch, size_t first, std::string_view message) {
  ProtoReader reader(message);
  while (reader.next()) {
    if (reader.is(wire::scope::kName, ProtoReader::bytes))
      add_label(batch, first, "otel_scope_name", reader.text());
    if (reader.is(wire::scope::kVersion, ProtoReader::bytes))
      add_label(batch, first, "otel_scope_version", reader.text());
  }
  if (!reader.is_ok()) return malformed("a scope");
  return {};
}

std::string bound_text(double bound) {
  if (std::isinf(bound)) return bound > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", bound);
}

}  // namespace

Result<void> read_series_labels(std::string_view raw, Batch& batch) {
  const auto series = restore<RawSeries>(raw.data());
  const auto metric = restore<RawMetric>(series.metric);
  const size_t first = batch.labels.size();
  std::string name = metric_name(metric.name, metric.unit, metric.form);
  if (series.suffix == Suffix::bucket) name += "_bucket";
  if (series.suffix == Suffix::count) name += "_count";
  batch.labels.push_back({intake::kNameLabel, batch.arena.keep(name)});
  if (series.suffix == Suffix::bucket) {
    std::string bound = bound_text(series.bound);
    if (bound.ends_with(".0")) bound.resize(bound.size() - 2);
    add_label(batch, first, "le", batch.arena.keep(bound));
  }
  TOLLGATE_CHECK(add_attributes(batch, first, series.point, series.attributes));
  TOLLGATE_CHECK(add_resource(batch, first, metric.resource));
  TOLLGATE_CHECK(add_scope(batch, first, metric.scope));
  if (batch.labels.size() - first > intake::kLabelsMax) {
    return fail(codes::too_large, "the series {} has more than {} labels", name,
                intake::kLabelsMax);
  }
  size_t bytes = 0;
  for (size_t i = first; i < batch.labels.size(); ++i)
    bytes += batch.labels[i].name.size() + batch.labels[i].value.size();
  if (bytes > intake::kLabelBytesMax) {
    return fail(codes::too_large, "the labels of the series {} take {} bytes; at most {} are taken",
                name, bytes, intake::kLabelBytesMax);
  }
  return {};
}

}  // namespace tollgate::otlp
