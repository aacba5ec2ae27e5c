// Repositories and exports read for delivery figures: small ones made by git, and the histories of
// five real projects, as exports and as repositories made from them.
#include "domain/delivery/project.hpp"
#include "edge/git/export.hpp"
#include "edge/git/index.hpp"
#include "edge/git/repository.hpp"
#include "edge/otlp/gzip.hpp"
#include "foundation/base/text.hpp"
#include "git_repository.hpp"

#include <fstream>
#include <sstream>

namespace tollgate::git {
namespace {

constexpr int64_t kDay = 86'400;

Commits read(const std::string& folder, const std::string& index = {}) {
  const auto repository = Repository::open(folder);
  EXPECT_TRUE(repository) << repository.error().text();
  Result<Commits> commits = (*repository)->read(index);
  EXPECT_TRUE(commits) << commits.error().text();
  return std::move(*commits);
}

uint32_t tagged(const Commits& commits, std::string_view name) {
  for (const delivery::Tag& tag : commits.tags) {
    if (tag.name == name) return tag.commit;
  }
  return delivery::kNone;
}

/// 1 main, 2 on it, 3 release branch from 1, 4 merges 3 into main; annotated and light tags.
Stream small_stream() {
  Stream stream;
  const int a = stream.commit({.at_s = kDay, .files = {{"a/x", "1\n"}}});
  const int b = stream.commit({.at_s = 2 * kDay, .parents = {a}, .files = {{"b/x", "1\n"}}});
  const int c = stream.commit(
      {.branch = "release-1.0", .at_s = 3 * kDay, .parents = {a}, .files = {{"a/x", "2\n"}}});
  const int d = stream.commit({.at_s = 4 * kDay, .parents = {b, c}, .files = {{"a/x", "2\n"}}});
  stream.light_tag("v1.0.0", a);
  stream.annotated_tag("v1.0.1", c, 5 * kDay);
  stream.annotated_tag("v1.1.0", d, 6 * kDay);
  return stream;
}

TEST(Git, ReadsCommitsParentsDatesAndPeelsTags) {
  const TestRepository repository;
  repository.import(small_stream().text());
  const Commits commits = read(repository.folder());
  ASSERT_EQ(commits.ids.size(), 4u);
  const uint32_t a = tagged(commits, "v1.0.0");
  const uint32_t c = tagged(commits, "v1.0.1");
  const uint32_t d = tagged(commits, "v1.1.0");
  EXPECT_EQ(commits.history.committed_s[a], kDay);
  EXPECT_EQ(commits.history.committed_s[c], 3 * kDay);
  EXPECT_TRUE(commits.history.is_merge[d]);
  EXPECT_EQ(commits.history.parents_of(d).size(), 2u);
  EXPECT_EQ(commits.history.parents_of(c)[0], a);
  EXPECT_EQ(commits.head, d);
  EXPECT_FALSE(commits.is_cut);
  const auto releases = delivery::releases_of(commits.tags, {});
  ASSERT_EQ(releases.size(), 3u);
  EXPECT_EQ(releases[0].at.ms, kDay * 1000) << "a light tag has its commit's date";
  EXPECT_EQ(releases[1].at.ms, 5 * kDay * 1000) << "an annotated tag has its own";
  const std::string oldest = trim(repository.run("git rev-list --max-parents=0 main")).data();
  EXPECT_EQ(commits.find(oldest.substr(0, 40)), a);
  EXPECT_EQ(commits.find(oldest.substr(0, 9)), a);
  EXPECT_EQ(commits.find("0000000"), delivery::kNone);
}

TEST(Git, AnIndexGivesTheSameAndTakesInWhatIsNew) {
  const TestRepository repository;
  Stream stream = small_stream();
  repository.import(stream.text());
  const std::string index = repository.folder() + "/kept/repository.index";
  const Commits cold = read(repository.folder(), index);
  ASSERT_TRUE(std::filesystem::exists(index));
  const Commits warm = read(repository.folder(), index);
  EXPECT_EQ(warm.ids, cold.ids);
  EXPECT_EQ(warm.history.parents, cold.history.parents);
  EXPECT_EQ(warm.subjects, cold.subjects);
  EXPECT_EQ(tagged(warm, "v1.1.0"), tagged(cold, "v1.1.0"));

  const int e = stream.commit({.at_s = 7 * kDay, .parents = {4}});
  stream.annotated_tag("v1.2.0", e, 8 * kDay);
  repository.import(stream.text());
  const Commits grown = read(repository.folder(), index);
  EXPECT_EQ(grown.ids.size(), 5u);
  EXPECT_EQ(grown.history.parents_of(tagged(grown, "v1.2.0"))[0], tagged(grown, "v1.1.0"));

  // Damage and half a file are noticed, and the file is written anew.
  for (const size_t size : {size_t{0}, size_t{5}, size_t{100}}) {
    std::filesystem::resize_file(index, size);
    EXPECT_EQ(read(repository.folder(), index).ids.size(), 5u);
    EXPECT_GT(std::filesystem::file_size(index), 100u);
  }
}

TEST(Git, AShallowCloneSaysThatItsHistoryIsCut) {
  const TestRepository repository;
  repository.import(small_stream().text());
  const TestRepository clone;
  clone.run(fmt::format("git clone -q --depth 1 file://{} shallow", repository.folder()));
  const std::string index = clone.folder() + "/index";
  const Commits commits = read(clone.folder() + "/shallow", index);
  EXPECT_TRUE(commits.is_cut);
  EXPECT_EQ(commits.ids.size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(index)) << "the edge of a shallow clone may move";
}

TEST(Git, PathsSelectTheCommitsThatChangeSomethingBelowThem) {
  const TestRepository repository;
  repository.import(small_stream().text());
  const auto opened = Repository::open(repository.folder());
  Commits commits = (*opened)->read({}).value();
  const std::vector<std::string> paths = {"a"};
  ASSERT_TRUE((*opened)->select_paths(commits, paths));
  EXPECT_TRUE(commits.history.is_counted[tagged(commits, "v1.0.0")]);
  EXPECT_TRUE(commits.history.is_counted[tagged(commits, "v1.0.1")]);
  int64_t counted = 0;
  for (const bool is_counted : commits.history.is_counted) counted += is_counted ? 1 : 0;
  EXPECT_EQ(counted, 2);
}

TEST(Git, RevertsAreFoundByMessageAndByPatchAndCherryPicksByPatch) {
  const TestRepository repository;
  Stream stream;
  const int a = stream.commit({.at_s = kDay, .message = "Begin", .files = {{"x", "1\n2\n3\n"}}});
  const int b = stream.commit(
      {.at_s = 2 * kDay, .message = "Add four", .parents = {a}, .files = {{"x", "1\n2\n3\n4\n"}}});
  const int c = stream.commit(
      {.at_s = 3 * kDay, .message = "Add y", .parents = {b}, .files = {{"y", "y\n"}}});
  const int d = stream.commit({.at_s = 4 * kDay,
                               .message = "Revert the fourth line",
                               .parents = {c},
                               .files = {{"x", "1\n2\n3\n"}}});
  const int e = stream.commit(
      {.at_s = 5 * kDay, .message = "Revert \"Add y\"", .parents = {d}, .files = {{"y", ""}}});
  // The change of b on a release branch: the same author date, committed later.
  const int f = stream.commit({.branch = "release",
                               .at_s = 6 * kDay,
                               .authored_s = 2 * kDay,
                               .message = "Add four",
                               .parents = {a},
                               .files = {{"x", "1\n2\n3\n4\n"}}});
  for (const auto& [name, mark] :
       {std::pair("1.0.0", a), {"1.1.0", b}, {"1.2.0", c}, {"1.3.0", d}, {"1.4.0", e}})
    stream.light_tag(name, mark);
  stream.annotated_tag("1.0.1", f, 6 * kDay);
  repository.import(stream.text());
  const auto opened = Repository::open(repository.folder());
  const Commits commits = (*opened)->read({}).value();
  const auto reverts = (*opened)->reverts(commits);
  ASSERT_TRUE(reverts) << reverts.error().text();
  ASSERT_EQ(reverts->size(), 2u);
  EXPECT_EQ((*reverts)[0].reverted, tagged(commits, "1.2.0"));
  EXPECT_EQ((*reverts)[0].evidence, delivery::RevertEvidence::subject_named);
  EXPECT_EQ((*reverts)[1].commit, tagged(commits, "1.3.0"));
  EXPECT_EQ((*reverts)[1].reverted, tagged(commits, "1.1.0"));
  EXPECT_EQ((*reverts)[1].evidence, delivery::RevertEvidence::same_patch);
  const auto twins = (*opened)->twins(commits);
  ASSERT_TRUE(twins) << twins.error().text();
  ASSERT_EQ(twins->size(), 1u);
  EXPECT_EQ((*twins)[0].commit, tagged(commits, "1.0.1"));
  EXPECT_EQ((*twins)[0].original, tagged(commits, "1.1.0"));
}

TEST(Git, WhatIsNoRepositoryIsRefusedWithItsName) {
  const auto opened = Repository::open("/nonexistent/place");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("/nonexistent/place"), std::string::npos);
}

TEST(Git, ExportsAreRefusedWithTheLine) {
  const std::string hash(40, 'a');
  const std::string good = hash + "\t\t2026-01-01T00:00:00Z\t2026-01-01T00:00:00Z\tsubject\n";
  EXPECT_TRUE(parse_export(good, "v1.0.0\t2026-01-02T00:00:00Z\t\t" + hash + "\n"));
  for (const std::string& bad : {good + "short\t\n", good + "zz\t\t2026-01-01T00:00:00Z\t2026\n",
                                 good + hash + "\tnothex\t2026-01-01T00:00:00Z\t2026-01-01\n"}) {
    const auto result = parse_export(bad, "");
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().mark.line, 2u) << bad;
  }
}

