// When something may go, and what the calendars say.
#pragma once

#include "app/cli/backend.hpp"
#include "domain/model/events.hpp"
#include "foundation/doc/node.hpp"

#include <string>

namespace tollgate::cli::ask {

Result<doc::Node> calendar_check(Backend& backend, const engine::CalendarQuestion& question);
Result<doc::Node> calendar_when(Backend& backend, const engine::CalendarQuestion& question);
Result<doc::Node> calendar_list(Backend& backend, const std::string& calendar, int64_t days);
Result<doc::Node> calendar_days(Backend& backend, const engine::CalendarQuestion& question,
                                const std::string& zone);
/// How the imports fare; asks for them first if `asks` (a server: soon, local: before this
/// answers).
Result<doc::Node> calendar_imports(Backend& backend, bool asks);
Result<doc::Node> calendar_add(Backend& backend, const std::string& calendar,
                               const model::CalendarEntry& entry,
                               const std::string& idempotency_key);
Result<doc::Node> calendar_cancel(Backend& backend, const std::string& id,
                                  const std::string& reason, const std::string& idempotency_key);
/// Agrees to an exclusion.
Result<doc::Node> calendar_approve(Backend& backend, const model::CalendarEntryApproved& approved,
                                   const std::string& idempotency_key);
Result<doc::Node> calendar_import(Backend& backend, const model::CalendarImported& imported,
                                  const std::string& idempotency_key);
/// The iCalendar text.
Result<std::string> calendar_feed(Backend& backend, const std::string& calendar);

}  // namespace tollgate::cli::ask
