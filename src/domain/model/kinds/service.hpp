// Service: what is released, and what SLOs are about.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

/// Labels: `tier` names its Tier, `team` or `owner` its Team, `timeZone` the zone of its days and
/// weeks.
struct Service {
  std::string name;
  Labels labels;
  std::string description;
};
const KindDef& service_kind();

inline constexpr std::string_view kTierLabel = "tier";
/// Where the people of a service are: the zone of its days and weeks.
inline constexpr std::string_view kTimeZoneLabel = "timeZone";
/// The team of `labels`: label `team`, else `owner`, else empty.
std::string_view team_of(const Labels& labels);

}  // namespace tollgate::model

template <>
struct tollgate::reflect::Reflect<tollgate::model::Service> {
  static constexpr std::string_view name = "Service";
  static constexpr std::array fields = {field<&model::Service::description>(
      "description", "What the service does.", {.size_max = model::kDescriptionSizeMax})};
};