TEST(Git, ObjectsAreReadOrRefused) {
  const std::string id(40, '1');
  const std::string text = "tree " + id + "\nparent " + id +
                           "\nauthor A <a> 100 +0100\ncommitter B <b> 200 -0300\n"
                           "gpgsig x\n parent y\n\nSubject\n\nBody\n";
  const auto commit = parse_commit(text);
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->parents.size(), 1u);
  EXPECT_EQ(commit->authored_s, 100);
  EXPECT_EQ(commit->committed_s, 200);
  EXPECT_EQ(commit->message, "Subject\n\nBody\n");
  EXPECT_FALSE(parse_commit("tree " + id + "\n\nno committer"));
  EXPECT_FALSE(parse_commit("parent 12\n\n"));
  EXPECT_FALSE(parse_tag("type commit\n"));
  const std::string tag = "object " + id + "\ntype commit\n\n";
  EXPECT_FALSE(parse_tag(tag)->tagged_s);
}

struct RealProject {
  const char* name;
  int64_t releases;
  double gap_median, gap_mean, lead_median, lead_p90;
  int64_t changes;
};
constexpr std::array kProjects = {
    RealProject{"alertmanager", 39, 46.2, 108.4, 86.1, 236.9, 3136},
    RealProject{"flagger", 100, 18.2, 28.7, 6.24, 79.9, 2193},
    RealProject{"kayenta", 101, 7.9, 28.5, 31.2, 257.4, 736},
    RealProject{"flask", 42, 48.2, 121.5, 213.8, 642.9, 2903},
    RealProject{"sloth", 17, 26.6, 112.2, 53.9, 207.7, 485},
};

