// The catalogue of delivery targets, sorted by name. One line each.
#include "edge/deliver/target.hpp"

#include <array>

namespace tollgate::deliver {

extern const TargetDef alertmanager_target;
extern const TargetDef github_commit_status_target;
extern const TargetDef github_deployment_status_target;
extern const TargetDef github_protection_rule_target;
extern const TargetDef gitlab_deployment_approval_target;
extern const TargetDef gitlab_status_check_target;
extern const TargetDef jenkins_target;
extern const TargetDef pagerduty_target;
extern const TargetDef slack_target;
extern const TargetDef webhook_target;

std::span<const TargetDef* const> all_targets() {
  static const std::array targets = {
      &alertmanager_target,  //
      &github_commit_status_target,
      &github_deployment_status_target,
      &github_protection_rule_target,
      &gitlab_deployment_approval_target,
      &gitlab_status_check_target,
      &jenkins_target,
      &pagerduty_target,  //
      &slack_target,      //
      &webhook_target,    //
  };
  return targets;
}

}  // namespace tollgate::deliver
