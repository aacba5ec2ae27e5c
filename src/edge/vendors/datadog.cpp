// Datadog's API: the state of a monitor and of its groups. Source: Datadog's API documentation
// (monitors, v1).
#include "edge/vendors/api.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <cstdlib>

namespace tollgate::vendors {
namespace {

using doc::Node;

/// Between a transition and the message about it.
constexpr Duration kNear = minutes(10);

struct Meaning {
  std::string_view moment;               // member of a group's state
  std::vector<std::string_view> states;  // of the whole monitor
};

Meaning meaning_of(model::AlertStatus status) {
  switch (status) {
    case model::AlertStatus::firing:
      return {"last_triggered_ts", {"Alert", "Warn"}};
    case model::AlertStatus::resolved:
      return {"last_resolved_ts", {"OK"}};
    case model::AlertStatus::no_data:
      break;
  }
  return {"last_nodata_ts", {"No Data"}};
}

Result<model::Observation> confirm(const model::Integration& integration,
                                   const model::Observation& observation, const Outside& outside) {
  const auto* told = std::get_if<model::AlertObserved>(&observation);
  if (told == nullptr) return fail(codes::bad_value, "Datadog is asked about monitors only");
  TOLLGATE_TRY(const std::string key, api_secret(integration, integration.api->token));
  TOLLGATE_TRY(const std::string application,
               api_secret(integration, integration.api->application_key));
  const std::string monitor = told->id.substr(0, told->id.find('/'));
  TOLLGATE_CHECK(parse_integer(monitor));
  TOLLGATE_TRY(const ApiAnswer answer,
               get_api(integration, outside, "/api/v1/monitor/" + monitor + "?group_states=all",
                       {{"dd-api-key", key}, {"dd-application-key", application}}));
  const Meaning meaning = meaning_of(told->status);
  const Node* state = answer.body.is_object() ? answer.body.find("state") : nullptr;
  const Node* groups = state != nullptr && state->is_object() ? state->find("groups") : nullptr;
  if (groups != nullptr && groups->is_object()) {
    for (const doc::Member& group : groups->members()) {
      if (!group.value.is_object()) continue;
      const int64_t moment = group.value.integer_or(meaning.moment, 0);
      if (moment > 0 && std::abs(moment * 1000 - told->at.ms) <= kNear.ms) return observation;
    }
  }
  const std::string_view overall = answer.body.text_or("overall_state");
  if (std::find(meaning.states.begin(), meaning.states.end(), overall) != meaning.states.end())
    return observation;
  return fail(codes::contradicted, "Datadog says that monitor {} is in state \"{}\"", monitor,
              overall);
}

}  // namespace

extern const VendorDef kDatadog = {.sender = model::Sender::datadog,
                                   .doc = "The state of a monitor and of its groups.",
                                   .confirm = confirm};

}  // namespace tollgate::vendors
