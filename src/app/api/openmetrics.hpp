// The OpenMetrics text format, as far as /metrics needs it.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace tollgate::api::openmetrics {

/// A text as the value of a label.
inline std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out += "\\n";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

/// The head of a family; its samples follow without anything between them.
inline void family(std::string& out, std::string_view name, std::string_view type,
                   std::string_view help) {
  out += fmt::format("# TYPE {0} {1}\n# HELP {0} {2}\n", name, type, help);
}

}  // namespace tollgate::api::openmetrics
