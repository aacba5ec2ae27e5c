// The catalogue of resource kinds: one line each, sorted.
#include "domain/model/kinds/alert_policy.hpp"
#include "domain/model/kinds/audit_schedule.hpp"
#include "domain/model/kinds/calendar.hpp"
#include "domain/model/kinds/data_source.hpp"
#include "domain/model/kinds/dependency.hpp"
#include "domain/model/kinds/environment.hpp"
#include "domain/model/kinds/error_budget_policy.hpp"
#include "domain/model/kinds/integration.hpp"
#include "domain/model/kinds/pipeline_audit.hpp"
#include "domain/model/kinds/queue.hpp"
#include "domain/model/kinds/release_policy.hpp"
#include "domain/model/kinds/service.hpp"
#include "domain/model/kinds/signing_key.hpp"
#include "domain/model/kinds/sli.hpp"
#include "domain/model/kinds/slo.hpp"
#include "domain/model/kinds/team.hpp"
#include "domain/model/kinds/tier.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>

namespace tollgate::model {

std::span<const KindDef* const> all_kinds() {
  static const std::array kinds = {
      &alert_condition_kind(),
      &alert_notification_target_kind(),
      &alert_policy_kind(),
      &audit_schedule_kind(),
      &calendar_kind(),
      &data_source_kind(),
      &dependency_kind(),
      &environment_kind(),
      &error_budget_policy_kind(),
      &integration_kind(),
      &pipeline_audit_kind(),
      &queue_kind(),
      &release_policy_kind(),
      &sli_kind(),
      &slo_kind(),
      &service_kind(),
      &signing_key_kind(),
      &team_kind(),
      &tier_kind(),
  };
  return kinds;
}

const KindDef* find_kind(std::string_view name) {
  const std::string lower = lower_case(name);
  const auto kinds = all_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const KindDef* kind) {
    return lower == lower_case(kind->kind) || lower == kind->plural;
  });
  return found == kinds.end() ? nullptr : *found;
}

}  // namespace tollgate::model
