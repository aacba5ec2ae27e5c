// Environment: where releases go, how strictly gates are taken there, and which targets differ.
#pragma once

#include "domain/model/kind.hpp"
#include "domain/model/verdict.hpp"

namespace tollgate::model {

/// Another target for an SLO in one environment.
struct EnvironmentObjective {
  std::string slo;
  Ppm target;
};

struct Environment {
  std::string name;
  Labels labels;
  std::string description;
  int64_t order = 0;  // releases pass from low to high
  bool is_production = false;
  Enforcement enforcement = Enforcement::enforce;
  Outcome on_inconclusive = Outcome::inconclusive;
  Outcome on_error = Outcome::inconclusive;
  std::vector<EnvironmentObjective> objectives;
};
const KindDef& environment_kind();

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::EnvironmentObjective> {
  static constexpr std::string_view name = "EnvironmentObjective";
  static constexpr std::array fields = {
      field<&model::EnvironmentObjective::slo>("slo", "The SLO, as SERVICE/SLO.",
                                               {.is_required = true,
                                                .size_max = 127,
                                                .refers_to = "SLO",
                                                .example = "checkout/availability"}),
      field<&model::EnvironmentObjective::target>(
          "target", "Its target here.",
          {.is_required = true, .min = 0, .max = 999'999, .example = "99%"})};
};
template <>
struct Reflect<model::Environment> {
  static constexpr std::string_view name = "Environment";
  static constexpr std::array fields = {
      field<&model::Environment::description>("description", "What the environment is for.",
                                              {.size_max = model::kDescriptionSizeMax}),
      field<&model::Environment::order>("order", "Releases pass environments from low to high.",
                                        {.min = 0, .max = 1000}),
      field<&model::Environment::is_production>("production", "True if customers use it."),
      field<&model::Environment::enforcement>(
          "enforcement",
          "enforce: the verdict stands; warn and observe: it is recorded, "
          "and the release may go."),
      field<&model::Environment::on_inconclusive>(
          "onInconclusive", "What to answer when the data cannot carry a decision."),
      field<&model::Environment::on_error>("onError", "What to answer when a check broke."),
      field<&model::Environment::objectives>("objectives", "SLOs with another target here.",
                                             {.size_max = 1000})};
};

}  // namespace tollgate::reflect
