#include "app/render/calendar.hpp"

#include "app/render/output.hpp"
#include "app/render/import_doubts.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::render {
namespace {

using doc::Node;
using reflect::enum_name;

Node time_or_null(const std::optional<Time>& time) {
  return time ? Node(time_text(*time)) : Node();
}

Node reasons_json(const model::CalendarReading& reading) {
  Node list = Node::array();
  for (const model::CalendarReason& reason : reading.reasons) list.push(reflect::encode(reason));
  return list;
}

void set_question(Node& node, const engine::CalendarQuestion& question) {
  node.set("service", question.service.empty() ? Node() : Node(question.service));
  node.set("environment", question.environment.empty() ? Node() : Node(question.environment));
  node.set("change_class", enum_name(question.change_class));
}

std::string blocker_names(const model::CalendarReading& reading) {
  std::string text;
  for (const model::CalendarReason& reason : reading.reasons) {
    if (!reason.blocks) continue;
    const bool is_window = reason.type == model::EntryType::window;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                        is_window ? "outside window" : enum_name(reason.type), reason.entry);
  }
  return text;
}

std::string opening_words(const model::CalendarReading& reading) {
  if (reading.opens) return "opens " + minute_text(*reading.opens);
  return fmt::format("none within {} days", model::kCalendarHorizon.ms / days(1).ms);
}

std::string state_words(const model::CalendarReading& reading) {
  if (!reading.is_open) {
    return fmt::format("blocked by {}; {}", blocker_names(reading), opening_words(reading));
  }
  return reading.closes ? "open until " + minute_text(*reading.closes) : "open";
}

}  // namespace

Node calendar_check_json(const engine::CalendarQuestion& question,
                         const model::CalendarReading& reading) {
  Node node = Node::object({{"state", reading.is_open ? "open" : "blocked"},
                            {"open", reading.is_open},
                            {"at", time_text(reading.at)}});
  set_question(node, question);
  node.set("reasons", reasons_json(reading));
  node.set("next_opening", time_or_null(reading.opens));
  node.set("next_closing", time_or_null(reading.closes));
  // What becomes of a release under way: the strictest of what the entries say that block.
  std::optional<model::InFlight> in_flight;
  for (const model::CalendarReason& reason : reading.reasons) {
    if (reason.blocks) in_flight = std::max(in_flight.value_or(reason.in_flight), reason.in_flight);
  }
  node.set("in_flight", in_flight ? Node(enum_name(*in_flight)) : Node());
  node.set("zone_data", reading.zone_data);
  node.set("message", state_words(reading));
  node.set("import_doubts", doubts_json(reading.doubts, reading.at));
  return node;
}

Node calendar_when_json(const engine::CalendarQuestion& question,
                        const model::CalendarReading& reading) {
  Node node = Node::object(
      {{"when", reading.is_open ? Node(time_text(reading.at)) : time_or_null(reading.opens)},
       {"now", time_text(reading.at)},
       {"open", reading.is_open}});
  set_question(node, question);
  Node blockers = Node::array();
  for (const model::CalendarReason& reason : reading.reasons) {
    if (reason.blocks) blockers.push(reflect::encode(reason));
  }
  node.set("blockers", std::move(blockers));
  node.set("within_days", model::kCalendarHorizon.ms / days(1).ms);
  node.set("message", reading.is_open ? "now; " + state_words(reading) : state_words(reading));
  node.set("import_doubts", doubts_json(reading.doubts, reading.at));
  return node;
}

Node calendar_list_json(const schedule::Timeline& line) {
  Node entries = Node::array();
  for (const schedule::ScheduledEntry& entry : line.entries()) {
    Node node = Node::object({{"entry", entry.name},
                              {"calendar", entry.calendar},
                              {"type", enum_name(entry.type)},
                              {"id", entry.id.empty() ? Node() : Node(entry.id)},
                              {"zone", entry.zone},
                              {"reason", entry.reason},
                              {"in_flight", enum_name(entry.in_flight)}});
    if (!entry.waits_for.empty()) {
      Node waits_for = Node::array();
      for (const std::string& role : entry.waits_for) waits_for.push(role);
      node.set("waits_for", std::move(waits_for));
    }
    entries.push(std::move(node));
  }
  Node occurrences = Node::array();
  for (const schedule::Timeline::Span& span : line.spans()) {
    if (occurrences.items().size() >= kOccurrencesShown) break;
    const schedule::ScheduledEntry& entry = line.entries()[span.entry];
    occurrences.push(Node::object({{"entry", entry.name},
                                   {"type", enum_name(entry.type)},
                                   {"from", time_text(span.from)},
                                   {"to", time_text(span.to)},
                                   {"reason", entry.reason}}));
  }
  return Node::object({{"from", time_text(line.from())},
                       {"to", time_text(line.to())},
                       {"entries", std::move(entries)},
                       {"occurrences", std::move(occurrences)},
                       {"more", line.spans().size() > kOccurrencesShown}});
}

Node calendar_approval_json(const engine::Engine& engine, const engine::EntryAnswer& answer) {
  Node approvals = Node::array();
  Node missing = Node::array();
  const auto book = engine.views().calendar_book();
  const schedule::RecordedEntry* entry = book->find(answer.id);
  if (entry != nullptr) {
    const auto policy = engine.policy();
    const model::Resource* resource = policy->bundle().find("Calendar", entry->calendar);
    const auto* calendar = resource == nullptr ? nullptr : resource->as<model::Calendar>();
    for (const schedule::EntryApproval& approval : schedule::approvals(calendar, *entry)) {
      approvals.push(Node::object({{"role", approval.role},
                                   {"by", approval.by},
                                   {"at", time_text(approval.at)},
                                   {"reason", approval.reason}}));
    }
    for (const std::string& role : schedule::missing_approvals(calendar, *entry))
      missing.push(role);
  }
  return Node::object({{"id", answer.id},
                       {"position", answer.position},
                       {"approvals", std::move(approvals)},
                       {"missing", std::move(missing)}});
}

Node calendar_entry_json(const std::string& calendar, const model::CalendarEntry& entry,
                         const engine::EntryAnswer& answer) {
  return Node::object({{"calendar", calendar},
                       {"id", answer.id},
                       {"position", answer.position},
                       {"entry", reflect::encode(entry)}});
}

Node calendar_import_json(const model::CalendarImported& imported, int64_t position) {
  Node node = Node::object({{"calendar", imported.calendar},
                            {"source", imported.source},
                            {"format", imported.format},
                            {"entries", static_cast<int64_t>(imported.entries.size())},
                            {"ignored", imported.ignored},
                            {"position", position < 0 ? Node() : Node(position)}});
  return node;
}

}  // namespace tollgate::render
