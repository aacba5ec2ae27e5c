// Deployments against verdicts: each one that ran must have been allowed before it began. Pure.
#pragma once

#include "domain/delivery/deployment.hpp"
#include "domain/model/verdict.hpp"

#include <span>
#include <string>
#include <vector>

namespace tollgate::delivery {

/// What a gate said about a release.
struct Permit {
  int64_t position = 0;
  Time at = {};
  std::string decision = {};
  std::string version = {};
  std::string commit = {};
  std::string artifact = {};  // digest that the verdict is about; empty: it names none
  model::Outcome outcome = model::Outcome::inconclusive;
  model::ChangeClass change_class = model::ChangeClass::normal;
};

struct BypassRules {
  /// How long an allow lets a release begin.
  Duration valid = hours(24);
  /// By how much the sender's clock may differ from ours.
  Duration skew = minutes(2);
};

/// Why a deployment counts as a bypass.
enum class BypassReason {
  no_verdict,       // nobody asked about this version here
  not_allowed,      // the newest answer before it began was no allow
  allowed_after,    // it was allowed only once it had begun
  allowed_earlier,  // the allow was older than `valid`
  other_commit,     // the version was allowed for another commit
  other_artifact,   // the version was allowed for an artifact of another digest
};

struct Bypass {
  Deployment deployment;
  BypassReason reason = BypassReason::no_verdict;
  std::string decision = {};  // the verdict that comes nearest; empty if there is none
};

/// The verdict that let `deployment` begin: the newest allow of its version, commit and artifact
/// before its begin and not too long before it. Null if there is none.
const Permit* permit_of(const Deployment& deployment, std::span<const Permit> permits,
                        const BypassRules& rules = {});

/// The deployments that ran without having been allowed, in their order. `permits` are the verdicts
/// about the same service and environment, oldest first. What only waited, or was called off before
/// it ran, is none; nor is a rollback, which must never wait.
std::vector<Bypass> find_bypasses(std::span<const Deployment> deployments,
                                  std::span<const Permit> permits, const BypassRules& rules = {});

/// Kinds that follow from the verdict that let a deployment begin: emergency, hotfix for a fix, and
/// rollforward for a fix behind a failure. Those that were told, and rollbacks and redeploys, stay.
void classify_by_permits(std::vector<Deployment>& deployments, std::span<const Permit> permits,
                         const BypassRules& rules = {});

}  // namespace tollgate::delivery

namespace tollgate::reflect {
template <>
struct EnumNames<delivery::BypassReason> {
  static constexpr std::array<std::string_view, 6> names = {"no_verdict",    "not_allowed",
                                                            "allowed_after", "allowed_earlier",
                                                            "other_commit",  "other_artifact"};
};
}  // namespace tollgate::reflect
