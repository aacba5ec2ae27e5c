#include "edge/zones/zones.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <date/tz.h>

#include <chrono>
#include <exception>
#include <fstream>
#include <vector>

namespace tollgate::zones {
namespace {

constexpr size_t kTransitionsMax = 2000;

Time time_of(date::sys_seconds moment) {
  return Time{0} + seconds(moment.time_since_epoch().count());
}

calendar::Zone read_transitions(const std::string& name, const date::time_zone& source) {
  const date::sys_seconds end = date::sys_days(date::year(2100) / 1 / 1);
  calendar::Zone zone{.name = name};
  date::sys_seconds moment = date::sys_days(date::year(1970) / 1 / 1);
  while (moment < end && zone.transitions.size() < kTransitionsMax) {
    const date::sys_info info = source.get_info(moment);
    zone.transitions.push_back({.at = time_of(moment), .offset = seconds(info.offset.count())});
    if (info.end <= moment) break;
    moment = info.end;
  }
  return zone;
}

Result<calendar::Zone> read_zone(const std::string& name) {
  try {
    return read_transitions(name, *date::locate_zone(name));
  } catch (const std::exception&) {
    // The library throws for unknown names and for missing zone data alike.
  }
  std::vector<std::string> names;
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones) names.push_back(zone.name());
  } catch (const std::exception&) {
    return fail(codes::unknown_name,
                "time zone \"{}\" cannot be read: the system has no zone data (tzdata)", name);
  }
  return fail(codes::unknown_name, "no time zone is called \"{}\"{}", name,
              did_you_mean(name, names));
}

}  // namespace

Result<calendar::Zone> SystemZones::zone(const std::string& name) {
  if (name.empty() || name == "UTC") return calendar::Zone{};
  const std::lock_guard lock(mutex_);
  const auto known = zones_.find(name);
  if (known != zones_.end()) return known->second;
  TOLLGATE_TRY(calendar::Zone zone, read_zone(name));
  zones_.emplace(name, zone);
  return zone;
}

std::string SystemZones::version() {
  // The first line of the text form says it: "# version 2025b".
  static const std::string version = [] {
    constexpr std::string_view kPrefix = "# version ";
    std::string line;
    std::ifstream file("/usr/share/zoneinfo/tzdata.zi");
    std::getline(file, line);
    return line.starts_with(kPrefix) ? line.substr(kPrefix.size()) : std::string();
  }();
  return version;
}

}  // namespace tollgate::zones
