// Spans of two releases of the demo world's checkout, the newer of which asks its database longer.
// Pure.
#pragma once

#include "foundation/base/time.hpp"

#include <string>
#include <string_view>

namespace tollgate::demo {

/// Traces of one release, spread over the ten minutes before `end`.
struct TraceFact {
  std::string_view version;
  Time end;
  double query_ms = 0;  // of its slowest operation, median
};

/// The service that they are visits of.
inline constexpr std::string_view kTracedService = "checkout";
inline constexpr int kTracesOfRelease = 300;

/// An OTLP request of traces as JSON.
std::string trace_export(const TraceFact& fact);

}  // namespace tollgate::demo
