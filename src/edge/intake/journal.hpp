// What the intake has accepted and the cells have not on disk yet: appended, synced, and only then
// acknowledged. Files of bounded size, each named by the sequence number of its first entry; an
// entry that was torn by a crash is known by its checksum and ends the reading. Not thread-safe.
#pragma once

#include "edge/intake/journal_files.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace tollgate::intake {

struct JournalLimits {
  uint64_t file_bytes = 64 * 1024 * 1024;        // then the next file begins
  uint64_t total_bytes = 1024ull * 1024 * 1024;  // beyond it nothing is accepted
  uint64_t ahead_bytes = 2 * 1024 * 1024;        // written as zeros ahead, so that a sync is cheap
};

/// One accepted request, or a change of the routes.
struct Entry {
  uint8_t kind = 0;  // kRoutes, or an Encoding
  int64_t arrived_ms = 0;
  std::string_view source = {};
  std::string_view bytes = {};
};
inline constexpr uint8_t kRoutes = 0;
inline constexpr size_t kSourceBytesMax = 200;

class Journal {
 public:
  /// Visits, in order, every entry behind sequence number `after`. The views live until the visitor
  /// returns. The journal then goes on behind the last entry. Errors: store_failed for files that
  /// are damaged elsewhere than at the end, and what the visitor returns.
  using Visit = std::function<Result<void>(uint64_t sequence, const Entry& entry)>;
  static Result<Journal> open(std::unique_ptr<JournalFolder> folder, const JournalLimits& limits,
                              uint64_t after, const Visit& visit);

  /// Makes the entries durable, in one sync, or with is_synced = false leaves that to the next
  /// sync(); the sequence number of the last one. Errors:
  /// disk_full, store_failed; then none of them counts, unless the process ends before the next
  /// append: what happened to them is unknown then.
  Result<uint64_t> append(std::span<const Entry> entries, bool is_synced = true);
  /// Makes durable what append() left. Errors: disk_full, store_failed.
  Result<void> sync();
  /// Removes the files whose entries all have sequence numbers up to `last`.
  Result<void> forget(uint64_t last);

  uint64_t last_sequence() const { return next_ - 1; }
  /// Bytes in all files.
  uint64_t bytes() const;

 private:
  struct Segment {
    uint64_t first = 0;
    std::string name;
    uint64_t bytes = 0;
  };
  Journal(std::unique_ptr<JournalFolder> folder, const JournalLimits& limits)
      : folder_(std::move(folder)), limits_(limits) {}
  Result<void> read_segment(size_t index, uint64_t after, const Visit& visit);
  Result<void> begin_segment();
  Result<void> write_out(bool is_synced);

  std::unique_ptr<JournalFolder> folder_;
  JournalLimits limits_;
  std::vector<Segment> segments_;      // ascending; the last one is written if file_ is open
  std::unique_ptr<JournalFile> file_;  // null: the next append begins a file
  bool is_dirty_ = false;              // what was written is not synced yet
  uint64_t ahead_ = 0;                 // bytes of the last file that are there already
  uint64_t next_ = 1;                  // sequence number
  std::string buffer_;
};

}  // namespace tollgate::intake
