// Everything that can stand in the ledger. Event types never change meaning: optional fields may be
// added, anything else is a new type or version with an upcaster in events.cpp.
#pragma once

#include "domain/model/alert_events.hpp"
#include "domain/model/delivery_events.hpp"
#include "domain/model/evidence.hpp"
#include "domain/model/kinds/calendar.hpp"
#include "domain/model/observation.hpp"
#include "domain/model/queue_events.hpp"
#include "domain/model/request.hpp"
#include "domain/model/source_events.hpp"
#include "domain/model/verdict.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tollgate::model {

/// policy.applied@1: the difference from the bundle in force before it.
struct PolicyApplied {
  Digest digest = {};                     // of the whole bundle after the change
  std::vector<doc::Node> resources = {};  // added or changed, normalised
  std::vector<std::string> removed = {};  // "kind/name"
  std::string reason = {};
};

/// evidence.recorded@1: a report of a build.
struct EvidenceRecorded {
  std::string service = {};
  std::string version = {};
  std::string commit = {};
  std::string file = {};  // name as given, for people
  Digest blob = {};       // the raw bytes
  Report report;
};

/// verdict.given: written as version 2 (compact_verdict.hpp); version 1 spelt every member.
struct VerdictGiven {
  std::string decision = {};  // ULID
  Verdict verdict;
};

enum class ReleaseResult { succeeded, failed, rolled_back };

/// release.ended@1: a version reached an environment, or did not stay.
struct ReleaseEnded {
  std::string service = {};
  std::string environment = {};
  std::string version = {};
  std::string commit = {};
  ReleaseResult result = ReleaseResult::succeeded;
};

/// signals.imported@1: a file of signals was counted into the cells.
struct SignalsImported {
  std::string slo = {};
  std::string environment = {};
  std::string format = {};
  Digest blob = {};  // digest of the file; the bytes are not kept
  int64_t lines = 0;
  int64_t accepted = 0;
  int64_t rejected = 0;
  int64_t good = 0;
  int64_t bad = 0;
  int64_t revised = 0;  // cells before the watermark that changed
  std::optional<Time> first = {};
  std::optional<Time> last = {};
};

/// clock.jumped@1: the machine's clock went back, or far ahead; recorded times stay monotone.
struct ClockJumped {
  Time expected;
  Time found;
};

/// effect.requested@1: something is to happen outside because of another record. Written in one
/// commit with its cause.
struct EffectRequested {
  std::string target;  // AlertNotificationTarget that is to be told, or "integration/NAME"
  int64_t cause = 0;   // position of the record that it is about
  std::optional<int64_t> question = {};  // position of the question that the record answers
};

enum class EffectResult { done, gave_up };

/// effect.ended@1: how an effect ended; until then it is tried again, also after a restart.
struct EffectEnded {
  int64_t requested = 0;  // position of its effect.requested
  EffectResult result = EffectResult::done;
  int64_t attempts = 0;
  std::string detail = {};  // why it was given up
};

/// calendar.added@1: an entry beside those of the policy.
struct CalendarEntryAdded {
  std::string calendar = {};
  CalendarEntry entry = {};
};

/// calendar.imported@1: the entries of a file; they replace those of an earlier import of `source`.
struct CalendarImported {
  std::string calendar = {};
  std::string source = {};  // name of the file or address
  std::string format = {};
  Digest blob = {};  // digest of what was read; the bytes are not kept
  std::vector<CalendarEntry> entries = {};
  int64_t ignored = 0;  // parts of it that are no entries, such as cancelled events
};

/// calendar.cancelled@1: a recorded entry counts no more.
struct CalendarEntryCancelled {
  std::string calendar = {};
  std::string entry = {};  // its identifier
  std::string reason = {};
};

