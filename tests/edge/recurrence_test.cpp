// Recurrences as people meet them: changes of the clock, nights, dates left out, rules that nobody
// can carry out.

#include "domain/calendar/pattern.hpp"
#include "edge/zones/zones.hpp"

#include <gtest/gtest.h>

namespace tollgate::calendar {
namespace {

class Recurrences : public testing::Test {
 protected:
  Zone zone(const std::string& name) { return zones_.zone(name).value(); }

  std::vector<std::string> moments_of(const std::string& rule, const std::string& start,
                                      const std::string& zone_name, size_t count,
                                      const std::string& from = "1970-01-01T00:00Z") {
    const Pattern pattern{.start = parse_local_time(start).value(),
                          .rule = parse_rule(rule).value()};
    std::vector<std::string> texts;
    const auto found = moments(pattern, zone(zone_name), parse_time(from).value(), count);
    for (const Time time : found.value()) {
      texts.push_back(time_text(time).substr(0, 16));
    }
    return texts;
  }

  std::vector<std::string> spans_of(const Pattern& pattern, const std::string& zone_name,
                                    const std::string& from, const std::string& to) {
    std::vector<std::string> texts;
    const auto found =
        occurrences(pattern, zone(zone_name), parse_time(from).value(), parse_time(to).value());
    for (const Occurrence& span : found.value()) {
      texts.push_back(time_text(span.from).substr(5, 11) + "/" + time_text(span.to).substr(5, 11));
    }
    return texts;
  }

