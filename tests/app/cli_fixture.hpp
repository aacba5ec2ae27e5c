// Commands run in process, with captured streams and a folder of their own.
#pragma once

#include "app/cli/exit_codes.hpp"
#include "app/cli/files.hpp"
#include "app/cli/run.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <unistd.h>

namespace tollgate::cli {

namespace fs = std::filesystem;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
  doc::Node json() const {
    const Result<doc::Node> node = doc::parse_json(out);
    EXPECT_TRUE(node.has_value()) << out << err;
    return node ? *node : doc::Node::object();
  }
};

/// A folder to be in, an environment to have and a clock to set.
class Cli : public ::testing::Test {
 protected:
  Cli() : before_(fs::current_path()) {
    folder_ = fs::temp_directory_path() /
              fmt::format("tollgate-cli-{}-{}", ::getpid(),
                          ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    fs::current_path(folder_);
  }
  ~Cli() override {
    fs::current_path(before_);
    fs::remove_all(folder_);
  }

  Outcome run(const std::vector<std::string>& words) {
    Outcome outcome;
    Terminal terminal;
    terminal.out = [&](std::string_view text) { outcome.out += text; };
    terminal.err = [&](std::string_view text) { outcome.err += text; };
    terminal.read_input = [this]() -> Result<std::string> { return input_; };
    terminal.variable = [this](const std::string& name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::string() : found->second;
    };
    terminal.now = process_terminal().now;
    terminal.sleep = [this](Duration) { ++sleeps_; };
    outcome.code = cli::run(words, terminal);
    return outcome;
  }
  /// Words separated by spaces.
  Outcome run(std::string_view line) {
    std::vector<std::string> words;
    for (std::string_view word : split(line, ' ')) {
      if (!word.empty()) words.emplace_back(word);
    }
    return run(words);
  }

  static void write(const std::string& path, std::string_view text) {
    const Result<void> written = write_file(path, text);
    ASSERT_TRUE(written.has_value()) << written.error().text();
  }
  static std::string read(const std::string& path) { return read_file(path).value_or(""); }

  /// A policy that asks for green tests and covered lines only, so that no signals are needed.
  static void write_build_policy(std::string_view minimum = "80%") {
    write(".tollgate/policy.yaml", fmt::format(R"(apiVersion: openslo/v1
kind: Service
metadata: {{name: checkout}}
spec: {{description: Takes orders.}}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {{name: production}}
spec: {{enforcement: enforce, production: true}}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {{name: build}}
spec:
  rule:
    allOf:
      - {{check: tests@1, with: {{maxFailed: 0, minTotal: 1}}}}
      - {{check: coverage@1, with: {{minimum: {}}}}}
)",
                                               minimum));
  }
  static std::string junit(int failed) {
    return fmt::format(
        "<testsuites><testsuite name=\"s\" tests=\"2\" failures=\"{}\"><testcase classname=\"a\" "
        "name=\"x\"/><testcase classname=\"a\" name=\"y\">{}</testcase></testsuite></testsuites>",
        failed, failed > 0 ? "<failure message=\"no\"/>" : "");
  }
  static constexpr std::string_view kLcov =
      "TN:\nSF:a.cpp\nDA:1,1\nDA:2,1\nDA:3,1\nDA:4,1\nDA:5,0\nLF:5\nLH:4\nend_of_record\n";
  static constexpr std::string_view kGate =
      "gate --service checkout --env production --version 1.0.0 --commit abc ";

  fs::path before_;
  fs::path folder_;
  std::map<std::string, std::string> variables_;
  std::string input_;
  int sleeps_ = 0;
};

}  // namespace tollgate::cli