using EventData =
    std::variant<PolicyApplied, EvidenceRecorded, VerdictGiven, ReleaseEnded, SignalsImported,
                 ClockJumped, EffectRequested, EffectEnded, DeploymentObserved, PipelineObserved,
                 ChangeObserved, IncidentObserved, ApprovalObserved, AlertObserved,
                 QuestionReceived, CalendarEntryAdded, CalendarImported, CalendarEntryCancelled,
                 QueueJoined, QueueMoved, QueueLeft, LeaseGranted, LeaseRenewed, LeaseEnded,
                 AlertRaised, AlertCleared, ConfirmationEnded, CalendarEntryApproved, AuditRecorded,
                 SourceQuarantined, SourceReleased>;

/// One leaf of the ledger.
struct Event {
  int64_t position = 0;
  Time time = {};
  Actor actor = {};
  std::string subject = {};          // what it is about: "service/checkout"
  std::string idempotency_key = {};  // of the command that caused it, may be empty
  EventData data;
  int64_t version = 0;  // of the type's form, as it was written; 0: the newest
};

/// "verdict.given" for the type that `data` holds.
std::string_view event_type(const EventData& data);
/// The leaf: canonical JSON, the very bytes that are stored and hashed.
std::string encode_event(const Event& event);
/// How much of a record is wanted. outline: a verdict without its checks, tree and readings, which
/// is all that the folds look at and a tenth of the work.
enum class EventParts { all, outline };

