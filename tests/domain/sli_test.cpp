// Delivery figures as good and bad events.
#include "domain/delivery/sli.hpp"

#include <gtest/gtest.h>

namespace tollgate::delivery {
namespace {

constexpr int64_t kHourMs = 3'600'000;
Time at(int64_t hour) { return {hour * kHourMs}; }

Deployment deployment(const std::string& version, int64_t hour,
                      model::DeploymentKind kind = model::DeploymentKind::planned) {
  return {.service = "a",
          .environment = "production",
          .id = "x:" + version,
          .version = version,
          .status = model::DeploymentStatus::succeeded,
          .kind = kind,
          .begin = at(hour),
          .end = at(hour + 1)};
}

/// Versions 1 to 3, of which 2 was taken back after three hours.
Place place() {
  Place place{.service = "a", .environment = "production"};
  place.deployments = {deployment("1", 0), deployment("2", 10),
                       deployment("1", 13, model::DeploymentKind::rollback), deployment("3", 40)};
  place.incidents = {{.id = "I", .service = "a", .opened = at(12), .caused_by = "2"}};
  place.changes = {{.id = "c1", .at = at(0), .version = "1"},
                   {.id = "c2", .at = at(1), .version = "2"},
                   {.id = "c3", .at = at(40), .version = "3"}};
  return place;
}

std::string counted(const std::string& sli, int64_t now = 1000, int64_t from = 0) {
  const Places known = {std::make_shared<const Place>(place())};
  const auto parsed = parse_sli(sli);
  EXPECT_TRUE(parsed) << parsed.error().text();
  const SliCounts counts =
      count_sli(known, *parsed, {.from = at(from), .to = at(now), .now = at(now)});
  return fmt::format("{} good {} bad", counts.good, counts.bad);
}

TEST(DeliverySli, EachFigureCountsItsEvents) {
  EXPECT_EQ(counted("change-failure-rate"), "2 good 1 bad");
  EXPECT_EQ(counted("change-failure-rate", 50), "0 good 1 bad") << "the others are too young";
  EXPECT_EQ(counted("lead-time <= 2h"), "1 good 1 bad") << "the first has no predecessor";
  EXPECT_EQ(counted("gap <= 12h", 45), "1 good 1 bad");
  EXPECT_EQ(counted("gap <= 12h", 60), "1 good 2 bad") << "the open one is too long already";
  EXPECT_EQ(counted("restore <= 3h"), "1 good 0 bad");
  EXPECT_EQ(counted("restore <= 2h"), "0 good 1 bad");
  EXPECT_EQ(counted("detect <= 1h"), "1 good 0 bad");
  EXPECT_EQ(counted("decide <= 30m"), "0 good 1 bad");
  EXPECT_EQ(counted("roll-back <= 1h"), "1 good 0 bad");
  EXPECT_EQ(counted("rollback-success"), "1 good 0 bad");
  EXPECT_EQ(counted("rework"), "3 good 1 bad");
  EXPECT_EQ(counted("change-failure-rate", 1000, 20), "1 good 0 bad") << "only what ended inside";
}

TEST(DeliverySli, QueriesAreRefusedWithTheReason) {
  for (const auto& [text, words] : {std::pair("change-failure", "known are"),
                                    {"lead-time", "needs a limit"},
                                    {"rework <= 1d", "takes no limit"},
                                    {"gap <= 0s", "above 0"},
                                    {"gap <= soon", "duration"}}) {
    const auto sli = parse_sli(text);
    ASSERT_FALSE(sli) << text;
    EXPECT_NE(sli.error().message.find(words), std::string::npos) << sli.error().message;
  }
}

}  // namespace
}  // namespace tollgate::delivery
