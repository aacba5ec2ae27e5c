// Who lives in the demo world: its services, what happens to them, and the policies as YAML.
#pragma once

#include "foundation/base/time.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tollgate::demo {

struct ServiceFact {
  std::string_view name;
  std::string_view team;
  std::string_view tier;
  std::string_view slo;
  std::string_view target;     // "0.999"
  double allowed_bad;          // 1 - target
  double requests_per_minute;  // in production by day
  double usual_burn;           // share of the budget that an ordinary day uses
  std::string_view description;
};

/// A time of trouble, counted back from the end of the story.
struct Incident {
  std::string_view service;
  std::string_view environment;
  Duration before_end;
  Duration length;
  double bad_share;
};

std::span<const ServiceFact> services();
std::span<const Incident> incidents();
/// All resources of the world as one YAML stream.
std::string world_policy();

}  // namespace tollgate::demo
