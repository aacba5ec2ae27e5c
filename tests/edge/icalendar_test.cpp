// iCalendar and cState in, iCalendar out.
#include "edge/icalendar/icalendar.hpp"

#include "edge/zones/zones.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tollgate::icalendar {
namespace {

constexpr const char* kFile =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
    "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Freeze\\, all of\r\n  it\r\n"
    "DTSTART;TZID=Europe/Berlin:20261218T180000\r\nDTEND;TZID=Europe/Berlin:20261219T080000\r\n"
    "RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE;TZID=Europe/Berlin:20261219T180000\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:moved\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261220T180000\r\n"
    "DTSTART;TZID=Europe/Berlin:20261221T180000\r\nDURATION:PT2H\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:All day\r\nDTSTART;VALUE=DATE:20261224\r\n"
    "CATEGORIES:freeze\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nUID:3\r\nSUMMARY:Off\r\nSTATUS:CANCELLED\r\nDTSTART:20261224T100000Z\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n";

TEST(Icalendar, EventsBecomeEntries) {
  const auto read = read_icalendar(kFile, {.zone = "Europe/Paris"});
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->entries.size(), 3u);
  const model::CalendarEntry& series = read->entries[0];
  EXPECT_EQ(series.name, "Freeze, all of it");
  EXPECT_EQ(series.type, model::EntryType::blackout);
  EXPECT_EQ(series.start, "2026-12-18T18:00:00");
  EXPECT_EQ(series.duration, hours(14));
  EXPECT_EQ(series.time_zone, "Europe/Berlin");
  EXPECT_EQ(series.except, (std::vector<std::string>{"2026-12-19T18:00:00", "2026-12-20T18:00:00"}))
      << "the moved occurrence is left out of its series";
  EXPECT_EQ(read->entries[1].type, model::EntryType::freeze);
  EXPECT_EQ(read->entries[1].time_zone, "Europe/Paris");
  EXPECT_EQ(read->entries[1].duration, days(1));
  EXPECT_EQ(read->entries[2].name, "moved");
  ASSERT_EQ(read->ignored.size(), 1u);
  EXPECT_NE(read->ignored[0].find("cancelled"), std::string::npos);
}

TEST(Icalendar, ATimeWithoutAZoneIsRefusedRatherThanTakenAsUtc) {
  const auto read = read_icalendar(
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART:20261224T100000\nDURATION:PT1H\n"
      "END:VEVENT\nEND:VCALENDAR\n",
      {});
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("no time zone"), std::string::npos) << read.error().message;
}

TEST(Icalendar, BrokenFilesAreRefusedWithTheReason) {
  for (const char* text :
       {"", "hello", "BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "BEGIN:VCALENDAR\nEND:VEVENT\n",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:x\nEND:VEVENT\nEND:VCALENDAR\n"}) {
    EXPECT_FALSE(read_icalendar(text, {.zone = "UTC"})) << text;
  }
}

TEST(Icalendar, WhatIsWrittenIsReadAsTheSame) {
  schedule::ScheduledEntry entry;
  entry.name =
      "company/end of year, with a name that is much too long for one line of a file, truly";
  entry.calendar = "company";
  entry.type = model::EntryType::freeze;
  entry.zone = "Europe/Berlin";
  entry.reason = "Nobody; is\nthere";
  entry.pattern = model::pattern_of({.name = "x",
                                     .start = "2026-12-18T18:00",
                                     .duration = hours(14),
                                     .rule = "FREQ=WEEKLY;BYDAY=FR",
                                     .except = {"2026-12-25"}})
                      .value();
  zones::SystemZones zones;
  const auto text = write_icalendar(
      "company", {entry}, [&zones](const std::string& name) { return zones.zone(name); },
      parse_time("2026-11-26T00:00Z").value());
  ASSERT_TRUE(text);
  for (const char* part :
       {"TZID:Europe/Berlin", "TZOFFSETTO:+0200", "BEGIN:DAYLIGHT", "X-TOLLGATE-TYPE:freeze"}) {
    EXPECT_NE(text->find(part), std::string::npos) << part << "\n" << *text;
  }
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 76u) << line;
  const auto read = read_icalendar(*text, {});
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->entries.size(), 1u);
  EXPECT_EQ(read->entries[0].name, entry.name);
  EXPECT_EQ(read->entries[0].type, entry.type);
  EXPECT_EQ(read->entries[0].start, "2026-12-18T18:00:00");
  EXPECT_EQ(read->entries[0].rule, "FREQ=WEEKLY;BYDAY=FR");
  EXPECT_EQ(read->entries[0].except, (std::vector<std::string>{"2026-12-25T18:00:00"}));
}

