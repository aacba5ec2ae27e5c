// The catalogue of delivery targets, sorted by name. One line each.
#include "edge/deliver/target.hpp"

#include <array>

namespace tollgate::deliver {

extern const TargetDef alertmanager_target;
extern const TargetDef pagerduty_target;
extern const TargetDef slack_target;
extern const TargetDef webhook_target;

std::span<const TargetDef* const> all_targets() {
  static const std::array targets = {
      &alertmanager_target,  //
      &pagerduty_target,     //
      &slack_target,         //
      &webhook_target,       //
  };
  return targets;
}

}  // namespace tollgate::deliver