/// Reads a leaf. Errors: syntax and the like for broken bytes; unknown_event for a type or version
/// from the future.
Result<Event> decode_event(std::string_view leaf, EventParts parts = EventParts::all);

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct Reflect<model::PolicyApplied> {
  static constexpr std::string_view name = "policy.applied";
  static constexpr std::array fields = {
      field<&model::PolicyApplied::digest>("digest",
                                           "Digest of the whole bundle after the change."),
      field<&model::PolicyApplied::resources>("resources", "Resources added or changed.",
                                              {.size_max = 200'000}),
      field<&model::PolicyApplied::removed>("removed", "Resources removed, as kind/name.",
                                            {.size_max = 200'000}),
      field<&model::PolicyApplied::reason>("reason", "Why.")};
};
template <>
struct Reflect<model::EvidenceRecorded> {
  static constexpr std::string_view name = "evidence.recorded";
  static constexpr std::array fields = {
      field<&model::EvidenceRecorded::service>("service", "Service that was built.",
                                               {.size_max = 200}),
      field<&model::EvidenceRecorded::version>("version", "Version that was built.",
                                               {.size_max = 200}),
      field<&model::EvidenceRecorded::commit>("commit", "Commit that was built.",
                                              {.size_max = 200}),
      field<&model::EvidenceRecorded::file>("file", "Name of the file.", {.size_max = 1000}),
      field<&model::EvidenceRecorded::blob>("blob", "Digest of the raw bytes."),
      field<&model::EvidenceRecorded::report>("report", "Summary.")};
};
template <>
struct Reflect<model::VerdictGiven> {
  static constexpr std::string_view name = "verdict.given";
  static constexpr std::array fields = {
      field<&model::VerdictGiven::decision>("decision", "Identifier of the decision."),
      field<&model::VerdictGiven::verdict>("verdict", "The verdict.")};
};
template <>
struct EnumNames<model::ReleaseResult> {
  static constexpr std::array<std::string_view, 3> names = {"succeeded", "failed", "rolled_back"};
};
template <>
struct Reflect<model::ReleaseEnded> {
  static constexpr std::string_view name = "release.ended";
  static constexpr std::array fields = {
      field<&model::ReleaseEnded::service>("service", "Service.",
                                           {.is_required = true, .size_max = 200}),
      field<&model::ReleaseEnded::environment>("environment", "Environment.",
                                               {.is_required = true, .size_max = 200}),
      field<&model::ReleaseEnded::version>("version", "Version.",
                                           {.is_required = true, .size_max = 200}),
      field<&model::ReleaseEnded::commit>("commit", "Commit.", {.size_max = 200}),
      field<&model::ReleaseEnded::result>("result", "How it ended.")};
};
template <>
struct Reflect<model::SignalsImported> {
  static constexpr std::string_view name = "signals.imported";
  static constexpr std::array fields = {
      field<&model::SignalsImported::slo>("slo", "SLO that the events count for."),
      field<&model::SignalsImported::environment>("environment", "Environment."),
      field<&model::SignalsImported::format>("format", "Format of the file."),
      field<&model::SignalsImported::blob>("blob", "Digest of the file."),
      field<&model::SignalsImported::lines>("lines", "Lines read."),
      field<&model::SignalsImported::accepted>("accepted", "Lines counted."),
      field<&model::SignalsImported::rejected>("rejected", "Lines refused."),
      field<&model::SignalsImported::good>("good", "Good events."),
      field<&model::SignalsImported::bad>("bad", "Bad events."),
      field<&model::SignalsImported::revised>("revised",
                                              "Cells before the watermark that changed."),
      field<&model::SignalsImported::first>("first", "Earliest event."),
      field<&model::SignalsImported::last>("last", "Latest event.")};
};
template <>
struct Reflect<model::ClockJumped> {
  static constexpr std::string_view name = "clock.jumped";
  static constexpr std::array fields = {
      field<&model::ClockJumped::expected>("expected", "Time that was due at the least."),
      field<&model::ClockJumped::found>("found", "Time that the clock gave.")};
};

template <>
struct Reflect<model::EffectRequested> {
  static constexpr std::string_view name = "effect.requested";
  static constexpr std::array fields = {
      field<&model::EffectRequested::target>("target", "Notification target to be told."),
      field<&model::EffectRequested::cause>("cause", "Position of the record it is about.",
                                            {.min = 0}),
      field<&model::EffectRequested::question>("question", "Position of the question it answers.",
                                               {.min = 0})};
};
template <>
struct EnumNames<model::EffectResult> {
  static constexpr std::array<std::string_view, 2> names = {"done", "gave_up"};
};
template <>
struct Reflect<model::EffectEnded> {
  static constexpr std::string_view name = "effect.ended";
  static constexpr std::array fields = {
      field<&model::EffectEnded::requested>("requested", "Position of the request.", {.min = 0}),
      field<&model::EffectEnded::result>("result", "How it ended."),
      field<&model::EffectEnded::attempts>("attempts", "How often it was tried.", {.min = 0}),
      field<&model::EffectEnded::detail>("detail", "Why it was given up.")};
};

template <>
struct Reflect<model::CalendarEntryAdded> {
  static constexpr std::string_view name = "calendar.added";
  static constexpr std::array fields = {
      field<&model::CalendarEntryAdded::calendar>("calendar", "Calendar.",
                                                  {.is_required = true, .size_max = 200}),
      field<&model::CalendarEntryAdded::entry>("entry", "The entry.", {.is_required = true})};
};
template <>
struct Reflect<model::CalendarImported> {
  static constexpr std::string_view name = "calendar.imported";
  static constexpr std::array fields = {
      field<&model::CalendarImported::calendar>("calendar", "Calendar."),
      field<&model::CalendarImported::source>("source", "File or address."),
      field<&model::CalendarImported::format>("format", "Format of the file."),
      field<&model::CalendarImported::blob>("blob", "Digest of the file."),
      field<&model::CalendarImported::entries>("entries", "Its entries.",
                                               {.size_max = model::kCalendarEntriesMax}),
      field<&model::CalendarImported::ignored>("ignored", "Parts that are no entries.",
                                               {.min = 0})};
};
template <>
struct Reflect<model::CalendarEntryCancelled> {
  static constexpr std::string_view name = "calendar.cancelled";
  static constexpr std::array fields = {
      field<&model::CalendarEntryCancelled::calendar>("calendar", "Calendar."),
      field<&model::CalendarEntryCancelled::entry>("entry", "Identifier of the entry."),
      field<&model::CalendarEntryCancelled::reason>("reason", "Why.")};
};

}  // namespace tollgate::reflect
