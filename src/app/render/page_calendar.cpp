// The page at "/calendar": what holds releases now, and the next 90 days.
#include "app/render/html.hpp"
#include "app/render/page.hpp"
#include "app/render/page_parts.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"

#include <map>

namespace tollgate::render {
namespace {

using doc::Node;

constexpr size_t kOccurrencesOnPage = 60;

std::string reason_lines(const Node& check) {
  std::string out;
  for (const Node& reason : list_of(check, "reasons")) {
    const bool blocks = reason.boolean_or("blocks", false);
    const bool is_window = reason.text_or("type") == "window";
    out += fmt::format(
        "<li>{} <span class=\"name\">{}</span> <span class=\"dim\">{} to {}{}</span></li>\n",
        blocks ? state_tag("hold", is_window ? "outside window" : reason.text_or("type"))
               : state_tag("note", reason.text_or("type")),
        escaped(reason.text_or("entry")), moment_tag(reason.text_or("from")),
        moment_tag(reason.text_or("to")),
        reason.text_or("reason").empty() ? "" : " · " + escaped(reason.text_or("reason")));
  }
  return out.empty() ? out : "<ul class=\"reasons\">\n" + out + "</ul>";
}

std::string place_cards(const std::vector<Node>& places, std::string_view shown) {
  if (places.empty())
    return "<p class=\"empty\">No Environment is declared, so that there is nowhere to go.</p>\n";
  std::string out = "<ul class=\"cards wide\">\n";
  for (const Node& place : places) {
    const std::string environment(place.text_or("environment"));
    const bool is_open = place.boolean_or("open", false);
    const std::string_view next =
        is_open ? place.text_or("next_closing") : place.text_or("next_opening");
    out += fmt::format("<li class=\"card\"><div class=\"body\"><span class=\"name\">{}</span>{}",
                       escaped(environment),
                       is_open ? state_tag("ok", "open") : state_tag("hold", "blocked"));
    if (next.empty()) {
      out +=
          fmt::format("<span class=\"dim\">{}</span>",
                      is_open ? "nothing closes it within 90 days" : "no opening within 90 days");
    } else {
      out += fmt::format("<span>{} {}</span>", is_open ? "closes" : "opens", moment_tag(next));
    }
    out += reason_lines(place);
    if (environment != shown) {
      out += fmt::format("<a href=\"/calendar?environment={}\">Its next 90 days</a>",
                         escaped(percent_encode(environment)));
    }
    out += "</div></li>\n";
  }
  return out + "</ul>\n";
}

/// One day of the sheet: a sign, a word and what stands behind it.
std::string day_cell(const Node& day) {
  const std::string_view state = day.text_or("state");
  std::string names;
  for (const Node& name : list_of(day, "entries")) {
    if (!names.empty()) names += ", ";
    names += name.as_text();
  }
  const std::string hours =
      state == "part"
          ? fmt::format("{:.1f} h", static_cast<double>(day.integer_or("open_s", 0)) / 3600)
      : state == "open" ? "open"
                        : "closed";
  return fmt::format(
      "<td class=\"day {}\" title=\"{}\"><span class=\"date\">{}</span> <span "
      "class=\"hours\">{}</span></td>",
      state, escaped(names.empty() ? hours : hours + ": " + names),
      escaped(day.text_or("date").substr(5)), hours);
}

/// Weeks as rows, Monday first.
std::string day_sheet(const Node& days) {
  static constexpr std::array<std::string_view, 7> kWeekdays = {"Mon", "Tue", "Wed", "Thu",
                                                                "Fri", "Sat", "Sun"};
  std::string out = "<table class=\"sheet\"><thead><tr>";
  for (const std::string_view weekday : kWeekdays)
    out += fmt::format("<th scope=\"col\">{}</th>", weekday);
  out += "</tr></thead>\n<tbody>\n<tr>";
  size_t column = 0;
  bool is_first = true;
  for (const Node& day : list_of(days, "days")) {
    const std::string_view weekday = day.text_or("weekday");
    if (is_first) {
      for (; kWeekdays[column] != weekday; ++column) out += "<td></td>";
      is_first = false;
    }
    if (column == kWeekdays.size()) {
      out += "</tr>\n<tr>";
      column = 0;
    }
    out += day_cell(day);
    ++column;
  }
  for (; column < kWeekdays.size(); ++column) out += "<td></td>";
  return out + "</tr>\n</tbody></table>\n";
}

/// Everything but windows, which the sheet shows.
std::string occurrence_rows(const Node& list) {
  std::map<std::string_view, std::string_view> ids;
  for (const Node& entry : list_of(list, "entries"))
    ids[entry.text_or("entry")] = entry.text_or("id");
  std::string rows;
  size_t count = 0;
  for (const Node& span : list_of(list, "occurrences")) {
    if (span.text_or("type") == "window" || count == kOccurrencesOnPage) continue;
    ++count;
    const std::string_view id = ids[span.text_or("entry")];
    rows += fmt::format(
        "<tr><td data-label=\"Entry\"><span class=\"name\">{}</span><span class=\"dim "
        "detail\">{}</span></td><td data-label=\"Type\">{}</td><td data-label=\"From\">{}</td><td "
        "data-label=\"To\">{}</td><td data-label=\"Recorded\">{}</td></tr>\n",
        escaped(span.text_or("entry")), escaped(span.text_or("reason")),
        escaped(span.text_or("type")), moment_tag(span.text_or("from")),
        moment_tag(span.text_or("to")), id.empty() ? "policy" : "<code>" + escaped(id) + "</code>");
  }
  if (rows.empty()) return "<p class=\"empty\">Nothing but windows.</p>\n";
  return "<table class=\"stack\"><thead><tr><th>Entry</th><th>Type</th><th>From</th><th>To</th>"
         "<th>Recorded</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table>\n";
}

std::string import_rows(const Node& imports, std::string_view now) {
  std::string rows;
  for (const Node& import : list_of(imports, "imports")) {
    const bool is_stale = import.boolean_or("stale", false);
    rows += fmt::format(
        "<tr><td data-label=\"Import\"><span class=\"name\">{}</span> <span class=\"dim\">into "
        "{}</span></td><td data-label=\"State\">{}<span class=\"dim detail\">{}</span></td><td "
        "data-label=\"Entries\" class=\"number\">{}</td><td data-label=\"Good "
        "answer\">{}</td></tr>\n",
        escaped(import.text_or("source")), escaped(import.text_or("calendar")),
        is_stale ? state_tag("warning", "stale") : state_tag("ok", "fresh"),
        escaped(import.text_or("error")), import.integer_or("entries", 0),
        time_tag(import.text_or("refreshed"), now));
  }
  if (rows.empty()) return {};
  return page_section("imports", "Calendars of others",
                      "<table class=\"stack\"><thead><tr><th>Import</th><th>State</th>"
                      "<th>Entries</th><th>Good answer</th></tr></thead>\n<tbody>\n" +
                          rows + "</tbody></table>\n");
}

}  // namespace

std::string calendar_page(const CalendarView& view) {
  const std::string now = time_text(view.now);
  std::string main =
      "<h1>Calendar</h1>\n" + page_section("now", "May a normal change go now?",
                                           place_cards(view.places, view.environment));
  if (view.days.is_object()) {
    main += page_section("days",
                         fmt::format("{}: the next 90 days <span class=\"dim\">({})</span>",
                                     escaped(view.environment), escaped(view.days.text_or("zone"))),
                         day_sheet(view.days));
  }
  main += page_section("entries", "Freezes, blackouts, openings, launches and maintenance to come",
                       occurrence_rows(view.list));
  main += import_rows(view.imports, now);
  return page({.title = "Calendar",
               .main = std::move(main),
               .refresh_s = kRefreshSeconds,
               .foot =
                   "<p>What the calendars mean: docs/CALENDARS.md. A blackout beats an opening, "
                   "an opening a freeze, a freeze a window.</p>",
               .here = "/calendar"});
}

}  // namespace tollgate::render
