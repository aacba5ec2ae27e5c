#include "domain/schedule/book.hpp"

#include "foundation/base/digest.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::schedule {

bool Book::concerns(const model::Event& event) {
  return std::holds_alternative<model::CalendarEntryAdded>(event.data) ||
         std::holds_alternative<model::CalendarImported>(event.data) ||
         std::holds_alternative<model::CalendarEntryCancelled>(event.data) ||
         std::holds_alternative<model::CalendarEntryApproved>(event.data);
}

void Book::take(const model::Event& event) {
  const std::string id = fmt::format("c{}", event.position);
  const auto recorded = [&](std::string key, const std::string& calendar, std::string source,
                            const model::CalendarEntry& entry) {
    entries_.push_back({.id = std::move(key),
                        .calendar = calendar,
                        .source = std::move(source),
                        .added_by = event.actor.subject,
                        .added_at = event.time,
                        .entry = entry,
                        .adder = event.actor});
  };
  if (const auto* added = std::get_if<model::CalendarEntryAdded>(&event.data)) {
    recorded(id, added->calendar, "", added->entry);
  } else if (const auto* imported = std::get_if<model::CalendarImported>(&event.data)) {
    // A new import of a source replaces what the last one brought.
    std::erase_if(entries_, [imported](const RecordedEntry& entry) {
      return entry.calendar == imported->calendar && entry.source == imported->source;
    });
    for (size_t i = 0; i < imported->entries.size(); ++i) {
      recorded(fmt::format("{}.{}", id, i), imported->calendar, imported->source,
               imported->entries[i]);
    }
    std::erase_if(imports_, [imported](const RecordedImport& last) {
      return last.calendar == imported->calendar && last.source == imported->source;
    });
    imports_.push_back({.calendar = imported->calendar,
                        .source = imported->source,
                        .at = event.time,
                        .entries = static_cast<int64_t>(imported->entries.size()),
                        .digest = digest_of_entries(imported->entries)});
  } else if (const auto* cancelled = std::get_if<model::CalendarEntryCancelled>(&event.data)) {
    std::erase_if(entries_,
                  [cancelled](const RecordedEntry& entry) { return entry.id == cancelled->entry; });
  } else if (const auto* approved = std::get_if<model::CalendarEntryApproved>(&event.data)) {
    for (RecordedEntry& entry : entries_) {
      if (entry.id != approved->entry) continue;
      entry.approvals.push_back({.role = approved->role,
                                 .by = event.actor.subject,
                                 .at = event.time,
                                 .reason = approved->reason});
    }
  } else {
    return;
  }
  revision_ = event.position + 1;
}

std::vector<EntryApproval> approvals(const model::Calendar* calendar, const RecordedEntry& entry) {
  std::vector<EntryApproval> all;
  if (calendar == nullptr || !entry.entry.is_excluded.value_or(false)) return all;
  const std::vector<std::string>& has = entry.adder.roles;
  for (const std::string& role : calendar->exclusion_approvals) {
    const bool has_role =
        entry.adder.issuer == "local" || std::find(has.begin(), has.end(), role) != has.end();
    if (!has_role) continue;
    all.push_back({.role = role,
                   .by = entry.adder.subject,
                   .at = entry.added_at,
                   .reason = entry.entry.reason});
    break;
  }
  all.insert(all.end(), entry.approvals.begin(), entry.approvals.end());
  return all;
}

std::vector<std::string> missing_approvals(const model::Calendar* calendar,
                                           const RecordedEntry& entry) {
  if (calendar == nullptr || !entry.entry.is_excluded.value_or(false)) return {};
  std::vector<std::string> missing;
  const std::vector<EntryApproval> agreed = approvals(calendar, entry);
  for (const std::string& role : calendar->exclusion_approvals) {
    const bool has_agreed =
        std::any_of(agreed.begin(), agreed.end(),
                    [&role](const EntryApproval& approval) { return approval.role == role; });
    if (!has_agreed) missing.push_back(role);
  }
  return missing;
}

Digest digest_of_entries(const std::vector<model::CalendarEntry>& entries) {
  std::string text;
  for (const model::CalendarEntry& entry : entries) text += reflect::canonical(entry) + "\n";
  return sha256(text);
}

const RecordedImport* Book::find_import(std::string_view calendar, std::string_view source) const {
  const auto found =
      std::find_if(imports_.begin(), imports_.end(), [&](const RecordedImport& last) {
        return last.calendar == calendar && last.source == source;
      });
  return found == imports_.end() ? nullptr : &*found;
}

const RecordedEntry* Book::find(std::string_view id) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [id](const RecordedEntry& entry) { return entry.id == id; });
  return found == entries_.end() ? nullptr : &*found;
}

}  // namespace tollgate::schedule
