// Expands one pattern a line of standard input, for the comparison with an independent oracle:
// RULE|START|ZONE|COUNT|FROM (epoch ms or empty)|EXCEPT,...|ALSO,...  One line of moments each, in
// epoch seconds, or "error: ...".
#include "domain/calendar/pattern.hpp"
#include "edge/zones/zones.hpp"
#include "foundation/base/text.hpp"

#include <iostream>
#include <string>

using namespace tollgate;

namespace {

zones::SystemZones& all_zones() {
  static zones::SystemZones table;
  return table;
}

Result<std::vector<Time>> expand(const std::string& line) {
  const std::vector<std::string_view> parts = split(line, '|');
  calendar::Pattern pattern;
  if (!parts[0].empty()) {
    TOLLGATE_TRY(pattern.rule, calendar::parse_rule(parts[0]));
  }
  TOLLGATE_TRY(pattern.start, calendar::parse_local_time(parts[1]));
  TOLLGATE_TRY(const calendar::Zone zone, all_zones().zone(std::string(parts[2])));
  TOLLGATE_TRY(const int64_t count, parse_integer(parts[3]));
  Time from{INT64_MIN / 4};
  if (!parts[4].empty()) {
    TOLLGATE_TRY(from.ms, parse_integer(parts[4]));
  }
  for (const std::string_view item : split(parts[5], ',')) {
    if (item.empty()) continue;
    TOLLGATE_TRY(const calendar::LocalDate date, calendar::parse_local_date(item));
    pattern.except.push_back(date);
  }
  for (const std::string_view item : split(parts[6], ',')) {
    if (item.empty()) continue;
    TOLLGATE_TRY(const calendar::LocalTime time, calendar::parse_local_time(item));
    pattern.also.push_back(time);
  }
  return calendar::moments(pattern, zone, from, static_cast<size_t>(count));
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const Result<std::vector<Time>> moments = expand(line);
    if (!moments) {
      std::cout << "error: " << moments.error().message << "\n";
      continue;
    }
    for (const Time moment : *moments) std::cout << moment.ms / 1000 << " ";
    std::cout << "\n";
  }
}
