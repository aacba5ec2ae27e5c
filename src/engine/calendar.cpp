// The engine's answers about calendars, and the recording of entries beside those of the policy.
#include "engine/almanac/almanac.hpp"
#include "engine/decide/decide.hpp"
#include "engine/engine.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::engine {
namespace {

Result<schedule::Place> place_of(const model::Bundle& bundle, const CalendarQuestion& question) {
  schedule::Place place{.environment = question.environment, .change_class = question.change_class};
  if (!question.environment.empty()) TOLLGATE_CHECK(bundle.environment(question.environment));
  if (!question.service.empty()) {
    TOLLGATE_TRY(place.service, bundle.service(question.service));
  }
  return place;
}

const model::Calendar* declared_calendar(const State& state, const std::string& name) {
  const model::Resource* resource = state.policy()->bundle().find("Calendar", name);
  return resource == nullptr ? nullptr : resource->as<model::Calendar>();
}

/// Whoever opens a freeze must be one of those whom the calendar names. Where nobody signs in, no
/// role is known and everything else is open, too.
Result<void> check_override(const State& state, const model::CalendarEntryAdded& added,
                            const model::Actor& actor) {
  const bool is_excluded = added.entry.is_excluded.value_or(false);
  if (added.entry.type != model::EntryType::opening && !is_excluded) return {};
  const model::Calendar* calendar = declared_calendar(state, added.calendar);
  if (calendar == nullptr) {
    return fail(codes::not_found,
                "an opening or exclusion belongs to a Calendar of the policy; there is no \"{}\"",
                added.calendar);
  }
  const std::vector<std::string>& roles = calendar->override_roles;
  if (roles.empty()) {
    return fail(codes::forbidden,
                "the calendar {} lets nobody add an opening or exclusion: it names no "
                "overrideRoles",
                added.calendar);
  }
  const auto is_named = [&roles](const std::string& name) {
    return std::find(roles.begin(), roles.end(), name) != roles.end();
  };
  const bool may = actor.issuer == "local" || is_named(actor.subject) ||
                   std::any_of(actor.roles.begin(), actor.roles.end(), is_named);
  if (may) return {};
  return fail(codes::forbidden,
              "{} is in none of the roles that may add an opening or exclusion to {}",
              actor.subject, added.calendar);
}

Result<void> check_reason(const model::Calendar* calendar, const model::CalendarEntryAdded& added) {
  const bool needs_reason = calendar != nullptr && !calendar->exclusion_approvals.empty() &&
                            added.entry.is_excluded.value_or(false);
  if (!needs_reason || !added.entry.reason.empty()) return {};
  return fail(codes::missing_field,
              "an exclusion of the calendar {} needs a reason: {} must agree to it", added.calendar,
              join(calendar->exclusion_approvals, " and "));
}

/// Whether `actor` may agree to `entry` in `role`.
Result<void> check_approval(const model::Calendar* calendar, const schedule::RecordedEntry& entry,
                            const std::string& role, const model::Actor& actor) {
  const std::vector<std::string> missing = schedule::missing_approvals(calendar, entry);
  if (missing.empty()) return fail(codes::bad_value, "{} needs nobody's approval", entry.id);
  if (std::find(missing.begin(), missing.end(), role) == missing.end()) {
    return fail(codes::bad_value, "{} does not wait for \"{}\"; it waits for {}", entry.id, role,
                join(missing, ", "));
  }
  const bool has_role = actor.issuer == "local" || std::find(actor.roles.begin(), actor.roles.end(),
                                                             role) != actor.roles.end();
  if (!has_role) return fail(codes::forbidden, "{} does not have the role {}", actor.subject, role);
  const std::vector<schedule::EntryApproval> known = schedule::approvals(calendar, entry);
  const bool is_second = std::any_of(
      known.begin(), known.end(),
      [&actor](const schedule::EntryApproval& approval) { return approval.by == actor.subject; });
  if (!is_second) return {};
  return fail(codes::forbidden,
              "{} has agreed to {} already; every role needs another person's approval",
              actor.subject, entry.id);
}

/// An entry as it will be read later: its zone may come from the declared calendar.
Result<void> check_entry(const State& state, ZoneTable& zones, const std::string& calendar,
                         const model::CalendarEntry& entry) {
  TOLLGATE_CHECK(model::pattern_of(entry));
  const model::Calendar* declared = declared_calendar(state, calendar);
  if (entry.time_zone.empty() && declared == nullptr) {
    return fail(codes::missing_field,
                "the entry names no time zone, and there is no Calendar \"{}\" that would",
                calendar);
  }
  if (!entry.time_zone.empty()) TOLLGATE_CHECK(zones.zone(entry.time_zone));
  return {};
}

Command command_for(const Caller& caller, const std::string& calendar, std::string_view verb,
                    std::string_view request) {
  return {.actor = caller.actor,
          .subject = "calendar/" + calendar,
          .idempotency_key = caller.idempotency_key,
          .request_digest = sha256({verb, request})};
}

}  // namespace

