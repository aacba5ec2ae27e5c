// Repositories made for tests, written by git itself from a stream of commits and tags.
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace tollgate::git {

/// A folder with a bare repository that goes with the test.
class TestRepository {
 public:
  TestRepository() {
    std::string name = (std::filesystem::temp_directory_path() / "tollgate-git-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    run("git init -q --bare -b main .");
  }
  ~TestRepository() { std::filesystem::remove_all(folder_); }
  TestRepository(const TestRepository&) = delete;
  TestRepository& operator=(const TestRepository&) = delete;

  const std::string& folder() const { return folder_; }

  /// Runs a command of the shell in the folder, without the user's configuration.
  std::string run(const std::string& command) const {
    const std::string line =
        fmt::format("cd '{}' && HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 {} 2>&1", folder_, command);
    FILE* const pipe = popen(line.c_str(), "r");
    std::string out;
    std::array<char, 4096> piece;
    while (const size_t count = fread(piece.data(), 1, piece.size(), pipe))
      out.append(piece.data(), count);
    EXPECT_EQ(pclose(pipe), 0) << command << "\n" << out;
    return out;
  }

  /// Lets git read a fast-import stream.
  void import(const std::string& stream) const {
    const std::string line = fmt::format(
        "cd '{}' && HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 git fast-import --quiet --force",
        folder_);
    FILE* const pipe = popen(line.c_str(), "w");
    fwrite(stream.data(), 1, stream.size(), pipe);
    ASSERT_EQ(pclose(pipe), 0) << stream.substr(0, 2000);
  }

 private:
  std::string folder_;
};

/// Writes commits as a fast-import stream; marks count from 1 in the order of the calls.
class Stream {
 public:
  struct Commit {
    std::string branch = "main";
    int64_t at_s = 0;
    int64_t authored_s = 0;  // 0: at_s
    std::string message = "change\n";
    std::vector<int> parents = {};
    std::vector<std::pair<std::string, std::string>> files = {};  // path and content
  };
  int commit(const Commit& commit) {
    const int64_t authored = commit.authored_s == 0 ? commit.at_s : commit.authored_s;
    text_ += fmt::format(
        "commit refs/heads/{}\nmark :{}\nauthor A <a@x> {} +0100\ncommitter C <c@x> {} "
        "+0000\ndata {}\n{}\n",
        commit.branch, ++marks_, authored, commit.at_s, commit.message.size(), commit.message);
    for (size_t i = 0; i < commit.parents.size(); ++i)
      text_ += fmt::format("{} :{}\n", i == 0 ? "from" : "merge", commit.parents[i]);
    for (const auto& [path, content] : commit.files)
      text_ += fmt::format("M 100644 inline {}\ndata {}\n{}\n", path, content.size(), content);
    text_ += "\n";
    return marks_;
  }
  void annotated_tag(const std::string& name, int mark, int64_t at_s) {
    text_ +=
        fmt::format("tag {}\nfrom :{}\ntagger T <t@x> {} +0000\ndata 1\nx\n", name, mark, at_s);
  }
  void light_tag(const std::string& name, int mark) {
    text_ += fmt::format("reset refs/tags/{}\nfrom :{}\n\n", name, mark);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int marks_ = 0;
};

}  // namespace tollgate::git
