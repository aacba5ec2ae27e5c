// Any bytes through the readers of calendars and of recurrence rules; what is read also expands.
#include "domain/calendar/pattern.hpp"
#include "edge/icalendar/icalendar.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace tollgate;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  (void)icalendar::read_cstate(text, "input.md", {.zone = "UTC"});
  const auto expand = [](const calendar::Pattern& pattern) {
    const Time from{1'772'445'600'000};
    (void)calendar::occurrences(pattern, calendar::Zone{}, from, from + days(40));
  };
  if (const auto rule = calendar::parse_rule(text)) {
    expand({.start = {1'700'000'000'000}, .length = hours(1), .rule = *rule});
  }
  const auto read = icalendar::read_icalendar(text, {.zone = "UTC"});
  if (!read) return 0;
  for (const model::CalendarEntry& entry : read->entries) {
    if (const auto pattern = model::pattern_of(entry)) expand(*pattern);
  }
  return 0;
}
