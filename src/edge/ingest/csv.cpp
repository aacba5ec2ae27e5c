#include "edge/ingest/csv.hpp"

#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::ingest {

bool split_csv(std::string_view line, std::vector<std::string>& cells) {
  cells.clear();
  size_t at = 0;
  while (cells.size() < kColumnsMax) {
    std::string& cell = cells.emplace_back();
    if (at < line.size() && line[at] == '"') {
      for (++at;; ++at) {
        if (at >= line.size()) return false;
        if (line[at] == '"' && (++at >= line.size() || line[at] != '"')) break;
        cell += line[at];
      }
      if (at < line.size() && line[at] != ',') return false;
    } else {
      const size_t comma = std::min(line.find(',', at), line.size());
      cell = trim(line.substr(at, comma - at));
      at = comma;
    }
    if (at >= line.size()) return true;
    ++at;
  }
  return false;
}

}  // namespace tollgate::ingest
