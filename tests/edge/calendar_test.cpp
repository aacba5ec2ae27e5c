// The calendars' answers: precedence, and the bugs that users of other tools met, one test each.
#include "domain/schedule/timeline.hpp"
#include "edge/zones/zones.hpp"
#include "engine/almanac/almanac.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>

namespace tollgate::schedule {
namespace {

using model::EntryType;

class Calendars : public testing::Test {
 protected:
  model::CalendarEntry entry(EntryType type, const std::string& start, Duration length,
                             const std::string& rule = {}) {
    return {.name = fmt::format("e{}", ++count_),
            .type = type,
            .start = start,
            .duration = length,
            .rule = rule};
  }

  model::CalendarReading read(const std::vector<model::CalendarEntry>& entries,
                              const std::string& at, const std::string& zone = "Europe/Berlin") {
    std::vector<ScheduledEntry> scheduled;
    for (const model::CalendarEntry& one : entries) {
      ScheduledEntry made;
      made.name = "c/" + one.name;
      made.type = one.type;
      made.pattern = model::pattern_of(one).value();
      made.zone = zone;
      scheduled.push_back(std::move(made));
    }
    const Time moment = parse_time(at).value();
    const auto line = Timeline::build(
        std::move(scheduled), [this](const std::string& name) { return zones_.zone(name); },
        Time{moment.ms / 86'400'000 * 86'400'000}, moment + model::kCalendarHorizon + days(2));
    return line.value().read(moment);
  }

  static std::string text(const std::optional<Time>& time) {
    return time ? time_text(*time).substr(0, 16) : "never";
  }

