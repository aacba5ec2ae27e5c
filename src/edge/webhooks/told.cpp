#include "edge/webhooks/told.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <array>

namespace tollgate::webhooks {
namespace {

using doc::Node;

constexpr std::array<std::string_view, 5> kTypes = {"alert", "approval", "change", "deployment",
                                                    "incident"};

std::string first_text(const Node& body, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const std::string_view text = body.text_or(name);
    if (!text.empty()) return std::string(text);
  }
  return {};
}

template <class T>
Result<model::Observation> read_as(const Node& body) {
  TOLLGATE_TRY(T value, reflect::decode<T>(body));
  value.origin = {.sender = "record", .event = std::string(reflect::Reflect<T>::name)};
  return model::Observation(std::move(value));
}

}  // namespace

Result<model::Observation> read_told(const Node& given, Time now) {
  if (!given.is_object()) return fail(codes::wrong_type, "a fact is an object with a type");
  Node body = given;
  std::string type(given.text_or("type"));
  constexpr std::string_view kEnding = ".observed";
  if (type.ends_with(kEnding)) type.resize(type.size() - kEnding.size());
  // Where a fact comes from is not for its teller to say.
  std::erase_if(body.members(), [](const doc::Member& member) {
    return member.key == "type" || member.key == "origin";
  });
  if (body.find("at") == nullptr) body.set("at", time_text(now));
  if (body.find("id") == nullptr && (type == "deployment" || type == "change")) {
    const std::string id = first_text(body, {"version", "commit", "artifact"});
    if (id.empty()) return fail(codes::missing_field, "name the version or the commit");
    body.set("id", id);
  }
  if (type == "deployment" && body.find("status") == nullptr) body.set("status", "succeeded");
  if (type == "deployment") return read_as<model::DeploymentObserved>(body);
  if (type == "change") return read_as<model::ChangeObserved>(body);
  if (type == "incident") return read_as<model::IncidentObserved>(body);
  if (type == "alert") return read_as<model::AlertObserved>(body);
  if (type == "approval") return read_as<model::ApprovalObserved>(body);
  const std::vector<std::string> known(kTypes.begin(), kTypes.end());
  return fail(codes::unknown_name, "there is no type \"{}\" of facts{}; known are {}", type,
              did_you_mean(type, known), join(known, ", "));
}

}  // namespace tollgate::webhooks