  zones::SystemZones zones_;
};

using Texts = std::vector<std::string>;

TEST_F(Recurrences, SkippedReadingCountsWithTheOffsetBefore) {
  EXPECT_EQ(moments_of("FREQ=DAILY", "2026-03-28T02:30", "Europe/Berlin", 3),
            (Texts{"2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"}));
}

TEST_F(Recurrences, OfAReadingThatComesTwiceTheFirstCounts) {
  EXPECT_EQ(moments_of("FREQ=DAILY", "2026-10-24T02:30", "Europe/Berlin", 3),
            (Texts{"2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"}));
}

TEST_F(Recurrences, NineOClockStaysNineOClockAcrossTheChange) {
  EXPECT_EQ(moments_of("FREQ=WEEKLY;BYDAY=MO", "2026-03-23T09:00", "America/New_York", 2,
                       "2026-03-01T00:00Z"),
            (Texts{"2026-03-23T13:00", "2026-03-30T13:00"}));
  EXPECT_EQ(moments_of("FREQ=WEEKLY;BYDAY=MO", "2026-03-02T09:00", "America/New_York", 2),
            (Texts{"2026-03-02T14:00", "2026-03-09T13:00"}));
}

TEST_F(Recurrences, UntilInUtcEndsAtThatMomentAndADateWithThatDay) {
  EXPECT_EQ(moments_of("FREQ=DAILY;UNTIL=20260330T000000Z", "2026-03-28T23:00", "Europe/Berlin", 9)
                .size(),
            2u);
  EXPECT_EQ(moments_of("FREQ=DAILY;UNTIL=20260330", "2026-03-28T23:00", "Europe/Berlin", 9).size(),
            3u);
}

TEST_F(Recurrences, ANightEndsAtItsReadingAlsoWhenTheClockChanges) {
  const Pattern night{.start = parse_local_time("2026-03-27 22:00").value(),
                      .length = hours(8),
                      .rule = parse_rule("FREQ=DAILY").value()};
  EXPECT_EQ(spans_of(night, "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-30T12:00Z"),
            (Texts{"03-28T21:00/03-29T04:00", "03-29T20:00/03-30T04:00"}));
}

TEST_F(Recurrences, ASpanInsideTheGapIsNotLost) {
  const Pattern early{.start = parse_local_time("2026-03-28 02:30").value(),
                      .length = minutes(45),
                      .rule = parse_rule("FREQ=DAILY").value()};
  EXPECT_EQ(spans_of(early, "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T12:00Z"),
            (Texts{"03-29T01:30/03-29T02:15"}));
}

TEST_F(Recurrences, DatesLeftOutAndAdded) {
  const Pattern days{.start = parse_local_time("2026-12-22 09:00").value(),
                     .length = hours(8),
                     .rule = parse_rule("FREQ=DAILY;COUNT=4").value(),
                     .also = {parse_local_time("2027-01-02 10:00").value()},
                     .except = {parse_local_date("2026-12-24").value(),
                                parse_local_date("2026-12-25 09:00").value()}};
  EXPECT_EQ(
      spans_of(days, "UTC", "2026-12-01T00:00Z", "2027-02-01T00:00Z"),
      (Texts{"12-22T09:00/12-22T17:00", "12-23T09:00/12-23T17:00", "01-02T10:00/01-02T18:00"}));
}

TEST_F(Recurrences, ASpanThatBeganLongAgoIsStillFound) {
  const Pattern weekend{.start = parse_local_time("2020-01-03 18:00").value(),
                        .length = days(2) + hours(14),
                        .rule = parse_rule("FREQ=WEEKLY").value()};
  EXPECT_EQ(spans_of(weekend, "UTC", "2026-11-29T12:00Z", "2026-11-29T13:00Z"),
            (Texts{"11-27T18:00/11-30T08:00"}));
}

TEST_F(Recurrences, AJumpGivesWhatCountingFromTheStartGives) {
  for (const char* rule : {"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "FREQ=MONTHLY;BYDAY=-1FR",
                           "FREQ=DAILY;INTERVAL=3", "FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYDAY=2SU",
                           "FREQ=HOURLY;INTERVAL=5", "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31"}) {
    const Texts all = moments_of(rule, "2020-01-06T10:00", "Europe/Berlin", 20'000);
    const auto later = std::find_if(
        all.begin(), all.end(), [](const std::string& text) { return text >= "2021-06-01T00:00"; });
    ASSERT_NE(later, all.end()) << rule;
    const Texts wanted(later, later + std::min<ptrdiff_t>(all.end() - later, 5));
    EXPECT_EQ(
        moments_of(rule, "2020-01-06T10:00", "Europe/Berlin", wanted.size(), "2021-06-01T00:00Z"),
        wanted)
        << rule;
  }
}

TEST_F(Recurrences, JanuaryDaysMayBelongToTheLastWeekOfTheYearBefore) {
  EXPECT_EQ(moments_of("FREQ=YEARLY;BYWEEKNO=52;BYDAY=SA", "2021-01-04T10:00", "UTC", 2),
            (Texts{"2022-01-01T10:00", "2022-12-31T10:00"}));
  EXPECT_EQ(moments_of("FREQ=MONTHLY;BYDAY=TH,-1MO;COUNT=3", "2026-11-23T10:00", "UTC", 9),
            (Texts{"2026-11-26T10:00", "2026-11-30T10:00", "2026-12-03T10:00"}));
}

TEST_F(Recurrences, ARuleWithoutAnyHitEnds) {
  for (const char* rule :
       {"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=4",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=5", "FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2"}) {
    EXPECT_EQ(moments_of(rule, "2026-01-01T10:00", "UTC", 3), Texts{}) << rule;
  }
}

TEST(Rules, WhatNobodyCanCarryOutIsRefusedWithAReason) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "begins with FREQ"},
      {"BYDAY=MO", "begins with FREQ"},
      {"FREQ=DAYLY", "begins with FREQ"},
      {"FREQ=DAILY;FREQ=DAILY", "stands twice"},
      {"FREQ=DAILY;EVERY=2", "no part EVERY"},
      {"FREQ=DAILY;COUNT", "NAME=VALUE"},
      {"FREQ=DAILY;COUNT=0", "out of range"},
      {"FREQ=DAILY;COUNT=2;UNTIL=20260101", "exclude each other"},
      {"FREQ=DAILY;UNTIL=soon", "is no time"},
      {"FREQ=WEEKLY;BYDAY=MON", "no weekday"},
      {"FREQ=WEEKLY;BYDAY=1MO", "counts within months"},
      {"FREQ=DAILY;BYHOUR=24", "out of range"},
      {"FREQ=HOURLY;BYDAY=MO;BYSETPOS=1", "does not go with"},
      {"FREQ=DAILY;BYSETPOS=1", "picks from"},
      {"FREQ=MONTHLY;BYWEEKNO=3", "does not go with"},
  };
  for (const auto& [text, message] : cases) {
    const Result<Rule> rule = parse_rule(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_NE(rule.error().message.find(message), std::string::npos)
        << text << ": " << rule.error().message;
  }
}

}  // namespace
}  // namespace tollgate::calendar
