// Plays every journey in every world.
#include "runner/play.hpp"
#include "runner/worlds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tollgate::journeys {
namespace {

namespace fs = std::filesystem;

/// A folder that goes with the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "tollgate-journey-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<fs::path> journey_files() {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::recursive_directory_iterator(TOLLGATE_SOURCE_DIR "/tests/journeys")) {
    if (entry.path().extension() == ".journey") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Journey read_journey(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  Result<Journey> journey = parse_journey(file.filename().string(), text.str());
  if (!journey) ADD_FAILURE() << journey.error().text();
  return journey ? *journey : Journey{};
}

using Make = Result<std::unique_ptr<World>> (*)(const std::string& directory);

Result<std::unique_ptr<World>> make_binary(const std::string& directory) {
  return make_binary_world(directory, TOLLGATE_PROGRAM);
}

struct Case {
  std::string name;
  fs::path file;
  Make make;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const fs::path& file : journey_files()) {
    const std::string stem = file.stem().string();
    all.push_back({"engine_" + stem, file, make_engine_world});
    all.push_back({"server_" + stem, file, make_server_world});
    all.push_back({"binary_" + stem, file, make_binary});
  }
  return all;
}

class JourneyTest : public testing::TestWithParam<Case> {};

TEST_P(JourneyTest, GoesAsWritten) {
  setenv(kHookSecretVariable, kHookSecret, 1);
  const TemporaryDirectory directory;
  const Journey journey = read_journey(GetParam().file);
  ASSERT_FALSE(journey.rows.empty()) << "a journey names the rows it proves";
  Result<std::unique_ptr<World>> world = GetParam().make(directory.path());
  ASSERT_TRUE(world) << world.error().text();
  const Result<void> played = play(journey, **world);
  EXPECT_TRUE(played) << played.error().text();
}

INSTANTIATE_TEST_SUITE_P(All, JourneyTest, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<Case>& param) {
                           return param.param.name;
                         });

}  // namespace
}  // namespace tollgate::journeys
