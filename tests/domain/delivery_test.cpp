// Delivery figures over small histories, and random ones against a naive oracle.
#include "domain/delivery/bands.hpp"
#include "domain/delivery/figures.hpp"
#include "domain/delivery/mentions.hpp"
#include "domain/delivery/project.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace tollgate::delivery {
namespace {

constexpr int64_t kDay = 86'400;

/// Commit i of `parents` with its date in days.
History history_of(const std::vector<std::vector<uint32_t>>& parents,
                   const std::vector<int64_t>& days) {
  History history;
  for (size_t i = 0; i < parents.size(); ++i) {
    history.committed_s.push_back(days[i] * kDay);
    history.parents.insert(history.parents.end(), parents[i].begin(), parents[i].end());
    history.parent_begin.push_back(static_cast<uint32_t>(history.parents.size()));
    history.is_merge.push_back(parents[i].size() > 1);
  }
  return history;
}

Release release(const std::string& name, int64_t day, uint32_t commit) {
  return {.name = name,
          .version = parse_version(name).value(),
          .at = {day * kDay * 1000},
          .commit = commit};
}

/// A project with what its figures need, kept together.
struct Known {
  History history;
  std::vector<Release> releases;
  std::vector<uint32_t> first;
  std::vector<Revert> reverts;
  std::vector<Twin> twins;
  Figures figures(const FigureRules& rules) const {
    return figures_of({.history = &history,
                       .releases = releases,
                       .first = first,
                       .reverts = reverts,
                       .twins = twins},
                      rules);
  }
};
Known known(History history, std::vector<Release> releases, std::vector<Revert> reverts = {},
            std::vector<Twin> twins = {}) {
  std::vector<uint32_t> first = first_release_of(history, releases);
  return {std::move(history), std::move(releases), std::move(first), std::move(reverts),
          std::move(twins)};
}

TEST(Delivery, OnlyThreeNumbersMakeAVersion) {
  EXPECT_EQ(parse_version("v1.2.3")->numbers, (std::array<int64_t, 3>{1, 2, 3}));
  EXPECT_EQ(parse_version("1.2.3-rc.1")->pre_release, "rc.1");
  EXPECT_EQ(parse_version("checkout-1.2.3", "checkout-")->numbers[2], 3);
  for (const char* name : {"", "1.2", "1.2.x", "version-1.2.3", "1.2.3.4", "1.2.3beta1", "1..3",
                           "1.2.3-", "1.2.99999999999999999999"}) {
    EXPECT_FALSE(parse_version(name)) << name;
  }
}

TEST(Delivery, PreReleasesAndTagsOutsideTheHistoryAreNoReleases) {
  const std::vector<Tag> tags = {{.name = "v1.1.0", .at = {20}, .commit = 1},
                                 {.name = "v1.1.0-rc.1", .at = {10}, .commit = 1},
                                 {.name = "v1.0.0", .at = {5}, .commit = 0},
                                 {.name = "v0.9.0", .at = {1}, .commit = kNone}};
  const auto releases = releases_of(tags, {});
  ASSERT_EQ(releases.size(), 2u);
  EXPECT_EQ(releases[0].name, "v1.0.0");
  EXPECT_EQ(releases_of(tags, {.prefix = {}, .takes_pre_releases = true}).size(), 3u);
}

TEST(Delivery, ACommitOnAReleaseBranchBelongsToTheReleaseThatContainsItFirst) {
  // 0 - 1 - 3 (main), 0 - 2 (release branch): 1.0.0 at 0, 1.0.1 at 2, 1.1.0 at 3.
  const History history = history_of({{}, {0}, {0}, {1}}, {0, 1, 2, 3});
  const std::vector<Release> releases = {release("1.0.0", 1, 0), release("1.0.1", 4, 2),
                                         release("1.1.0", 10, 3)};
  EXPECT_EQ(first_release_of(history, releases), (std::vector<uint32_t>{0, 2, 1, 2}));
  const Figures figures = known(history, releases).figures({.now = {100 * kDay * 1000}});
  EXPECT_EQ(figures.lead_time.n, 3);
  EXPECT_EQ(figures.lead_time.no_predecessor, 1);
  EXPECT_EQ(figures.lead_time.median->value, 7 * kDay);  // of 2, 7 and 9 days
  EXPECT_EQ(figures.gap.median->value, 4.5 * kDay);
  EXPECT_EQ(figures.failures.patch_releases, 1);
}

TEST(Delivery, ARevertInALaterReleaseFailsTheReleaseOnceAndOneInTheSameReleaseShipsNothing) {
  const History history = history_of({{}, {0}, {1}, {2}, {3}, {4}}, {0, 1, 2, 3, 4, 5});
  const std::vector<Release> releases = {release("1.0.0", 0, 0), release("1.1.0", 2, 2),
                                         release("1.2.0", 6, 5)};
  // 3 takes 1 back, which was out; 5 takes 4 back, which was not.
  const std::vector<Revert> reverts = {{.commit = 3, .reverted = 1}, {.commit = 5, .reverted = 4}};
  const Known project = known(history, releases, reverts);
  const Figures figures = project.figures({.now = {9 * kDay * 1000}});
  EXPECT_EQ(figures.failures.failed, 1);
  EXPECT_EQ(figures.failures.of, 2);
  EXPECT_EQ(figures.failures.undetermined, 1);  // 1.2.0 is three days old
  EXPECT_EQ(figures.restore_median->value, 4 * kDay);
  EXPECT_EQ(figures.lead_time.reverted_before, 2);
  EXPECT_EQ(figures.lead_time.n, 5);
  const Figures changes =
      project.figures({.now = {9 * kDay * 1000}, .lead_time = LeadTimeVersion::changes});
  EXPECT_EQ(changes.lead_time.n, 3) << "a change that was taken back before its release is none";
}

TEST(Delivery, ACherryPickIsOneChangeWithItsOriginalAndEndsWithTheFirstReleaseOfEither) {
  // 0 - 1 - 3 (main) with the change at 1; 0 - 2 (release branch) is 1 again, released before it.
  const History history = history_of({{}, {0}, {0}, {1}}, {0, 1, 3, 9});
  const std::vector<Release> releases = {release("1.0.0", 0, 0), release("1.0.1", 4, 2),
                                         release("1.1.0", 10, 3)};
  const Known project = known(history, releases, {}, {{.commit = 2, .original = 1}});
  EXPECT_EQ(project.figures({}).lead_time.n, 3);
  const LeadTime lead = project.figures({.lead_time = LeadTimeVersion::changes}).lead_time;
  EXPECT_EQ(lead.n, 2);
  EXPECT_EQ(lead.cherry_picks, 1);
  EXPECT_EQ(lead.median->value, 2 * kDay) << "3 days for the picked change, 1 for commit 3";
}

TEST(Delivery, MessagesNameWhatTheyTakeBack) {
  std::vector<Mention> mentions;
  find_mentions(0, "Revert \"Add a cache (#12)\" (#13)\n", mentions);
  find_mentions(1, "Take it back\n\nThis reverts commits 0123456789ab, abcdef0 and\nfedcba9.\n",
                mentions);
  find_mentions(2, "Reverted the last one", mentions);
  find_mentions(3, "Fix\n\n(cherry picked from commit 0123456789abcdef0123456789abcdef01234567)",
                mentions);
  find_mentions(4, "Add a test\n\nThis reverts commit of ours, badly: cafe", mentions);
  ASSERT_EQ(mentions.size(), 6u);
  EXPECT_EQ(mentions[0].kind, MentionKind::reverts_subject);
  EXPECT_EQ(mentions[0].text, "Add a cache (#12)");
  EXPECT_EQ(mentions[1].text, "0123456789ab");
  EXPECT_EQ(mentions[2].text, "abcdef0");
  EXPECT_EQ(mentions[3].text, "fedcba9");
  EXPECT_EQ(mentions[4].kind, MentionKind::reverts_something);
  EXPECT_EQ(mentions[5].kind, MentionKind::picked_from);
  EXPECT_TRUE(is_squashed("Add a cache (#12)"));
  EXPECT_FALSE(is_squashed("Add a cache (12)"));
}

TEST(Delivery, ASubjectMeansItsLatestCommitBeforeAndARevertTakenBackIsNoFailure) {
  const History history = history_of({{}, {0}, {1}, {2}, {3}}, {0, 1, 2, 3, 4});
  const std::vector<uint64_t> subjects = {subject_key("a"), subject_key("a"),
                                          subject_key("Revert \"a\""), subject_key("a"),
                                          subject_key("Revert \"b\"")};
  std::vector<Mention> mentions;
  find_mentions(2, "Revert \"a\"", mentions);
  const auto none = [](std::string_view) { return kNone; };
  auto reverts = mentioned_reverts(history, subjects, mentions, none);
  ASSERT_EQ(reverts.size(), 1u);
  EXPECT_EQ(reverts[0].reverted, 1u);
  find_mentions(4, "Revert \"Revert \"a\"\"", mentions);
  reverts = mentioned_reverts(history, subjects, mentions, none);
  ASSERT_EQ(reverts.size(), 1u) << "taking back a revert brings the change again";
  EXPECT_EQ(reverts[0].commit, 2u);
}

TEST(Delivery, PeriodsHaveNoGapsAndWeeksBeginOnMonday) {
  const Time first = parse_time("2025-12-31T12:00:00Z").value();
  const Time last = parse_time("2026-03-02T00:00:00Z").value();
  const auto begins = [&](PeriodLength length) {
    std::vector<std::string> days;
    for (const Period& period : periods_between(length, first, last))
      days.push_back(time_text(period.from).substr(0, 10));
    return days;
  };
  EXPECT_EQ(begins(PeriodLength::month),
            (std::vector<std::string>{"2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01"}));
  EXPECT_EQ(begins(PeriodLength::quarter), (std::vector<std::string>{"2025-10-01", "2026-01-01"}));
  EXPECT_EQ(begins(PeriodLength::year), (std::vector<std::string>{"2025-01-01", "2026-01-01"}));
  EXPECT_EQ(begins(PeriodLength::week).front(), "2025-12-29");
  EXPECT_EQ(begins(PeriodLength::week).back(), "2026-03-02");
  EXPECT_EQ(begins(PeriodLength::week).size(), 10u);
}

TEST(Delivery, AWindowCountsItsReleasesButKnowsWhatCameBefore) {
  const History history = history_of({{}, {0}, {1}}, {0, 5, 12});
  const std::vector<Release> releases = {release("1.0.0", 1, 0), release("1.1.0", 8, 1),
                                         release("1.2.0", 15, 2)};
  const Figures figures =
      known(history, releases)
          .figures({.since = Time{7 * kDay * 1000}, .until = Time{14 * kDay * 1000}});
  EXPECT_EQ(figures.deployments, 1);
  EXPECT_EQ(figures.lead_time.median->value, 3 * kDay);
  EXPECT_EQ(figures.gap.median->value, 7 * kDay);
  EXPECT_EQ(figures.per_week, 1.0);
}

TEST(Delivery, WithoutReleasesThereIsNothingToSay) {
  const Figures figures = known(History(), {}).figures({});
  EXPECT_EQ(figures.deployments, 0);
  EXPECT_FALSE(figures.lead_time.median);
  EXPECT_FALSE(figures.gap.mean_s);
  EXPECT_EQ(figures.failures.of, 0);
  EXPECT_EQ(figures.failures.interval.high, 1.0);
}

TEST(Delivery, OnePassGivesRandomHistoriesTheReleasesOfANaiveWalk) {
  std::mt19937 engine(7);
  const auto random = [&engine] { return static_cast<uint32_t>(engine()); };
  for (int round = 0; round < 200; ++round) {
    const uint32_t size = 1 + random() % 60;
    std::vector<std::vector<uint32_t>> parents(size);
    for (uint32_t i = 1; i < size; ++i) {
      std::set<uint32_t> chosen;
      for (uint32_t k = random() % 3; k > 0; --k) chosen.insert(random() % i);
      parents[i].assign(chosen.begin(), chosen.end());
    }
    const History history = history_of(parents, std::vector<int64_t>(size, 0));
    std::vector<Release> releases;
    for (uint32_t k = random() % 8; k > 0; --k)
      releases.push_back({.name = "r", .version = {}, .at = {}, .commit = random() % size});
    std::vector<uint32_t> naive(size, kNone);
    for (uint32_t r = 0; r < releases.size(); ++r) {
      std::vector<bool> contains(size, false);  // ancestors have lower numbers
      contains[releases[r].commit] = true;
      for (uint32_t i = size; i-- > 0;) {
        if (!contains[i]) continue;
        naive[i] = std::min(naive[i], r);
        for (const uint32_t parent : parents[i]) contains[parent] = true;
      }
    }
    EXPECT_EQ(first_release_of(history, releases), naive) << "round " << round;
  }
}

TEST(Delivery, AnUnsureFigureHasNoCluster) {
  EXPECT_EQ(nearest_cluster(Metric::lead_time, 2024, 3 * kDay, {2.0 * kDay, 4.0 * kDay}), "high");
  EXPECT_FALSE(nearest_cluster(Metric::lead_time, 2024, 6 * kDay, {5.0 * kDay, 9.0 * kDay}));
  // In 2024 the "high" cluster failed more often than the "medium" one.
  EXPECT_EQ(nearest_cluster(Metric::change_failure_rate, 2024, 0.19, {0.17, 0.21}), "high");
  EXPECT_FALSE(nearest_cluster(Metric::lead_time, 2020, 1, {1, 1}));
  // "high" and "medium" restored as fast as each other.
  EXPECT_FALSE(nearest_cluster(Metric::restore, 2024, 7200, {7000, 7400}));
}

}  // namespace
}  // namespace tollgate::delivery