Problems Engine::check_zones(const model::Bundle& bundle) const {
  return check_calendar_zones(bundle, zones_);
}

std::optional<model::CalendarReading> Engine::calendar_for(const Plan& plan,
                                                           const model::GateRequest& request,
                                                           Time at) const {
  if (!needs_calendar(plan)) return std::nullopt;
  const schedule::Place place{.service = plan.policy->bundle().find_service(request.service),
                              .environment = request.environment,
                              .change_class = request.change_class};
  model::CalendarReading reading =
      almanac_->read(*plan.policy, *views().calendar_book(), place, at);
  reading.doubts = doubts_for(*plan.policy, place);
  return reading;
}

std::vector<model::ImportDoubt> Engine::doubts_for(const Policy& policy,
                                                   const schedule::Place& place) const {
  ImportWatch* const watch = import_watch_.load();
  if (watch == nullptr) return {};
  std::vector<model::ImportDoubt> doubts = watch->doubts();
  std::erase_if(doubts, [&](const model::ImportDoubt& doubt) {
    return !schedule::speaks_about(policy.bundle(), doubt.calendar, place);
  });
  if (doubts.size() > model::kImportDoubtsMax) doubts.resize(model::kImportDoubtsMax);
  return doubts;
}

Result<std::vector<model::ImportDoubt>> Engine::import_doubts(
    const CalendarQuestion& question) const {
  const std::shared_ptr<const Policy> in_force = policy();
  TOLLGATE_TRY(const schedule::Place place, place_of(in_force->bundle(), question));
  return doubts_for(*in_force, place);
}

Result<model::CalendarReading> Engine::calendar(const CalendarQuestion& question) const {
  const std::shared_ptr<const Policy> in_force = policy();
  TOLLGATE_TRY(const schedule::Place place, place_of(in_force->bundle(), question));
  model::CalendarReading reading =
      almanac_->read(*in_force, *views().calendar_book(), place, question.at.value_or(now()));
  if (!reading.error.empty()) return fail(codes::bad_value, "{}", reading.error);
  reading.doubts = doubts_for(*in_force, place);
  return reading;
}

Result<std::shared_ptr<const schedule::Timeline>> Engine::calendar_timeline(
    const CalendarQuestion& question) const {
  const std::shared_ptr<const Policy> in_force = policy();
  TOLLGATE_TRY(const schedule::Place place, place_of(in_force->bundle(), question));
  return almanac_->timeline(*in_force, *views().calendar_book(), place,
                            question.at.value_or(now()));
}

Result<schedule::Timeline> Engine::calendar_preview(std::string_view calendar, Time from,
                                                    Time to) const {
  return almanac_->preview(*policy(), *views().calendar_book(), calendar, from, to);
}

