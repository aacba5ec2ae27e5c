#include "domain/delivery/bypass.hpp"

#include <algorithm>

namespace tollgate::delivery {
namespace {

using model::DeploymentKind;

bool is_commit(const std::string& a, const std::string& b) {
  return !a.empty() && !b.empty() && (a.starts_with(b) || b.starts_with(a));
}

/// The gate may have been asked by version, by commit, or by a commit in place of a version.
bool is_same_version(const Deployment& deployment, const Permit& permit) {
  if (!deployment.version.empty() && deployment.version == permit.version) return true;
  return is_commit(deployment.commit, permit.commit) ||
         is_commit(deployment.commit, permit.version);
}

bool contradicts_commit(const Deployment& deployment, const Permit& permit) {
  return !deployment.commit.empty() && !permit.commit.empty() &&
         !is_commit(deployment.commit, permit.commit);
}

/// Where both name a digest, the verdict is about that one alone.
bool contradicts_artifact(const Deployment& deployment, const Permit& permit) {
  const std::string digest = model::artifact_digest(deployment.artifact);
  return !digest.empty() && !permit.artifact.empty() && digest != permit.artifact;
}

bool has_run(const Deployment& deployment) {
  using model::DeploymentStatus;
  if (deployment.took_traffic) return *deployment.took_traffic;
  return std::any_of(deployment.parts.begin(), deployment.parts.end(),
                     [](const DeploymentPart& part) {
                       return part.started || part.status == DeploymentStatus::running ||
                              part.status == DeploymentStatus::succeeded ||
                              part.status == DeploymentStatus::failed;
                     });
}

bool needs_permit(const Deployment& deployment) {
  return has_run(deployment) && deployment.kind != DeploymentKind::rollback;
}

Bypass explain(const Deployment& deployment, std::span<const Permit> permits,
               const BypassRules& rules) {
  Bypass bypass{.deployment = deployment};
  const Time begin = deployment.begin + rules.skew;
  const Permit* last_before = nullptr;
  const Permit* allow_after = nullptr;
  const Permit* other_commit = nullptr;
  const Permit* other_artifact = nullptr;
  for (const Permit& permit : permits) {
    if (!is_same_version(deployment, permit)) continue;
    if (contradicts_commit(deployment, permit)) {
      if (permit.outcome == model::Outcome::allow && permit.at <= begin) other_commit = &permit;
      continue;
    }
    if (contradicts_artifact(deployment, permit)) {
      if (permit.outcome == model::Outcome::allow && permit.at <= begin) other_artifact = &permit;
      continue;
    }
    if (permit.at <= begin) last_before = &permit;
    if (permit.at > begin && permit.outcome == model::Outcome::allow && allow_after == nullptr)
      allow_after = &permit;
  }
  const auto because = [&bypass](BypassReason reason, const Permit& permit) {
    bypass.reason = reason;
    bypass.decision = permit.decision;
  };
  if (other_artifact != nullptr &&
      (last_before == nullptr || last_before < other_artifact)) {  // they are in order
    because(BypassReason::other_artifact, *other_artifact);
  } else if (last_before != nullptr && last_before->outcome != model::Outcome::allow) {
    because(BypassReason::not_allowed, *last_before);
  } else if (last_before != nullptr) {
    because(BypassReason::allowed_earlier, *last_before);
  } else if (allow_after != nullptr) {
    because(BypassReason::allowed_after, *allow_after);
  } else if (other_commit != nullptr) {
    because(BypassReason::other_commit, *other_commit);
  }
  return bypass;
}

}  // namespace

const Permit* permit_of(const Deployment& deployment, std::span<const Permit> permits,
                        const BypassRules& rules) {
  const Time begin = deployment.begin + rules.skew;
  const Permit* found = nullptr;
  // An allow that is older than this has run out, and a refusal takes only an earlier allow back.
  const Time oldest = deployment.begin - rules.valid - rules.skew;
  const auto first = std::lower_bound(permits.begin(), permits.end(), oldest,
                                      [](const Permit& permit, Time at) { return permit.at < at; });
  for (const Permit& permit : permits.subspan(static_cast<size_t>(first - permits.begin()))) {
    if (permit.at > begin) break;
    if (!is_same_version(deployment, permit) || contradicts_commit(deployment, permit)) continue;
    if (contradicts_artifact(deployment, permit)) continue;
    // A later refusal takes an earlier allow back.
    found = permit.outcome == model::Outcome::allow ? &permit : nullptr;
  }
  return found;
}

std::vector<Bypass> find_bypasses(std::span<const Deployment> deployments,
                                  std::span<const Permit> permits, const BypassRules& rules) {
  std::vector<Bypass> found;
  for (const Deployment& deployment : deployments) {
    if (!needs_permit(deployment) || permit_of(deployment, permits, rules) != nullptr) continue;
    found.push_back(explain(deployment, permits, rules));
  }
  return found;
}

void classify_by_permits(std::vector<Deployment>& deployments, std::span<const Permit> permits,
                         const BypassRules& rules) {
  bool had_failure = false;  // of what ran last
  for (Deployment& deployment : deployments) {
    const bool is_open = !deployment.is_kind_told && deployment.kind == DeploymentKind::planned;
    if (const Permit* permit = is_open ? permit_of(deployment, permits, rules) : nullptr) {
      if (permit->change_class == model::ChangeClass::emergency)
        deployment.kind = DeploymentKind::emergency;
      if (permit->change_class == model::ChangeClass::fix)
        deployment.kind = had_failure ? DeploymentKind::rollforward : DeploymentKind::hotfix;
    }
    if (has_run(deployment)) had_failure = deployment.status == model::DeploymentStatus::failed;
  }
}

}  // namespace tollgate::delivery
