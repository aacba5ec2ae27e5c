// The calendar entries that people recorded beside the policy: added for once, imported, cancelled.
// A fold of events, pure.
#pragma once

#include "domain/model/events.hpp"

#include <map>
#include <string>
#include <vector>

namespace tollgate::schedule {

/// Somebody agreed to an entry in a role.
struct EntryApproval {
  std::string role = {};
  std::string by = {};  // subject of the actor
  Time at = {};
  std::string reason = {};
};

struct RecordedEntry {
  std::string id = {};  // "c12" or "c12.3": position of the record, number within an import
  std::string calendar = {};
  std::string source = {};    // of an import; empty for a single entry
  std::string added_by = {};  // subject of the actor
  Time added_at = {};
  model::CalendarEntry entry = {};
  model::Actor adder = {};
  std::vector<EntryApproval> approvals = {};  // of others, oldest first
};

/// Everybody who agreed to an entry: whoever added it, in the first role that `calendar` demands
/// and they have (where nobody signs in, in the first one), and the others.
std::vector<EntryApproval> approvals(const model::Calendar* calendar, const RecordedEntry& entry);
/// Roles of `calendar` that have not agreed to `entry` yet; empty for an entry that needs nobody's.
std::vector<std::string> missing_approvals(const model::Calendar* calendar,
                                           const RecordedEntry& entry);
/// The last import of a source.
struct RecordedImport {
  std::string calendar = {};
  std::string source = {};
  Time at = {};
  int64_t entries = 0;
  Digest digest = {};  // digest_of_entries
};
/// Equal for imports that say the same.
Digest digest_of_entries(const std::vector<model::CalendarEntry>& entries);

class Book {
 public:
  /// True for the events that a book takes into account; others change nothing.
  static bool concerns(const model::Event& event);
  void take(const model::Event& event);

  /// Sorted by id as recorded: oldest first.
  const std::vector<RecordedEntry>& entries() const { return entries_; }
  /// Null if there is none.
  const RecordedEntry* find(std::string_view id) const;
  /// The last one of each source, oldest first.
  const std::vector<RecordedImport>& imports() const { return imports_; }
  /// Null if the source was never imported into the calendar.
  const RecordedImport* find_import(std::string_view calendar, std::string_view source) const;
  /// Behind the newest calendar event; 0 without any.
  int64_t revision() const { return revision_; }

 private:
  std::vector<RecordedEntry> entries_;
  std::vector<RecordedImport> imports_;
  int64_t revision_ = 0;
};

}  // namespace tollgate::schedule
