// Who asks for what: the actor of an event and the question of a pipeline.
#pragma once

#include "foundation/reflect/type_info.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::model {

/// Who did it, as far as the authentication knows. No personal data beyond the subject.
struct Actor {
  std::string subject = {};  // "ci@checkout", "local"
  std::string issuer = {};   // who vouches for the subject: "token", "local"
  std::vector<std::string> roles = {};
  std::string on_behalf_of = {};  // the person behind a robot, if told
};

/// What kind of change a release is; policies select on it.
enum class ChangeClass { normal, fix, reliability, emergency, standard };

/// The digest in the name of an artifact (an image reference, a package URL, the bare digest), in
/// lower case: "sha256:9f86..."; empty if it holds none.
std::string artifact_digest(std::string_view text);

/// "May this release go?"
struct GateRequest {
  std::string service = {};
  std::string environment = {};
  std::string version = {};
  std::string commit = {};  // empty: evidence is looked up by version
  ChangeClass change_class = ChangeClass::normal;
  std::string artifact = {};  // what is to go, by digest: "[NAME@]sha256:..."; empty: not told
};

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::Actor> {
  static constexpr std::string_view name = "Actor";
  static constexpr std::array fields = {
      field<&model::Actor::subject>("subject", "Who acts.", {.is_required = true, .size_max = 200}),
      field<&model::Actor::issuer>("issuer", "Who vouches for the subject.", {.size_max = 200}),
      field<&model::Actor::roles>("roles", "Roles of the subject.", {.size_max = 50}),
      field<&model::Actor::on_behalf_of>("on_behalf_of", "For whom a robot acts.",
                                         {.size_max = 200})};
};
template <>
struct EnumNames<model::ChangeClass> {
  static constexpr std::array<std::string_view, 5> names = {"normal", "fix", "reliability",
                                                            "emergency", "standard"};
};
template <>
struct Reflect<model::GateRequest> {
  static constexpr std::string_view name = "GateRequest";
  static constexpr std::array fields = {
      field<&model::GateRequest::service>("service", "Service to release.",
                                          {.is_required = true, .size_max = 200}),
      field<&model::GateRequest::environment>("environment", "Where it should go.",
                                              {.is_required = true, .size_max = 200}),
      field<&model::GateRequest::version>("version", "Version to release.",
                                          {.is_required = true, .size_max = 200}),
      field<&model::GateRequest::commit>(
          "commit", "Commit that was built; evidence is found by it.", {.size_max = 200}),
      field<&model::GateRequest::change_class>("change_class", "Kind of change."),
      field<&model::GateRequest::artifact>(
          "artifact", "What is to go, by digest; the verdict is about it alone.",
          {.size_max = 1000, .example = "registry.example/checkout@sha256:9f86d081..."})};
};

}  // namespace tollgate::reflect
