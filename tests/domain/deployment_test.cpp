// Deployments folded from observations: order and repeats never matter, parts merge into rollouts,
// and kinds follow from what ran before.
#include "domain/delivery/deployment.hpp"

#include "foundation/reflect/reflect.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace tollgate::delivery {
namespace {

using model::DeploymentKind;
using model::DeploymentObserved;
using model::DeploymentStatus;

Time at(int64_t minute) { return Time{1'700'000'000'000} + minutes(minute); }

DeploymentObserved seen(const std::string& id, DeploymentStatus status, int64_t minute,
                        const std::string& version, const std::string& region = {}) {
  DeploymentObserved observed;
  observed.origin.integration = "github";
  observed.service = "checkout";
  observed.environment = "production";
  observed.id = id;
  observed.region = region;
  observed.status = status;
  observed.at = at(minute);
  observed.version = version;
  return observed;
}

DeploymentBook book_of(const std::vector<DeploymentObserved>& records) {
  DeploymentBook book;
  int64_t position = 0;
  for (const DeploymentObserved& record : records) book.take(record, position++);
  return book;
}

std::vector<Deployment> fold(const std::vector<DeploymentObserved>& records) {
  return book_of(records).deployments("checkout", "production");
}

/// Everything but the positions, which do say in which order records came.
std::string text_of(const std::vector<Deployment>& deployments) {
  std::string text;
  for (const Deployment& d : deployments) {
    text +=
        fmt::format("{} v={} c={} {} {} told={} {}..{} traffic={} inc={} by={} parts={}\n", d.id,
                    d.version, d.commit, reflect::enum_name(d.status), reflect::enum_name(d.kind),
                    d.is_kind_told, d.begin.ms, d.end ? d.end->ms : -1,
                    d.took_traffic ? (*d.took_traffic ? "yes" : "no") : "unknown", d.incident, d.by,
                    d.parts.size());
    for (const DeploymentPart& part : d.parts) {
      text += fmt::format("  {}/{} {} at {} first {} started {}\n", std::get<1>(part.key),
                          std::get<2>(part.key), reflect::enum_name(part.status), part.at.ms,
                          part.first.ms, part.started ? part.started->ms : -1);
    }
  }
  return text;
}

TEST(Deployment, ALateStepDoesNotUndoAResult) {
  const auto deployments = fold({seen("1", DeploymentStatus::succeeded, 5, "1.0.0"),
                                 seen("1", DeploymentStatus::running, 2, ""),
                                 seen("1", DeploymentStatus::pending, 1, "")});
  ASSERT_EQ(deployments.size(), 1u);
  EXPECT_EQ(deployments[0].status, DeploymentStatus::succeeded);
  EXPECT_EQ(deployments[0].begin, at(2));
  EXPECT_EQ(deployments[0].end, at(5));
}

TEST(Deployment, ARepeatChangesNothing) {
  DeploymentBook book;
  const auto record = seen("1", DeploymentStatus::succeeded, 5, "1.0.0");
  EXPECT_TRUE(book.would_change(record));
  EXPECT_TRUE(book.take(record, 0));
  EXPECT_FALSE(book.would_change(record));
  EXPECT_FALSE(book.take(record, 1));
}

TEST(Deployment, AReRunOfAFailedOneStartsAgain) {
  const auto failed = fold({seen("1", DeploymentStatus::failed, 5, "1.0.0"),
                            seen("1", DeploymentStatus::running, 6, "")});
  EXPECT_EQ(failed.at(0).status, DeploymentStatus::running);
  EXPECT_FALSE(failed[0].end.has_value());
}

TEST(Deployment, RegionsMergeAndOneFailureMakesTheRolloutFail) {
  const auto deployments = fold({seen("1", DeploymentStatus::succeeded, 5, "1.0.0", "eu"),
                                 seen("2", DeploymentStatus::failed, 40, "1.0.0", "us"),
                                 seen("3", DeploymentStatus::succeeded, 50, "1.0.0", "ap")});
  ASSERT_EQ(deployments.size(), 1u) << text_of(deployments);
  EXPECT_EQ(deployments[0].status, DeploymentStatus::failed);
  const auto retried = fold({seen("1", DeploymentStatus::succeeded, 5, "1.0.0", "eu"),
                             seen("2", DeploymentStatus::failed, 40, "1.0.0", "us"),
                             seen("4", DeploymentStatus::succeeded, 60, "1.0.0", "us")});
  ASSERT_EQ(retried.size(), 1u) << text_of(retried);
  EXPECT_EQ(retried[0].status, DeploymentStatus::succeeded);
  EXPECT_EQ(retried[0].end, at(60));
}

TEST(Deployment, AnotherSendersViewIsTheSameRollout) {
  auto flagger = seen("x", DeploymentStatus::succeeded, 9, "1.0.0");
  flagger.origin.integration = "flagger";
  flagger.took_traffic = true;
  const auto deployments = fold({seen("1", DeploymentStatus::succeeded, 5, "1.0.0"), flagger});
  ASSERT_EQ(deployments.size(), 1u) << text_of(deployments);
  EXPECT_EQ(deployments[0].parts.size(), 2u);
}

TEST(Deployment, TheSameVersionAgainIsARedeployAndAnOlderOneARollback) {
  const auto deployments = fold({seen("1", DeploymentStatus::succeeded, 0, "1.0.0"),
                                 seen("2", DeploymentStatus::succeeded, 100, "1.0.0"),
                                 seen("3", DeploymentStatus::succeeded, 200, "1.1.0"),
                                 seen("4", DeploymentStatus::succeeded, 230, "1.0.0")});
  ASSERT_EQ(deployments.size(), 4u) << text_of(deployments);
  EXPECT_EQ(deployments[0].kind, DeploymentKind::planned);
  EXPECT_EQ(deployments[1].kind, DeploymentKind::redeploy);
  EXPECT_EQ(deployments[2].kind, DeploymentKind::planned);
  EXPECT_EQ(deployments[3].kind, DeploymentKind::rollback);
}

TEST(Deployment, WhatIsToldWinsOverWhatIsInferred) {
  auto rollforward = seen("2", DeploymentStatus::succeeded, 100, "1.0.0");
  rollforward.kind = DeploymentKind::rollforward;
  const auto deployments = fold({seen("1", DeploymentStatus::succeeded, 0, "1.0.0"), rollforward});
  EXPECT_EQ(deployments.at(1).kind, DeploymentKind::rollforward);
  EXPECT_TRUE(deployments[1].is_kind_told);
}

TEST(Deployment, AFailureIsOnlyKnownToHaveMetUsersWhenToldSo) {
  auto aborted = seen("1", DeploymentStatus::failed, 0, "1.0.0");
  EXPECT_FALSE(fold({aborted}).at(0).took_traffic.has_value());
  aborted.took_traffic = true;
  EXPECT_EQ(fold({aborted}).at(0).took_traffic, true);
  aborted.took_traffic = false;
  EXPECT_EQ(fold({aborted}).at(0).took_traffic, false);
}

TEST(Deployment, CommitsMayBeShortened) {
  auto longer = seen("1", DeploymentStatus::running, 0, "");
  longer.commit = "279484c09fbe69ededfced8c1bb6e6d24616b468";
  auto shorter = seen("x", DeploymentStatus::succeeded, 3, "");
  shorter.origin.integration = "gitlab";
  shorter.commit = "279484c0";
  EXPECT_EQ(fold({longer, shorter}).size(), 1u);
}

RC_GTEST_PROP(Deployment, NeitherOrderNorRepeatsMatter, ()) {
  const auto count = *rc::gen::inRange<size_t>(1, 16);
  std::vector<DeploymentObserved> records;
  for (size_t i = 0; i < count; ++i) {
    const auto pick = [](const char* a, const char* b, const char* c) {
      return std::string(*rc::gen::element(a, b, c));
    };
    DeploymentObserved record = seen(
        pick("1", "2", "3"), static_cast<DeploymentStatus>(*rc::gen::inRange(0, 5)),
        *rc::gen::inRange<int64_t>(0, 8) * 200, pick("", "1.0.0", "1.1.0"), pick("", "eu", "us"));
    record.origin.integration = pick("github", "flagger", "");
    record.commit = pick("", "aaaa1", "bbbb2");
    record.run = pick("", "run/1", "run/2");
    record.by = pick("", "ann", "bob");
    if (*rc::gen::arbitrary<bool>()) record.took_traffic = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>())
      record.kind = static_cast<DeploymentKind>(*rc::gen::inRange(0, 7));
    if (*rc::gen::arbitrary<bool>()) record.started = at(*rc::gen::inRange<int64_t>(0, 1600));
    records.push_back(record);
  }
  const std::string expected = text_of(fold(records));
  // Repeats at random places, then a random order.
  std::vector<DeploymentObserved> shuffled = records;
  const auto repeats = *rc::gen::inRange<size_t>(0, 6);
  for (size_t i = 0; i < repeats; ++i)
    shuffled.push_back(records[*rc::gen::inRange<size_t>(0, records.size())]);
  for (size_t i = shuffled.size(); i > 1; --i)
    std::swap(shuffled[i - 1], shuffled[*rc::gen::inRange<size_t>(0, i)]);
  RC_ASSERT(text_of(fold(shuffled)) == expected);
  DeploymentBook book = book_of(records);
  for (const DeploymentObserved& record : records) RC_ASSERT(!book.would_change(record));
}

}  // namespace
}  // namespace tollgate::delivery
