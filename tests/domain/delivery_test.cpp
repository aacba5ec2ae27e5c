// Delivery figures over small histories, random ones against a naive oracle, and the exported
// histories of five real projects.
#include "domain/delivery/bands.hpp"
#include "domain/delivery/figures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
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
  const Figures figures = figures_of(history, releases, first_release_of(history, releases), {},
                                     {.now = {100 * kDay * 1000}});
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
  const Figures figures = figures_of(history, releases, first_release_of(history, releases),
                                     reverts, {.now = {9 * kDay * 1000}});
  EXPECT_EQ(figures.failures.failed, 1);
  EXPECT_EQ(figures.failures.of, 2);
  EXPECT_EQ(figures.failures.undetermined, 1);  // 1.2.0 is three days old
  EXPECT_EQ(figures.restore_median->value, 4 * kDay);
  EXPECT_EQ(figures.lead_time.reverted_before, 2);
  EXPECT_EQ(figures.lead_time.n, 3);
}

TEST(Delivery, AWindowCountsItsReleasesButKnowsWhatCameBefore) {
  const History history = history_of({{}, {0}, {1}}, {0, 5, 12});
  const std::vector<Release> releases = {release("1.0.0", 1, 0), release("1.1.0", 8, 1),
                                         release("1.2.0", 15, 2)};
  const Figures figures =
      figures_of(history, releases, first_release_of(history, releases), {},
                 {.since = Time{7 * kDay * 1000}, .until = Time{14 * kDay * 1000}});
  EXPECT_EQ(figures.deployments, 1);
  EXPECT_EQ(figures.lead_time.median->value, 3 * kDay);
  EXPECT_EQ(figures.gap.median->value, 7 * kDay);
  EXPECT_EQ(figures.per_week, 1.0);
}

TEST(Delivery, WithoutReleasesThereIsNothingToSay) {
  const Figures figures = figures_of(History(), {}, {}, {}, {});
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

struct Project {
  const char* name;
  int64_t releases;
  double gap_median, gap_mean, lead_median, lead_p90;
  int64_t changes;
};

/// Tags and commits as tab-separated exports: name, date, peeled or empty, object; and hash,
/// parents, author date, commit date.
struct Export {
  std::vector<Tag> tags;
  History history;
};
Export read_export(const std::string& tags_file, const std::string& commits_file) {
  Export result;
  std::map<std::string, uint32_t> numbers;
  std::vector<std::string> rows;
  FILE* const pipe = popen(("zcat '" + commits_file + "'").c_str(), "r");
  std::string text;
  std::array<char, 65536> piece;
  while (const size_t count = fread(piece.data(), 1, piece.size(), pipe))
    text.append(piece.data(), count);
  EXPECT_EQ(pclose(pipe), 0);
  const auto cells = [](std::string_view line) {
    std::vector<std::string> parts(1);
    for (const char c : line) c == '\t' ? (void)parts.emplace_back() : parts.back().push_back(c);
    return parts;
  };
  std::vector<std::vector<std::string>> commits;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    commits.push_back(cells(std::string_view(text).substr(at, end - at)));
    numbers[commits.back()[0]] = static_cast<uint32_t>(commits.size() - 1);
    at = end + 1;
  }
  for (const auto& commit : commits) {
    result.history.committed_s.push_back(parse_time(commit.at(3)).value().ms / 1000);
    int64_t parents = 0;
    std::string hash;
    for (const char c : commit[1] + " ") {
      if (c != ' ') {
        hash.push_back(c);
        continue;
      }
      if (!hash.empty()) ++parents;
      if (const auto found = numbers.find(hash); found != numbers.end())
        result.history.parents.push_back(found->second);
      hash.clear();
    }
    result.history.parent_begin.push_back(static_cast<uint32_t>(result.history.parents.size()));
    result.history.is_merge.push_back(parents > 1);
  }
  std::ifstream file(tags_file);
  for (std::string line; std::getline(file, line);) {
    const auto row = cells(line);
    const auto found = numbers.find(row[2].empty() ? row[3] : row[2]);
    result.tags.push_back({.name = row[0],
                           .at = parse_time(row[1]).value(),
                           .commit = found == numbers.end() ? kNone : found->second});
  }
  return result;
}

TEST(Delivery, FiguresOfFiveRealProjectsAreRight) {
  const std::string folder = TOLLGATE_SHARED_DIR "/data/delivery_history/git/";
  if (!std::ifstream(folder + "flagger.tags.tsv")) GTEST_SKIP() << "no shared data";
  const std::array projects = {
      Project{"alertmanager", 39, 46.2, 108.4, 86.1, 236.9, 3136},
      Project{"flagger", 100, 18.2, 28.7, 6.24, 79.9, 2193},
      Project{"kayenta", 101, 7.9, 28.5, 31.2, 257.4, 736},
      Project{"flask", 42, 48.2, 121.5, 213.8, 642.9, 2903},
      Project{"sloth", 17, 26.6, 112.2, 53.9, 207.7, 485},
  };
  for (const Project& project : projects) {
    const Export data = read_export(folder + project.name + ".tags.tsv",
                                    folder + project.name + ".allcommits.tsv.gz");
    const auto releases = releases_of(data.tags, {});
    const Figures figures =
        figures_of(data.history, releases, first_release_of(data.history, releases), {}, {});
    const double day = kDay;
    EXPECT_EQ(figures.deployments, project.releases) << project.name;
    EXPECT_EQ(figures.lead_time.n, project.changes) << project.name;
    EXPECT_EQ(figures.lead_time.negative, 0) << project.name;
    EXPECT_NEAR(figures.gap.median->value / day, project.gap_median, 0.05) << project.name;
    EXPECT_NEAR(*figures.gap.mean_s / day, project.gap_mean, 0.051) << project.name;
    EXPECT_NEAR(figures.lead_time.median->value / day, project.lead_median, 0.05) << project.name;
    EXPECT_NEAR(figures.lead_time.p90->value / day, project.lead_p90, 0.05) << project.name;
    EXPECT_LE(figures.lead_time.median->interval.low, figures.lead_time.median->value);
    EXPECT_GE(figures.lead_time.median->interval.high, figures.lead_time.median->value);
  }
}

}  // namespace
}  // namespace tollgate::delivery