Result<std::string> Engine::calendar_feed(const std::string& calendar, FeedWriter write) const {
  const std::shared_ptr<const Policy> in_force = policy();
  TOLLGATE_TRY(const std::vector<schedule::ScheduledEntry> entries,
               schedule::all_entries(in_force->bundle(), *views().calendar_book(), calendar));
  if (entries.empty() && in_force->bundle().find("Calendar", calendar) == nullptr) {
    return fail(codes::not_found, "there is no calendar \"{}\"", calendar);
  }
  return write(calendar, entries, almanac_->find_zone(), now());
}

Result<EntryAnswer> Engine::add_calendar_entry(const model::CalendarEntryAdded& added,
                                               const Caller& caller) {
  Command command = command_for(caller, added.calendar, "calendar.add", reflect::canonical(added));
  command.decide = [this, added, actor = caller.actor](const State& state,
                                                       Time) -> Result<Decision> {
    TOLLGATE_CHECK(check_entry(state, zones_, added.calendar, added.entry));
    TOLLGATE_CHECK(check_override(state, added, actor));
    TOLLGATE_CHECK(check_reason(declared_calendar(state, added.calendar), added));
    return Decision{.data = added};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  return EntryAnswer{.position = recorded.event.position,
                     .id = fmt::format("c{}", recorded.event.position)};
}

Result<EntryAnswer> Engine::approve_calendar_entry(const model::CalendarEntryApproved& approved,
                                                   const Caller& caller) {
  Command command =
      command_for(caller, approved.entry, "calendar.approve", reflect::canonical(approved));
  command.decide = [approved, actor = caller.actor](const State& state, Time) -> Result<Decision> {
    const schedule::RecordedEntry* entry = state.calendar_book().find(approved.entry);
    if (entry == nullptr) {
      return fail(codes::not_found,
                  "no recorded entry is called \"{}\"; `tollgate calendar list` shows them",
                  approved.entry);
    }
    TOLLGATE_CHECK(
        check_approval(declared_calendar(state, entry->calendar), *entry, approved.role, actor));
    model::CalendarEntryApproved recorded = approved;
    recorded.calendar = entry->calendar;
    return Decision{.data = std::move(recorded)};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  return EntryAnswer{.position = recorded.event.position, .id = approved.entry};
}

Result<EntryAnswer> Engine::cancel_calendar_entry(const std::string& id, const std::string& reason,
                                                  const Caller& caller) {
  Command command = command_for(caller, id, "calendar.cancel", id + "\n" + reason);
  command.decide = [id, reason](const State& state, Time) -> Result<Decision> {
    const schedule::RecordedEntry* entry = state.calendar_book().find(id);
    if (entry == nullptr) {
      return fail(codes::not_found,
                  "no recorded entry is called \"{}\"; `tollgate calendar list` shows them, and "
                  "entries of the policy are changed there",
                  id);
    }
    return Decision{.data = model::CalendarEntryCancelled{
                        .calendar = entry->calendar, .entry = id, .reason = reason}};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  return EntryAnswer{.position = recorded.event.position, .id = id};
}

Result<EntryAnswer> Engine::import_calendar(const model::CalendarImported& imported,
                                            const Caller& caller) {
  const auto book = views().calendar_book();
  const schedule::RecordedImport* last = book->find_import(imported.calendar, imported.source);
  const Digest digest = schedule::digest_of_entries(imported.entries);
  if (last != nullptr ? last->digest == digest : imported.entries.empty()) return EntryAnswer{};
  Command command =
      command_for(caller, imported.calendar, "calendar.import", reflect::canonical(imported));
  command.decide = [this, imported](const State& state, Time) -> Result<Decision> {
    for (const model::CalendarEntry& entry : imported.entries) {
      const Result<void> fits = check_entry(state, zones_, imported.calendar, entry);
      if (!fits) return fail(fits.error().code, "{}: {}", entry.name, fits.error().message);
    }
    return Decision{.data = imported};
  };
  TOLLGATE_TRY(const Recorded recorded, submit_and_wait(std::move(command)));
  return EntryAnswer{.position = recorded.event.position,
                     .id = fmt::format("c{}", recorded.event.position)};
}

}  // namespace tollgate::engine