void expect_figures(const Commits& commits, const RealProject& project) {
  const auto releases = delivery::releases_of(commits.tags, {});
  const auto first = delivery::first_release_of(commits.history, releases);
  const delivery::Figures figures =
      delivery::figures_of({.history = &commits.history, .releases = releases, .first = first}, {});
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

std::string bytes_of(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(bytes).str();
}

/// The exported history as a fast-import stream: parents first, empty trees, tags as they were.
std::string stream_of(const std::string& commits_text, const std::string& tags_text) {
  std::map<std::string, std::vector<std::string>> rows;
  std::vector<std::string> order;
  for (const std::string_view line : split(commits_text, '\n')) {
    std::vector<std::string> cells;
    for (const std::string_view cell : split(line, '\t')) cells.emplace_back(cell);
    if (cells.size() >= 4) {
      order.push_back(cells[0]);
      rows[cells[0]] = cells;
    }
  }
  std::string text;
  std::map<std::string, int> marks;
  const auto seconds = [](const std::string& time) { return parse_time(time).value().ms / 1000; };
  std::vector<std::string> open(order.rbegin(), order.rend());
  while (!open.empty()) {
    const std::vector<std::string>& row = rows[open.back()];
    std::vector<std::string> parents;
    bool is_ready = true;
    for (const std::string_view parent : split(row[1], ' ')) {
      if (!rows.contains(std::string(parent))) continue;
      parents.emplace_back(parent);
      if (marks.contains(parents.back())) continue;
      if (is_ready) is_ready = false;
    }
    if (marks.contains(row[0])) {
      open.pop_back();
      continue;
    }
    if (!is_ready) {
      for (const std::string& parent : parents) {
        if (!marks.contains(parent)) open.push_back(parent);
      }
      continue;
    }
    open.pop_back();
    const int mark = static_cast<int>(marks.size()) + 1;
    marks[row[0]] = mark;
    const std::string subject = row.size() > 4 ? row[4] : "";
    text += fmt::format(
        "commit refs/heads/main\nmark :{}\nauthor A <a> {} +0000\ncommitter C <c> {} +0000\ndata "
        "{}\n{}\n",
        mark, seconds(row[2]), seconds(row[3]), subject.size(), subject);
    if (parents.empty()) text += "deleteall\n";
    for (size_t i = 0; i < parents.size(); ++i)
      text += fmt::format("{} :{}\n", i == 0 ? "from" : "merge", marks[parents[i]]);
    text += "\n";
    if (parents.empty()) text += "reset refs/heads/main\n\n";
  }
  for (const std::string_view line : split(tags_text, '\n')) {
    const auto cells = split(line, '\t');
    if (cells.size() < 4) continue;
    const bool is_light = cells[2].empty();
    const auto mark = marks.find(std::string(is_light ? cells[3] : cells[2]));
    if (mark == marks.end()) continue;
    text += is_light ? fmt::format("reset refs/tags/{}\nfrom :{}\n\n", cells[0], mark->second)
                     : fmt::format("tag {}\nfrom :{}\ntagger T <t> {} +0000\ndata 1\nx\n", cells[0],
                                   mark->second, seconds(std::string(cells[1])));
  }
  return text;
}

TEST(Git, FiguresOfFiveRealProjectsAreRightFromExportAndFromRepository) {
  const std::string folder = TOLLGATE_SHARED_DIR "/data/delivery_history/git/";
  if (!std::ifstream(folder + "flagger.tags.tsv")) GTEST_SKIP() << "skipped: no shared data";
  for (const RealProject& project : kProjects) {
    std::string plain;
    const std::string packed = bytes_of(folder + project.name + ".allcommits.tsv.gz");
    const auto text = otlp::uncompress_gzip(packed, plain);
    ASSERT_TRUE(text) << text.error().text();
    const std::string tags = bytes_of(folder + project.name + ".tags.tsv");
    const auto commits = parse_export(*text, tags);
    ASSERT_TRUE(commits) << commits.error().text();
    expect_figures(*commits, project);

    const TestRepository repository;
    repository.import(stream_of(std::string(*text), tags));
    const std::string index = repository.folder() + "/kept.index";
    expect_figures(read(repository.folder(), index), project);
    expect_figures(read(repository.folder(), index), project);
  }
}

}  // namespace
}  // namespace tollgate::git
