#include "app/cli/ask/calendar.hpp"

#include "app/render/calendar.hpp"
#include "app/wiring/calendar_imports.hpp"
#include "edge/icalendar/icalendar.hpp"
#include "edge/net/http_types.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::cli::ask {

using doc::Node;

namespace {

std::string parameters(const engine::CalendarQuestion& question) {
  return query_of({{"service", question.service},
                   {"environment", question.environment},
                   {"change_class", std::string(reflect::enum_name(question.change_class))},
                   {"at", time_parameter(question.at)}});
}

}  // namespace

Result<Node> calendar_check(Backend& backend, const engine::CalendarQuestion& question) {
  if (Remote* const remote = backend.remote())
    return remote->get("/v1/calendar/check" + parameters(question));
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  TOLLGATE_TRY(const model::CalendarReading reading, engine->calendar(question));
  return render::calendar_check_json(question, reading);
}

Result<Node> calendar_when(Backend& backend, const engine::CalendarQuestion& question) {
  if (Remote* const remote = backend.remote())
    return remote->get("/v1/calendar/when" + parameters(question));
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  TOLLGATE_TRY(const model::CalendarReading reading, engine->calendar(question));
  return render::calendar_when_json(question, reading);
}

Result<Node> calendar_list(Backend& backend, const std::string& calendar, int64_t span) {
  if (Remote* const remote = backend.remote()) {
    return remote->get("/v1/calendars" +
                       query_of({{"calendar", calendar}, {"days", std::to_string(span)}}));
  }
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  const Time now = engine->now();
  TOLLGATE_TRY(const schedule::Timeline line,
               engine->calendar_preview(calendar, now, now + days(span)));
  return render::calendar_list_json(line);
}

Result<Node> calendar_days(Backend& backend, const engine::CalendarQuestion& question,
                           const std::string& zone) {
  if (Remote* const remote = backend.remote()) {
    std::string query = parameters(question);
    if (!zone.empty()) query += (query.empty() ? "?zone=" : "&zone=") + percent_encode(zone);
    return remote->get("/v1/calendar/days" + query);
  }
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  return render::calendar_days_json(*engine, question, zone);
}

Result<Node> calendar_imports(Backend& backend, bool asks) {
  if (Remote* const remote = backend.remote()) {
    if (asks) return remote->post_json("/v1/calendar/imports/refresh", Node::object({}), "");
    return remote->get("/v1/calendar/imports");
  }
  Local& local = backend.local();
  if (asks) {
    TOLLGATE_CHECK(local.governed_writer());
    local.house().calendar_imports().ask_due();
  } else {
    TOLLGATE_CHECK(local.governed());
  }
  return local.house().calendar_imports().status();
}

Result<Node> calendar_add(Backend& backend, const std::string& calendar,
                          const model::CalendarEntry& entry, const std::string& key) {
  if (Remote* const remote = backend.remote()) {
    return remote->post_json("/v1/calendars/" + percent_encode(calendar) + "/entries",
                             reflect::encode(entry), key);
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.governed_writer());
  TOLLGATE_TRY(
      const engine::EntryAnswer answer,
      engine->add_calendar_entry({.calendar = calendar, .entry = entry}, local.caller(key)));
  return render::calendar_entry_json(calendar, entry, answer);
}

Result<Node> calendar_cancel(Backend& backend, const std::string& id, const std::string& reason,
                             const std::string& key) {
  if (Remote* const remote = backend.remote()) {
    return remote->remove(
        "/v1/calendar/entries/" + percent_encode(id) + query_of({{"reason", reason}}), key);
  }
  Local& local = backend.local();
  TOLLGATE_TRY(const engine::EntryAnswer answer,
               local.writer().cancel_calendar_entry(id, reason, local.caller(key)));
  return Node::object({{"id", answer.id}, {"position", answer.position}, {"cancelled", true}});
}

Result<Node> calendar_approve(Backend& backend, const model::CalendarEntryApproved& approved,
                              const std::string& key) {
  if (Remote* const remote = backend.remote()) {
    return remote->post_json(
        "/v1/calendar/entries/" + percent_encode(approved.entry) + "/approvals",
        Node::object({{"role", approved.role}, {"reason", approved.reason}}), key);
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.governed_writer());
  TOLLGATE_TRY(const engine::EntryAnswer answer,
               engine->approve_calendar_entry(approved, local.caller(key)));
  return render::calendar_approval_json(*engine, answer);
}

Result<Node> calendar_import(Backend& backend, const model::CalendarImported& imported,
                             const std::string& key) {
  if (Remote* const remote = backend.remote()) {
    return remote->post_json("/v1/calendars/" + percent_encode(imported.calendar) + "/import",
                             reflect::encode(imported), key);
  }
  Local& local = backend.local();
  TOLLGATE_TRY(engine::Engine* const engine, local.governed_writer());
  TOLLGATE_TRY(const engine::EntryAnswer answer,
               engine->import_calendar(imported, local.caller(key)));
  return render::calendar_import_json(imported, answer.position);
}

Result<std::string> calendar_feed(Backend& backend, const std::string& calendar) {
  if (Remote* const remote = backend.remote()) {
    TOLLGATE_TRY(const engine::HttpResponse response,
                 remote->send(remote->request(
                     "GET", "/v1/calendars/" + percent_encode(calendar) + ".ics", "")));
    return response.body;
  }
  TOLLGATE_TRY(engine::Engine* const engine, backend.local().governed());
  return engine->calendar_feed(calendar, icalendar::write_icalendar);
}

}  // namespace tollgate::cli::ask