TEST(Cstate, TimesAreReadLeniently) {
  const auto read = read_cstate(
      "---\ntitle: \"Upgrade\"\ndate: 2021-06-17T8:00:00-00:00\nresolvedWhen: 2021-06-17 "
      "09:45:00-00:00\nseverity: notice\n---\ntext\n",
      "a.md", {});
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->entries.size(), 1u);
  EXPECT_EQ(read->entries[0].start, "2021-06-17T08:00:00");
  EXPECT_EQ(read->entries[0].end, "2021-06-17T09:45:00");
  EXPECT_EQ(read->entries[0].time_zone, "UTC");
}

// 297 issues: every one is an entry or is ignored for a stated reason.
TEST(Cstate, EveryIssueOfARealStatusPageIsReadOrRefusedWithAReason) {
  namespace fs = std::filesystem;
  const fs::path folder = TOLLGATE_SHARED_DIR "/data/vendor_status/jenkins_infra/issues";
  if (!fs::exists(folder)) GTEST_SKIP() << "skipped: no shared data";
  size_t entries = 0;
  size_t ignored = 0;
  for (const auto& file : fs::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const auto read = read_cstate(text.str(), file.path().filename().string(), {.zone = "UTC"});
    ASSERT_TRUE(read) << file.path() << ": " << read.error().message;
    entries += read->entries.size();
    ignored += read->ignored.size();
  }
  EXPECT_EQ(entries + ignored, 297u);
  EXPECT_GE(entries, 275u);
}

// The maintenance of a vendor's status page, imported as blackouts: in the middle of each window
// nothing goes, and the window is named.
TEST(Cstate, MaintenanceOfARealStatusPageHoldsReleasesWhileItIsOn) {
  namespace fs = std::filesystem;
  const fs::path folder = TOLLGATE_SHARED_DIR "/data/vendor_status/jenkins_infra/issues";
  if (!fs::exists(folder)) GTEST_SKIP() << "skipped: no shared data";
  std::vector<schedule::ScheduledEntry> entries;
  for (const auto& file : fs::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const std::string name = file.path().filename().string();
    if (name.find("maintenance") == std::string::npos) continue;
    const auto read = read_cstate(text.str(), name, {.zone = "UTC"});
    ASSERT_TRUE(read) << name;
    for (const model::CalendarEntry& entry : read->entries) {
      entries.push_back({.name = fmt::format("jenkins/{}", entries.size()),
                         .calendar = "jenkins",
                         .type = entry.type,
                         .pattern = model::pattern_of(entry).value(),
                         .zone = entry.time_zone});
    }
  }
  ASSERT_GE(entries.size(), 20U);
  zones::SystemZones zones;
  const auto line = schedule::Timeline::build(
      entries, [&zones](const std::string& name) { return zones.zone(name); },
      parse_time("2015-01-01T00:00Z").value(), parse_time("2030-01-01T00:00Z").value());
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_GE(line->spans().size(), entries.size());
  for (const schedule::Timeline::Span& span : line->spans()) {
    const auto reading = line->read(span.from + Duration{(span.to - span.from).ms / 2});
    EXPECT_FALSE(reading.is_open);
    const std::string& name = line->entries()[span.entry].name;
    EXPECT_TRUE(std::any_of(reading.reasons.begin(), reading.reasons.end(),
                            [&name](const auto& reason) { return reason.entry == name; }))
        << name;
  }
}

}  // namespace
}  // namespace tollgate::icalendar
