// Every webhook body that peers and vendors publish: each is recorded, ignored or refused, for a
// stated reason. The summary is golden; with TOLLGATE_WRITE_GOLDEN set it is written anew.
#include "edge/webhooks/translate.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

namespace tollgate::webhooks {
namespace {

namespace fs = std::filesystem;

const fs::path kShared = TOLLGATE_SHARED_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// "2 deployment.observed(succeeded), pipeline.observed" or why there is none.
std::string outcome(std::string_view sender, const std::string& event, std::string_view body) {
  const auto def = sender_named(sender);
  EXPECT_TRUE(def);
  const auto translation =
      translate(**def, {.body = body, .event = event, .received = Time{1'700'000'000'000}});
  if (!translation) return "refused: " + translation.error().message;
  if (!translation->ignored.empty()) return "ignored: " + translation->ignored;
  EXPECT_FALSE(translation->records.empty());
  std::map<std::string, int> kinds;
  for (const model::Observation& record : translation->records) {
    const doc::Node json = observation_json(record);
    std::string kind(observation_type(record));
    for (const std::string_view member : {"status", "decision", "kind"}) {
      const std::string_view value = json.text_or(member);
      if (value.empty()) continue;
      kind += fmt::format("({})", value);
      break;
    }
    ++kinds[kind];
  }
  std::string text = "recorded:";
  for (const auto& [kind, count] : kinds) {
    text += " " + kind;
    if (count > 1) text += fmt::format(" x{}", count);
  }
  return text;
}

class Summary {
 public:
  void add(const std::string& name, const std::string& text) { lines_[name] = text; }

  void add_files(std::string_view sender, const fs::path& folder,
                 const std::function<std::string(const fs::path&)>& event_of) {
    for (const auto& entry : fs::recursive_directory_iterator(kShared / folder)) {
      if (!entry.is_regular_file() || entry.path().extension() != ".json") continue;
      if (entry.path().string().find("schema") != std::string::npos) continue;
      const std::string name =
          fmt::format("{} {}", sender, fs::relative(entry.path(), kShared).string());
      add(name, outcome(sender, event_of(entry.path()), read(entry.path())));
    }
  }

  /// The rows of a raw table of DevLake; `wrap` makes a webhook body of an API object.
  void add_rows(std::string_view sender, const fs::path& table,
                const std::function<std::string(const std::string&)>& wrap,
                const std::string& event) {
    std::map<std::string, int> outcomes;
    for (const std::string& object : data_column(read(kShared / table)))
      ++outcomes[outcome(sender, event, wrap(object))];
    for (const auto& [text, count] : outcomes)
      add(fmt::format("{} {} {}", sender, table.string(), text), fmt::format("{} rows", count));
  }

  std::string text() const {
    std::string text;
    for (const auto& [name, line] : lines_) text += name + " -> " + line + "\n";
    return text;
  }

 private:
  /// The third column of a CSV file with quoted fields.
  static std::vector<std::string> data_column(const std::string& text) {
    std::vector<std::string> found;
    std::string field;
    int column = 0;
    bool is_quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (is_quoted) {
        if (c != '"') {
          field += c;
        } else if (i + 1 < text.size() && text[i + 1] == '"') {
          field += text[++i];
        } else {
          is_quoted = false;
        }
      } else if (c == '"') {
        is_quoted = true;
      } else if (c == ',' || c == '\n') {
        if (column == 2 && field != "data") found.push_back(field);
        column = c == '\n' ? 0 : column + 1;
        field.clear();
      } else {
        field += c;
      }
    }
    return found;
  }

  std::map<std::string, std::string> lines_;
};

Summary summary_of_all() {
  Summary summary;
  const auto folder_name = [](const fs::path& path) {
    return path.parent_path().filename().string();
  };
  const auto none = [](const fs::path&) { return std::string(); };
  const fs::path cases = "cases/release";
  summary.add_files("github", cases / "octokit-webhooks/payload-examples/api.github.com",
                    folder_name);
  summary.add_files("github", "data/delivery_history/github_webhooks", folder_name);
  summary.add_files("gitlab", cases / "xanzy-go-gitlab/testdata/webhooks", none);
  summary.add_files("gitlab", cases / "jenkins-generic-webhook-trigger", none);
  for (const char* folder : {"conformance", "v0.4.1/conformance", "v0.5.1/conformance", "custom"})
    summary.add_files("cdevents", cases / "cdevents-spec" / folder, none);
  const fs::path raw = "data/delivery_history/devlake_raw";
  const auto github = [](std::string_view member) {
    return [member](const std::string& object) {
      return fmt::format(R"({{"{}":{},"repository":{{"full_name":"panjf2000/ants"}}}})", member,
                         object);
    };
  };
  summary.add_rows("github", raw / "github/_raw_github_api_runs.csv", github("workflow_run"),
                   "workflow_run");
  summary.add_rows("github", raw / "github/_raw_github_api_jobs.csv", github("workflow_job"),
                   "workflow_job");
  const auto pagerduty = [](const std::string& object) {
    return fmt::format(R"({{"event":{{"event_type":"incident.triggered","id":"1",)"
                       R"("occurred_at":"2022-11-03T06:23:06Z","data":{}}}}})",
                       object);
  };
  summary.add_rows("pagerduty", raw / "pagerduty/_raw_pagerduty_incidents.csv", pagerduty, "");
  return summary;
}

TEST(GoldenWebhooks, every_published_body_has_a_known_outcome) {
  if (!fs::exists(kShared / "cases/release")) GTEST_SKIP() << "skipped: no shared data";
  const std::string now = summary_of_all().text();
  const std::string path = TOLLGATE_SOURCE_DIR "/tests/golden/webhook_bodies.txt";
  if (std::getenv("TOLLGATE_WRITE_GOLDEN") != nullptr)
    std::ofstream(path, std::ios::binary | std::ios::trunc) << now;
  const std::string golden = read(path);
  // Line by line, so that a difference is found by its file.
  const auto now_lines = split(now, '\n');
  const auto golden_lines = split(golden, '\n');
  for (const auto line : now_lines) {
    if (std::find(golden_lines.begin(), golden_lines.end(), line) == golden_lines.end())
      ADD_FAILURE() << "new: " << line;
  }
  for (const auto line : golden_lines) {
    if (std::find(now_lines.begin(), now_lines.end(), line) == now_lines.end())
      ADD_FAILURE() << "gone: " << line;
  }
}

}  // namespace
}  // namespace tollgate::webhooks
