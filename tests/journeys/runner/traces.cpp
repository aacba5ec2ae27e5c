#include "runner/traces.hpp"

#include <fmt/format.h>

namespace tollgate::journeys {

std::string otlp_traces(const Traces& traces) {
  std::string list;
  for (int64_t i = 0; i < traces.count; ++i) {
    const int64_t took = traces.own_ms + traces.called_ms + i % 7;  // no two alike
    const int64_t start = traces.end_ms - took;
    const std::string trace = fmt::format("{:032x}", traces.first_trace + i);
    const auto add = [&](int64_t id, int64_t parent, std::string_view name, int64_t to) {
      list += fmt::format(
          R"({}{{"traceId":"{}","spanId":"{:016x}","parentSpanId":"{}","name":"{}","kind":{},)"
          R"("traceState":"{}","startTimeUnixNano":"{}","endTimeUnixNano":"{}",)"
          R"("status":{{"code":{}}}}})",
          list.empty() ? "" : ",", trace, id, parent == 0 ? "" : fmt::format("{:016x}", parent),
          name, parent == 0 ? 2 : 3, traces.state, start * 1'000'000, to * 1'000'000,
          i < traces.errors ? 2 : 0);
    };
    add(1, 0, traces.operation, traces.end_ms);
    if (!traces.called.empty()) add(2, 1, traces.called, start + traces.called_ms);
  }
  return fmt::format(
      R"({{"resourceSpans":[{{"resource":{{"attributes":[)"
      R"({{"key":"service.name","value":{{"stringValue":"{}"}}}},)"
      R"({{"key":"service.version","value":{{"stringValue":"{}"}}}},)"
      R"({{"key":"deployment.environment.name","value":{{"stringValue":"production"}}}}]}},)"
      R"("scopeSpans":[{{"spans":[{}]}}]}}]}})",
      traces.service, traces.version, list);
}

}  // namespace tollgate::journeys
