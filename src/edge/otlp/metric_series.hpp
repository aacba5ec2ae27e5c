// The series that points of OTLP metrics belong to: their labels stay raw in the batch until their
// key turns out to be unknown. Only the reader of metrics uses it.
#pragma once

#include "edge/intake/batch.hpp"
#include "edge/otlp/attributes.hpp"

#include <string_view>

namespace tollgate::otlp {

enum class Suffix : uint8_t { none, bucket, count };

/// The views that the labels of a series are made from; they live as long as the body.
struct RawMetric {
  std::string_view resource;
  std::string_view scope;
  std::string_view name;
  std::string_view unit;
  MetricForm form = MetricForm::other;
};
/// What Batch::raw_labels points to.
struct RawSeries {
  const char* metric = nullptr;  // a RawMetric in the arena
  std::string_view point;
  uint32_t attributes = 0;  // number of the field
  Suffix suffix = Suffix::none;
  double bound = 0;
};

/// The bytes of a value in the batch's arena.
template <class T>
const char* keep(intake::Batch& batch, const T& value) {
  return batch.arena.keep({reinterpret_cast<const char*>(&value), sizeof(T)}).data();
}

/// Batch::read_labels of bytes that hold a RawSeries.
Result<void> read_series_labels(std::string_view raw, intake::Batch& batch);

}  // namespace tollgate::otlp
