// Deployments against verdicts, and what is news among observations.
#include "domain/delivery/bypass.hpp"

#include "domain/delivery/observed.hpp"
#include "foundation/reflect/reflect.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tollgate::delivery {
namespace {

using model::DeploymentKind;
using model::DeploymentStatus;
using model::Outcome;

Time at(int64_t minute) { return Time{1'700'000'000'000} + minutes(minute); }

Deployment deployed(int64_t minute, const std::string& version, const std::string& commit = {}) {
  Deployment deployment;
  deployment.service = "checkout";
  deployment.environment = "production";
  deployment.version = version;
  deployment.commit = commit;
  deployment.status = DeploymentStatus::succeeded;
  deployment.begin = at(minute);
  deployment.took_traffic = true;
  return deployment;
}

Permit permit(int64_t minute, const std::string& version, Outcome outcome = Outcome::allow,
              const std::string& commit = {}) {
  return {.at = at(minute),
          .decision = "d" + std::to_string(minute),
          .version = version,
          .commit = commit,
          .outcome = outcome};
}

/// "reason decision" of the only bypass, "none", or how many there are.
std::string verdict_on(const Deployment& deployment, const std::vector<Permit>& permits) {
  const auto found = find_bypasses(std::span(&deployment, 1), permits);
  if (found.empty()) return "none";
  return fmt::format("{} {}", reflect::enum_name(found[0].reason), found[0].decision);
}

TEST(Bypass, EachWayAroundTheGateHasItsReason) {
  const Deployment one = deployed(100, "1.0.0", "aaaa1111");
  EXPECT_EQ(verdict_on(one, {permit(90, "1.0.0")}), "none");
  EXPECT_EQ(verdict_on(one, {permit(90, "aaaa1111")}), "none") << "asked by commit";
  EXPECT_EQ(verdict_on(one, {permit(90, "x", Outcome::allow, "aaaa")}), "none") << "shortened";
  EXPECT_EQ(verdict_on(one, {permit(101, "1.0.0")}), "none") << "within the skew of clocks";
  EXPECT_EQ(verdict_on(one, {}), "no_verdict ");
  EXPECT_EQ(verdict_on(one, {permit(90, "2.0.0")}), "no_verdict ");
  EXPECT_EQ(verdict_on(one, {permit(90, "1.0.0", Outcome::deny)}), "not_allowed d90");
  EXPECT_EQ(verdict_on(one, {permit(90, "1.0.0", Outcome::hold)}), "not_allowed d90");
  EXPECT_EQ(verdict_on(one, {permit(80, "1.0.0"), permit(90, "1.0.0", Outcome::deny)}),
            "not_allowed d90")
      << "a later refusal takes an allow back";
  EXPECT_EQ(verdict_on(one, {permit(80, "1.0.0", Outcome::deny), permit(90, "1.0.0")}), "none");
  EXPECT_EQ(verdict_on(one, {permit(110, "1.0.0")}), "allowed_after d110");
  EXPECT_EQ(verdict_on(one, {permit(100 - 25 * 60, "1.0.0")}), "allowed_earlier d-1400");
  EXPECT_EQ(verdict_on(one, {permit(90, "1.0.0", Outcome::allow, "bbbb")}), "other_commit d90");
}

TEST(Bypass, AVerdictAboutADigestIsAboutThatDigestAlone) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const std::string other = "sha256:" + std::string(64, 'b');
  Deployment one = deployed(100, "1.0.0");
  Permit bound = permit(90, "1.0.0");
  bound.artifact = digest;
  EXPECT_EQ(verdict_on(one, {bound}), "none") << "the deployment names none";
  one.artifact = "registry.example/checkout@" + digest;
  EXPECT_EQ(verdict_on(one, {bound}), "none");
  EXPECT_EQ(verdict_on(one, {permit(90, "1.0.0")}), "none") << "the verdict names none";
  one.artifact = other;
  EXPECT_EQ(verdict_on(one, {bound}), "other_artifact d90");
  EXPECT_EQ(verdict_on(one, {permit(80, "1.0.0", Outcome::deny), bound}), "other_artifact d90")
      << "the newest answer says most";
  Permit right = permit(95, "1.0.0");
  right.artifact = other;
  EXPECT_EQ(verdict_on(one, {bound, right}), "none") << "asked again for what was deployed";
}

