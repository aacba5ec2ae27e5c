// Dependency: a service that needs others.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

struct Dependency {
  std::string name;
  Labels labels;
  std::string description;
  std::string service;
  std::vector<std::string> depends_on;
};
const KindDef& dependency_kind();

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::Dependency> {
  static constexpr std::string_view name = "Dependency";
  static constexpr std::array fields = {
      field<&model::Dependency::description>("description", "What the service needs them for.",
                                             {.size_max = model::kDescriptionSizeMax}),
      field<&model::Dependency::service>(
          "service", "The service that needs others.",
          {.is_required = true, .size_max = 63, .refers_to = "Service", .example = "checkout"}),
      field<&model::Dependency::depends_on>(
          "dependsOn", "The services that it needs.",
          {.is_required = true, .size_max = 100, .refers_to = "Service"})};
};

}  // namespace tollgate::reflect
