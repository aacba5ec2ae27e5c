// When releases may go: asked, listed, added to, and as a feed for other calendars.
#include "app/render/calendar.hpp"

#include "app/api/route.hpp"
#include "edge/icalendar/icalendar.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::api {
namespace {

constexpr int64_t kDaysMax = 732;

Result<engine::CalendarQuestion> question_of(const Call& call) {
  engine::CalendarQuestion question{.service = call.query("service"),
                                    .environment = call.query("environment")};
  TOLLGATE_TRY(question.at, call.time("at"));
  const std::string wanted = call.query("change_class");
  if (wanted.empty()) return question;
  const auto& names = reflect::EnumNames<model::ChangeClass>::names;
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end()) {
    return fail(codes::bad_request, "\"{}\" is no kind of change", wanted);
  }
  question.change_class = static_cast<model::ChangeClass>(found - names.begin());
  return question;
}

Result<net::Response> check(Call& call) {
  TOLLGATE_TRY(const engine::CalendarQuestion question, question_of(call));
  TOLLGATE_TRY(const model::CalendarReading reading, call.engine().calendar(question));
  return json_response(render::calendar_check_json(question, reading));
}

Result<net::Response> when(Call& call) {
  TOLLGATE_TRY(const engine::CalendarQuestion question, question_of(call));
  TOLLGATE_TRY(const model::CalendarReading reading, call.engine().calendar(question));
  return json_response(render::calendar_when_json(question, reading));
}

Result<net::Response> list(Call& call) {
  TOLLGATE_TRY(const int64_t span, call.number("days", 90, 1, kDaysMax));
  TOLLGATE_TRY(const std::optional<Time> from, call.time("from"));
  const Time begin = from.value_or(call.engine().now());
  TOLLGATE_TRY(const schedule::Timeline line,
               call.engine().calendar_preview(call.query("calendar"), begin, begin + days(span)));
  return json_response(render::calendar_list_json(line));
}

Result<net::Response> day_list(Call& call) {
  TOLLGATE_TRY(const engine::CalendarQuestion question, question_of(call));
  TOLLGATE_TRY(const doc::Node answer,
               render::calendar_days_json(call.engine(), question, call.query("zone")));
  return json_response(answer);
}

Result<net::Response> imports(Call& call) {
  CalendarImportDesk* const desk = call.api.parts().imports;
  if (desk == nullptr) return json_response(doc::Node::object({{"imports", doc::Node::array()}}));
  return json_response(desk->status());
}

Result<net::Response> refresh(Call& call) {
  CalendarImportDesk* const desk = call.api.parts().imports;
  if (desk == nullptr) return fail(codes::not_found, "this server reads no calendars of others");
  desk->refresh(call.query("calendar"));
  return json_response(desk->status(), 202);
}

/// "/v1/calendars/NAME.ics".
Result<net::Response> feed(Call& call) {
  constexpr std::string_view kSuffix = ".ics";
  std::string name = call.captures[0];
  if (!name.ends_with(kSuffix)) {
    return fail(codes::not_found, "the feed of a calendar is NAME.ics");
  }
  name.resize(name.size() - kSuffix.size());
  TOLLGATE_TRY(std::string text, call.engine().calendar_feed(name, icalendar::write_icalendar));
  return net::Response{.content_type = "text/calendar; charset=utf-8", .body = std::move(text)};
}

template <class T>
Result<T> body_of(Call& call) {
  TOLLGATE_TRY(const doc::Node body, call.json());
  return reflect::decode<T>(body);
}

Result<net::Response> add(Call& call) {
  TOLLGATE_TRY(const model::CalendarEntry entry, body_of<model::CalendarEntry>(call));
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(
      const engine::EntryAnswer answer,
      call.engine().add_calendar_entry({.calendar = call.captures[0], .entry = entry}, caller));
  return json_response(render::calendar_entry_json(call.captures[0], entry, answer), 201);
}

Result<net::Response> cancel(Call& call) {
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const engine::EntryAnswer answer,
               call.engine().cancel_calendar_entry(call.captures[0], call.query("reason"), caller));
  return json_response(
      doc::Node::object({{"id", answer.id}, {"position", answer.position}, {"cancelled", true}}));
}

Result<net::Response> approve(Call& call) {
  TOLLGATE_TRY(const doc::Node body, call.json());
  model::CalendarEntryApproved approved{.entry = call.captures[0]};
  if (body.is_object()) {
    approved.role = body.text_or("role");
    approved.reason = body.text_or("reason");
  }
  if (approved.role.empty()) return fail(codes::missing_field, "name the role in which you agree");
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const engine::EntryAnswer answer,
               call.engine().approve_calendar_entry(approved, caller));
  return json_response(render::calendar_approval_json(call.engine(), answer), 201);
}

/// The body is an iCalendar file (text/calendar), or entries that the caller read from something
/// else (application/json, a CalendarImported).
Result<model::CalendarImported> imported_of(Call& call) {
  model::CalendarImported imported;
  if (call.request.header("content-type").starts_with("text/calendar")) {
    TOLLGATE_TRY(icalendar::ReadCalendar read,
                 icalendar::read_icalendar(call.request.body, {.zone = call.query("zone")}));
    imported = {.source = call.query("source"),
                .format = "ics",
                .blob = sha256(call.request.body),
                .entries = std::move(read.entries),
                .ignored = static_cast<int64_t>(read.ignored.size())};
  } else {
    TOLLGATE_TRY(imported, body_of<model::CalendarImported>(call));
  }
  imported.calendar = call.captures[0];
  if (imported.source.empty()) {
    return fail(codes::missing_field, "name the source, so that the next import replaces this one");
  }
  return imported;
}

Result<net::Response> import(Call& call) {
  TOLLGATE_TRY(const model::CalendarImported imported, imported_of(call));
  TOLLGATE_TRY(const engine::Caller caller, call.caller());
  TOLLGATE_TRY(const engine::EntryAnswer answer, call.engine().import_calendar(imported, caller));
  return json_response(render::calendar_import_json(imported, answer.position), 201);
}

constexpr std::array kRoutes = {
    RouteDef{.method = "GET", .path = "/v1/calendar/check", .answer = check},
    RouteDef{.method = "GET", .path = "/v1/calendar/when", .answer = when},
    RouteDef{.method = "GET", .path = "/v1/calendar/days", .answer = day_list},
    RouteDef{.method = "GET", .path = "/v1/calendar/imports", .answer = imports},
    RouteDef{.method = "POST",
             .path = "/v1/calendar/imports/refresh",
             .access = Access::apply,
             .answer = refresh},
    RouteDef{.method = "GET", .path = "/v1/calendars", .answer = list},
    RouteDef{.method = "GET", .path = "/v1/calendars/{file}", .answer = feed},
    RouteDef{.method = "POST",
             .path = "/v1/calendars/{calendar}/entries",
             .access = Access::apply,
             .answer = add},
    RouteDef{.method = "POST",
             .path = "/v1/calendars/{calendar}/import",
             .access = Access::apply,
             .answer = import},
    RouteDef{.method = "POST",
             .path = "/v1/calendar/entries/{entry}/approvals",
             .access = Access::record,
             .answer = approve},
    RouteDef{.method = "DELETE",
             .path = "/v1/calendar/entries/{entry}",
             .access = Access::apply,
             .answer = cancel},
};

}  // namespace

const std::span<const RouteDef> kCalendarRoutes = kRoutes;

}  // namespace tollgate::api