TEST(Bypass, WhatDidNotRunAndWhatRollsBackNeedsNoLeave) {
  Deployment one = deployed(100, "1.0.0");
  one.took_traffic = false;
  EXPECT_EQ(verdict_on(one, {}), "none");
  one = deployed(100, "1.0.0");
  one.kind = DeploymentKind::rollback;
  EXPECT_EQ(verdict_on(one, {}), "none");
}

TEST(Bypass, KindsFollowFromTheVerdict) {
  std::vector<Deployment> deployments = {deployed(10, "1"), deployed(20, "2"), deployed(30, "3"),
                                         deployed(40, "4")};
  deployments[2].status = DeploymentStatus::failed;
  auto fix = [](int64_t minute, const std::string& version, model::ChangeClass change_class) {
    Permit p = permit(minute, version);
    p.change_class = change_class;
    return p;
  };
  classify_by_permits(deployments, std::vector{fix(9, "1", model::ChangeClass::normal),
                                               fix(19, "2", model::ChangeClass::fix),
                                               fix(29, "3", model::ChangeClass::emergency),
                                               fix(39, "4", model::ChangeClass::fix)});
  EXPECT_EQ(deployments[0].kind, DeploymentKind::planned);
  EXPECT_EQ(deployments[1].kind, DeploymentKind::hotfix);
  EXPECT_EQ(deployments[2].kind, DeploymentKind::emergency);
  EXPECT_EQ(deployments[3].kind, DeploymentKind::rollforward);
}

model::AlertObserved alert(const std::string& id, model::AlertStatus status, int64_t minute) {
  model::AlertObserved observed;
  observed.origin.integration = "am";
  observed.id = id;
  observed.status = status;
  observed.at = at(minute);
  return observed;
}

TEST(ObservedFacts, OnlyWhatIsNewerIsNews) {
  ObservedFacts facts;
  using enum model::AlertStatus;
  EXPECT_TRUE(facts.take(alert("1", firing, 10), 0));
  EXPECT_FALSE(facts.take(alert("1", firing, 10), 1)) << "a group is repeated";
  EXPECT_TRUE(facts.take(alert("1", resolved, 20), 2));
  EXPECT_FALSE(facts.take(alert("1", firing, 10), 3)) << "late";
  EXPECT_TRUE(facts.take(alert("1", firing, 30), 4)) << "fires again";
  EXPECT_TRUE(facts.take(alert("2", firing, 10), 5));
}

RC_GTEST_PROP(ObservedFacts, TheNewestIsKnownWhateverTheOrder, ()) {
  const auto count = *rc::gen::inRange<size_t>(1, 12);
  std::vector<model::Observation> records;
  for (size_t i = 0; i < count; ++i) {
    records.emplace_back(alert(*rc::gen::element<std::string>("1", "2"),
                               static_cast<model::AlertStatus>(*rc::gen::inRange(0, 3)),
                               *rc::gen::inRange<int64_t>(0, 5)));
  }
  ObservedFacts facts;
  for (const auto& record : records) facts.take(record, 0);
  for (const auto& record : records) RC_ASSERT(!facts.is_news(record));
  // Exactly what is newer than all of one alert is news.
  for (const std::string& id : {std::string("1"), std::string("2")}) {
    Time newest{-1};
    for (const auto& record : records) {
      const auto& a = std::get<model::AlertObserved>(record);
      if (a.id == id) newest = std::max(newest, a.at);
    }
    const auto later = alert(id, model::AlertStatus::firing, 6);
    RC_ASSERT(facts.is_news(later));
    auto earlier = alert(id, model::AlertStatus::no_data, 0);
    earlier.at = newest - minutes(1);
    RC_ASSERT(facts.is_news(earlier) == (newest.ms < 0));
  }
}

}  // namespace
}  // namespace tollgate::delivery
