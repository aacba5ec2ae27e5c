// Figures beside the averages of a survey by industry and size.
#include "app/render/dora_survey.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/doc/json.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tollgate::render {
namespace {

constexpr std::string_view kFile = R"({
  "all": {"name": "All", "leadtime": {"mean": 5.0, "std": 2.0},
          "deployfreq": {"mean": 4.0, "std": 2.0}, "changefailure": {"mean": 1.5, "std": 1.0},
          "failurerecovery": {"mean": 2.6, "std": 2.0},
          "rework": {"mean": 2.0, "std": 2.0}},
  "shops": {"name": "Shops", "leadtime": {"mean": 7.0, "std": 2.0},
            "failurerecovery": {"mean": 3.0, "std": 2.0}}
})";

doc::Node figures(double lead_s, double low, double high) {
  return doc::parse_json(
             fmt::format(
                 R"({{"gap": {{"median_s": 90000, "median_interval_s": [80000, 100000]}},
      "lead_time": {{"median_s": {}, "median_interval_s": [{}, {}]}},
      "restore": {{"median_s": 1800, "median_interval_s": [900, 3000]}},
      "change_failure_rate": {{"rate": 0.05, "interval": [0.02, 0.1]}},
      "rework": {{"rate": null, "interval": []}}}})",
                 lead_s, low, high))
      .value();
}

TEST(DoraSurvey, SpansBecomeAnswersAndShareStayShares) {
  const auto survey = survey_json(figures(40'000, 20'000, 80'000), kFile, "f.json", "all");
  ASSERT_TRUE(survey) << survey.error().text();
  const doc::Node& lead = *survey->find("lead_time");
  EXPECT_EQ(lead.integer_or("answer", 0), 5);
  EXPECT_EQ(lead.text_or("words"), "less than one day");
  EXPECT_EQ(lead.find("score")->as_number(), 8);
  EXPECT_EQ(lead.find("distance")->as_number(), 1.5);
  EXPECT_TRUE(survey->find("deployment_frequency")->find("answer")->is_null())
      << "between 22 and 28 hours lie two answers";
  const doc::Node& failures = *survey->find("change_failure_rate");
  EXPECT_DOUBLE_EQ(failures.find("mean")->as_number(), 0.15);
  EXPECT_DOUBLE_EQ(failures.find("distance")->as_number(), 1) << "fewer failures are better";
  EXPECT_EQ(survey->find("rework")->find("distance"), nullptr) << "no value";
  EXPECT_NE(survey_text(*survey).find("less than one day: 8 of 10, average 5.0, 1.5 deviations "
                                      "better"),
            std::string::npos)
      << survey_text(*survey);
}

TEST(DoraSurvey, RecoveryThatWasPublishedUpsideDownIsTurnedRoundAndSaidSo) {
  const auto survey = survey_json(figures(1, 1, 1), kFile, "f.json", "shops");
  ASSERT_TRUE(survey);
  EXPECT_DOUBLE_EQ(survey->find("restore")->find("mean")->as_number(), 7);
  EXPECT_EQ(doc::compact_json(*survey->find("corrected")), "[\"restore\"]");
  EXPECT_EQ(survey->find("rework"), nullptr) << "the group was not asked";
}

TEST(DoraSurvey, OtherFilesAndGroupsAreRefused) {
  const doc::Node all = figures(1, 1, 1);
  EXPECT_EQ(survey_json(all, "[]", "f.json", "all").error().code, codes::bad_report);
  EXPECT_EQ(survey_json(all, "{\"all\": 1}", "f.json", "all").error().code, codes::bad_report);
  const auto unknown = survey_json(all, kFile, "f.json", "shop");
  EXPECT_EQ(unknown.error().code, codes::unknown_name);
  EXPECT_NE(unknown.error().message.find("shops"), std::string::npos);
  EXPECT_FALSE(survey_json(all, "{", "f.json", "all"));
}

TEST(DoraSurvey, EveryGroupOfThePublishedFilesIsRead) {
  namespace fs = std::filesystem;
  const fs::path folder = TOLLGATE_SHARED_DIR
      "/cases/governance/dora-team/dora.dev/svelte/quick-check/src/lib/data/editions";
  if (!fs::exists(folder)) GTEST_SKIP() << "skipped: no shared data";
  int groups = 0;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (file.path().extension() != ".json") continue;
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const doc::Node parsed = doc::parse_json(text.str()).value();
    for (const doc::Member& member : parsed.members()) {
      const auto survey =
          survey_json(figures(1800, 1000, 3000), text.str(), file.path().string(), member.key);
      ASSERT_TRUE(survey) << file.path() << " " << member.key << ": " << survey.error().text();
      ++groups;
      const bool is_sizes_2025 = file.path().parent_path().filename() == "2025" &&
                                 file.path().filename().string().starts_with("organization");
      EXPECT_EQ(survey->find("corrected")->items().empty(), !is_sizes_2025) << file.path();
      EXPECT_GT(survey->find("restore")->find("mean")->as_number(), 5) << file.path() << member.key;
    }
  }
  EXPECT_GE(groups, 45);
}

}  // namespace
}  // namespace tollgate::render
