#include "domain/model/kinds/data_source.hpp"

namespace tollgate::model {

const KindDef& data_source_kind() {
  static constexpr KindDef kind = {
      .api_version = "openslo/v1",
      .kind = "DataSource",
      .plural = "datasources",
      .title = "A metrics system that answers queries.",
      .doc =
          "SLIs name it as metricSourceRef. Without any source the SLO is counted in the "
          "program's own cell store.",
      .introduced_in = "0.1",
      .example = R"(apiVersion: openslo/v1
kind: DataSource
metadata:
  name: metrics
spec:
  type: prometheus
  connectionDetails:
    url: http://prometheus.example:9090
)",
      .spec_type = &reflect::type_of<DataSource>,
      .make = &make_spec<DataSource>};
  return kind;
}

}  // namespace tollgate::model
