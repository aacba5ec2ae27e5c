// Team: people who own services.
#pragma once

#include "domain/model/kind.hpp"

namespace tollgate::model {

struct TeamMember {
  std::string name;
  std::string role;
};

struct Team {
  std::string name;
  Labels labels;
  std::string description;
  std::vector<TeamMember> members;
  std::map<std::string, std::string> contacts;
};
const KindDef& team_kind();

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::TeamMember> {
  static constexpr std::string_view name = "TeamMember";
  static constexpr std::array fields = {
      field<&model::TeamMember::name>(
          "name", "Identifier of the person, as the identity provider gives it.",
          {.is_required = true, .size_max = 200}),
      field<&model::TeamMember::role>(
          "role", "Role in the team: product, operations, security, ...", {.size_max = 100})};
};
template <>
struct Reflect<model::Team> {
  static constexpr std::string_view name = "Team";
  static constexpr std::array fields = {
      field<&model::Team::description>("description", "What the team does.",
                                       {.size_max = model::kDescriptionSizeMax}),
      field<&model::Team::members>("members", "Who belongs to it.", {.size_max = 1000}),
      field<&model::Team::contacts>("contacts", "Where to reach it, by channel.",
                                    {.size_max = 50})};
};

}  // namespace tollgate::reflect
