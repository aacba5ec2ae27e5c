// DataSource: a metrics system that answers queries.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

struct DataSource {
  std::string name;
  Labels labels;
  std::string description;
  std::string type;  // "prometheus", "datadog", ...
  doc::Node connection_details;
};
const KindDef& data_source_kind();

}  // namespace tollgate::model

template <>
struct tollgate::reflect::Reflect<tollgate::model::DataSource> {
  static constexpr std::string_view name = "DataSource";
  static constexpr std::array fields = {
      field<&model::DataSource::description>("description", "What the source holds.",
                                             {.size_max = model::kDescriptionSizeMax}),
      field<&model::DataSource::type>(
          "type", "Kind of metrics system.",
          {.is_required = true, .size_max = 100, .example = "prometheus"}),
      field<&model::DataSource::connection_details>(
          "connectionDetails", "How to reach it; secrets as env: or file: references.",
          {.is_required = true})};
};
