// What happens to deliveries beside observations: how confirmations of facts ended, who approved an
// exclusion, and that an audit was made. Each is an alternative of EventData.
#pragma once

#include "foundation/reflect/type_info.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::model {

/// confirmed: the sender's API says the same. contradicted: it says something else. gave_up: it did
/// not answer in time, or does not know of it.
enum class ConfirmationResult { confirmed, contradicted, gave_up };

/// confirmation.ended@1: the sender's API was asked about an unconfirmed fact for the last time.
/// Written in one commit with the confirmed fact, if it was.
struct ConfirmationEnded {
  int64_t observed = 0;  // position of the unconfirmed record
  ConfirmationResult result = ConfirmationResult::confirmed;
  int64_t attempts = 0;
  std::string detail = {};  // what the API said instead, or why it did not answer
};

/// calendar.approved@1: one more person, in a role that the calendar demands, agrees to an
/// exclusion.
struct CalendarEntryApproved {
  std::string calendar = {};
  std::string entry = {};  // its identifier
  std::string role = {};
  std::string reason = {};
};

/// What an audit looked at. pipelines: files of pipelines, for steps that ask no gate. deployments:
/// what was deployed, against the verdicts.
enum class AuditScope { pipelines, deployments };

/// What one target is told of a scheduled audit. It stands for one matter: told when findings
/// begin, and again when none is left.
struct AuditTold {
  std::string target = {};              // AlertNotificationTarget
  int64_t opened = 0;                   // findings that the audit before this one did not have
  int64_t closed = 0;                   // findings of the audit before that are gone
  int64_t open = 0;                     // findings now
  std::vector<std::string> lines = {};  // the first that opened, in words
};
inline constexpr size_t kAuditToldMax = 1000;
inline constexpr size_t kAuditLinesMax = 20;

/// What an audit was as one of its schedule.
struct AuditRound {
  std::string schedule = {};  // name of the AuditSchedule
  Time due = {};
  int64_t opened = 0;
  int64_t closed = 0;
  std::string severity = {};  // of what is told
  std::vector<AuditTold> told = {};
};

/// audit.recorded@1: an audit was made; the findings are a blob.
struct AuditRecorded {
  AuditScope scope = AuditScope::pipelines;
  std::string source = {};        // repository, folder or place that was looked at
  std::string commit = {};        // of the pipelines, if known
  std::optional<Time> from = {};  // deployments: that began in [from, to)
  std::optional<Time> to = {};
  int64_t examined = 0;  // deploy steps, or deployments
  int64_t files = 0;     // pipelines: files read
  int64_t unreadable = 0;
  int64_t findings = 0;
  std::map<std::string, int64_t> by_rule = {};
  std::map<std::string, int64_t> by_owner = {};  // "": nobody
  Digest digest = {};                            // of the findings as canonical JSON, a blob
  std::optional<AuditRound> round = {};          // of a scheduled audit
};
inline constexpr size_t kAuditOwnersMax = 5000;

}  // namespace tollgate::model

namespace tollgate::reflect {

template <>
struct EnumNames<model::ConfirmationResult> {
  static constexpr std::array<std::string_view, 3> names = {"confirmed", "contradicted", "gave_up"};
};
template <>
struct Reflect<model::ConfirmationEnded> {
  using T = model::ConfirmationEnded;
  static constexpr std::string_view name = "confirmation.ended";
  static constexpr std::array fields = {
      field<&T::observed>("observed", "Position of the unconfirmed record.", {.min = 0}),
      field<&T::result>("result", "What came of it."),
      field<&T::attempts>("attempts", "How often the API was asked.", {.min = 0}),
      field<&T::detail>("detail", "What the API said instead, or why it did not answer.",
                        {.size_max = 1000})};
};
template <>
struct Reflect<model::CalendarEntryApproved> {
  using T = model::CalendarEntryApproved;
  static constexpr std::string_view name = "calendar.approved";
  static constexpr std::array fields = {
      field<&T::calendar>("calendar", "Calendar.", {.is_required = true, .size_max = 200}),
      field<&T::entry>("entry", "Identifier of the entry.", {.is_required = true, .size_max = 100}),
      field<&T::role>("role", "Role in which it is approved.",
                      {.is_required = true, .size_max = 200}),
      field<&T::reason>("reason", "Why.", {.size_max = 1000})};
};
template <>
struct EnumNames<model::AuditScope> {
  static constexpr std::array<std::string_view, 2> names = {"pipelines", "deployments"};
};
template <>
struct Reflect<model::AuditTold> {
  using T = model::AuditTold;
  static constexpr std::string_view name = "AuditTold";
  static constexpr std::array fields = {
      field<&T::target>("target", "Notification target.", {.is_required = true, .size_max = 200}),
      field<&T::opened>("opened", "Findings that are new.", {.min = 0}),
      field<&T::closed>("closed", "Findings that ended.", {.min = 0}),
      field<&T::open>("open", "Findings now.", {.min = 0}),
      field<&T::lines>("lines", "The first new ones, in words.",
                       {.size_max = model::kAuditLinesMax})};
};
template <>
struct Reflect<model::AuditRound> {
  using T = model::AuditRound;
  static constexpr std::string_view name = "AuditRound";
  static constexpr std::array fields = {
      field<&T::schedule>("schedule", "Its AuditSchedule.", {.is_required = true, .size_max = 200}),
      field<&T::due>("due", "When it was due."),
      field<&T::opened>("opened", "Findings that the audit before did not have.", {.min = 0}),
      field<&T::closed>("closed", "Findings of the audit before that are gone.", {.min = 0}),
      field<&T::severity>("severity", "Severity of what targets are told.", {.size_max = 50}),
      field<&T::told>("told", "What targets are told.", {.size_max = model::kAuditToldMax})};
};
template <>
struct Reflect<model::AuditRecorded> {
  using T = model::AuditRecorded;
  static constexpr std::string_view name = "audit.recorded";
  static constexpr std::array fields = {
      field<&T::scope>("scope", "What was looked at."),
      field<&T::source>("source", "Repository, folder or place.", {.size_max = 1000}),
      field<&T::commit>("commit", "Commit of the pipelines.", {.size_max = 200}),
      field<&T::from>("from", "Deployments that began from then on."),
      field<&T::to>("to", "First moment behind them."),
      field<&T::examined>("examined", "Deploy steps or deployments.", {.min = 0}),
      field<&T::files>("files", "Files read.", {.min = 0}),
      field<&T::unreadable>("unreadable", "Files that could not be read.", {.min = 0}),
      field<&T::findings>("findings", "Findings.", {.min = 0}),
      field<&T::by_rule>("by_rule", "Findings of each rule.", {.size_max = 100}),
      field<&T::by_owner>("by_owner", "Findings of each owner.",
                          {.size_max = model::kAuditOwnersMax}),
      field<&T::digest>("digest", "Digest of the findings."),
      field<&T::round>("round", "What it was as one of its schedule.")};
};

}  // namespace tollgate::reflect