  zones::SystemZones zones_;
  int count_ = 0;
};

TEST_F(Calendars, WithoutEntriesItIsOpen) {
  const auto reading = read({}, "2026-11-26T10:00Z");
  EXPECT_TRUE(reading.is_open);
  EXPECT_TRUE(reading.reasons.empty());
}

TEST_F(Calendars, BlackoutBeatsOpeningBeatsFreezeBeatsWindow) {
  const auto all_day = [&](EntryType type) { return entry(type, "2026-11-26T00:00", days(1)); };
  const std::string noon = "2026-11-26T12:00Z";
  EXPECT_FALSE(read({all_day(EntryType::window), all_day(EntryType::freeze)}, noon).is_open);
  EXPECT_TRUE(read({all_day(EntryType::freeze), all_day(EntryType::opening)}, noon).is_open);
  EXPECT_FALSE(
      read({all_day(EntryType::freeze), all_day(EntryType::opening), all_day(EntryType::blackout)},
           noon)
          .is_open);
  EXPECT_TRUE(read({all_day(EntryType::launch), all_day(EntryType::maintenance)}, noon).is_open);
  const auto reading = read({all_day(EntryType::freeze), all_day(EntryType::blackout)}, noon);
  ASSERT_EQ(reading.reasons.size(), 2u);
  EXPECT_EQ(reading.reasons[0].type, EntryType::blackout) << "the strongest reason comes first";
}

TEST_F(Calendars, WhereWindowsAreDeclaredReleasesGoOnlyInsideThem) {
  const auto hours_of =
      entry(EntryType::window, "2026-11-02T09:00", hours(8), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH");
  EXPECT_TRUE(read({hours_of}, "2026-11-26T10:00Z").is_open);
  const auto friday = read({hours_of}, "2026-11-27T10:00Z");
  EXPECT_FALSE(friday.is_open);
  EXPECT_EQ(text(friday.opens), "2026-11-30T08:00");
  ASSERT_EQ(friday.reasons.size(), 1u);
  EXPECT_EQ(text(friday.reasons[0].from), "2026-11-30T08:00") << "the next window is the reason";
}

// gitlab#370472: a freeze whose next occurrence begins before it ends was ignored.
TEST_F(Calendars, AFreezeThatOverlapsItselfHolds) {
  const auto freeze = entry(EntryType::freeze, "2026-11-20T18:00", days(2), "FREQ=DAILY;COUNT=5");
  const auto reading = read({freeze}, "2026-11-23T12:00Z");
  EXPECT_FALSE(reading.is_open);
  EXPECT_EQ(text(reading.opens), "2026-11-26T17:00");
  EXPECT_EQ(reading.reasons.size(), 1u) << "one entry is one reason";
}

// gitlab#247110: no date for once.
TEST_F(Calendars, AnEntryMayHappenOnce) {
  const auto freeze = entry(EntryType::freeze, "2026-12-24T10:00", hours(2));
  EXPECT_FALSE(read({freeze}, "2026-12-24T09:30Z").is_open);
  EXPECT_TRUE(read({freeze}, "2026-12-24T11:00Z").is_open);
  EXPECT_TRUE(read({freeze}, "2027-01-24T09:30Z").is_open);
}

// orca PR#1063: windows went wrong when the clock changed.
TEST_F(Calendars, AWindowKeepsItsHoursWhenTheClockChanges) {
  const auto nights = entry(EntryType::window, "2026-03-01T22:00", hours(8), "FREQ=DAILY");
  EXPECT_TRUE(read({nights}, "2026-03-29T03:59Z").is_open);   // 05:59, the clock went forward
  EXPECT_FALSE(read({nights}, "2026-03-29T04:01Z").is_open);  // 06:01
  EXPECT_TRUE(read({nights}, "2026-10-25T04:59Z").is_open);   // 05:59, the clock went back
  EXPECT_FALSE(read({nights}, "2026-10-25T05:01Z").is_open);
}

// spinnaker#1648: days without hours never ran.
TEST_F(Calendars, AWindowOfWholeDaysIsOpenAllDay) {
  const auto tuesdays = entry(EntryType::window, "2026-11-03", days(1), "FREQ=WEEKLY;BYDAY=TU");
  EXPECT_TRUE(read({tuesdays}, "2026-11-23T23:00Z").is_open);  // Tuesday 00:00 in Berlin
  EXPECT_TRUE(read({tuesdays}, "2026-11-24T22:59Z").is_open);
  EXPECT_FALSE(read({tuesdays}, "2026-11-24T23:00Z").is_open);
}

// keel#1263: a zone that was not understood became UTC.
TEST_F(Calendars, AnUnknownZoneIsAnErrorAndNeverUtc) {
  std::vector<ScheduledEntry> entries(1);
  entries[0].name = "c/e";
  entries[0].pattern = model::pattern_of(entry(EntryType::window, "2026-11-03", days(1))).value();
  entries[0].zone = "Europe/Berlni";
  const auto line = Timeline::build(
      entries, [this](const std::string& name) { return zones_.zone(name); }, Time{0}, Time{1});
  ASSERT_FALSE(line);
  EXPECT_NE(line.error().message.find("Europe/Berlin"), std::string::npos) << line.error().message;
  model::CalendarEntry nameless = entry(EntryType::freeze, "2026-11-03", days(1));
  Book book;
  book.take(
      {.position = 0,
       .data = model::CalendarEntryAdded{.calendar = "nobody declared it", .entry = nameless}});
  EXPECT_FALSE(entries_for(model::Bundle(), book, {})) << "no zone at all is no UTC either";
}

// orca PR#1263: a limit of two days was shorter than a weekend.
TEST_F(Calendars, TheNextOpeningIsFoundBehindALongHoliday) {
  const auto hours_of =
      entry(EntryType::window, "2026-11-02T09:00", hours(8), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH");
  const auto holiday = entry(EntryType::freeze, "2026-12-18T18:00", days(60));
  const auto reading = read({hours_of, holiday}, "2026-12-19T10:00Z");
  EXPECT_EQ(text(reading.opens), "2027-02-17T08:00");
}

TEST_F(Calendars, BeyondTheHorizonNoOpeningIsPromised) {
  const auto freeze = entry(EntryType::freeze, "2026-11-01T00:00", days(200));
  const auto reading = read({freeze}, "2026-11-26T10:00Z");
  EXPECT_FALSE(reading.is_open);
  EXPECT_FALSE(reading.opens.has_value());
  const auto over = entry(EntryType::window, "2020-01-06T09:00", hours(8), "FREQ=DAILY;COUNT=5");
  const auto closed = read({over}, "2026-11-26T10:00Z");
  EXPECT_FALSE(closed.is_open) << "windows that are over leave nothing open";
  ASSERT_EQ(closed.reasons.size(), 1u);
  EXPECT_EQ(closed.reasons[0].entry, "c/e2");
}

// gitlab#198403: no way to go through a freeze.
TEST_F(Calendars, AnOpeningEndsAndTheFreezeGoesOn) {
  const auto freeze = entry(EntryType::freeze, "2026-12-01T00:00", days(30));
  const auto opening = entry(EntryType::opening, "2026-12-05T12:00", hours(1));
  const auto during = read({freeze, opening}, "2026-12-05T11:30Z");
  EXPECT_TRUE(during.is_open);
  EXPECT_EQ(text(during.closes), "2026-12-05T12:00");
  EXPECT_EQ(text(read({freeze, opening}, "2026-12-05T10:30Z").opens), "2026-12-05T11:00");
}

TEST_F(Calendars, ANewImportReplacesTheOneOfTheSameSource) {
  Book book;
  const auto one = entry(EntryType::blackout, "2026-12-01T00:00", days(1));
  const auto two = entry(EntryType::blackout, "2026-12-02T00:00", days(1));
  book.take(
      {.position = 7,
       .data = model::CalendarImported{.calendar = "v", .source = "s", .entries = {one, two}}});
  book.take({.position = 8, .data = model::CalendarEntryAdded{.calendar = "v", .entry = one}});
  book.take({.position = 9,
             .data = model::CalendarImported{.calendar = "v", .source = "s", .entries = {two}}});
  ASSERT_EQ(book.entries().size(), 2u);
  EXPECT_EQ(book.entries()[0].id, "c8");
  EXPECT_EQ(book.entries()[1].id, "c9.0");
  book.take(
      {.position = 10, .data = model::CalendarEntryCancelled{.calendar = "v", .entry = "c8"}});
  EXPECT_EQ(book.entries().size(), 1u);
  EXPECT_EQ(book.revision(), 11);
}

}  // namespace
}  // namespace tollgate::schedule
