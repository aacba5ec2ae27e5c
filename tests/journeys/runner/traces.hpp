// OTLP requests with traces for journeys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::journeys {

/// So many traces that ended at one moment, each with one span that may call another.
struct Traces {
  std::string_view service;
  std::string_view version;
  std::string_view operation;
  std::string_view called;  // operation that each calls; empty: none
  std::string_view state;   // tracestate
  int64_t count = 0;
  int64_t errors = 0;  // the first ones
  int64_t own_ms = 0;
  int64_t called_ms = 0;
  int64_t end_ms = 0;
  int64_t first_trace = 1;  // number of the first trace
};
std::string otlp_traces(const Traces& traces);

}  // namespace tollgate::journeys
