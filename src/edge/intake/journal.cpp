#include "edge/intake/journal.hpp"

#include "edge/intake/batch.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace tollgate::intake {
namespace {

constexpr std::string_view kMagic = "TGJRNL1\n";
constexpr std::string_view kPrefix = "journal-";
constexpr size_t kHeadBytes = 16;  // of a file: the magic, then the first sequence number
// Of an entry: length and checksum of what follows; then sequence, arrival, kind, size of source.
constexpr size_t kFrameBytes = 4 + 8;
constexpr size_t kFixedBytes = 8 + 8 + 1 + 2;

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
template <class T>
T get(std::string_view bytes, size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

std::string name_of(uint64_t first) { return fmt::format("{}{:016x}", kPrefix, first); }

std::optional<uint64_t> first_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  uint64_t first = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), first, 16);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return first;
}

tl::unexpected<Error> damaged(std::string message) {
  Error error{.code = codes::store_failed, .message = std::move(message)};
  error.help =
      "Restore the files, or move the folder \"signals\" of the data directory away: what only the "
      "journal holds is then not counted.";
  return fail(std::move(error));
}

/// Length and checksum stand before the rest, which begins at `start`.
void frame(std::string& out, size_t start) {
  const std::string_view body = std::string_view(out).substr(start + kFrameBytes);
  const auto length = static_cast<uint32_t>(body.size());
  const uint64_t checksum = hash_bytes(body, length);
  std::memcpy(out.data() + start, &length, sizeof(length));
  std::memcpy(out.data() + start + sizeof(length), &checksum, sizeof(checksum));
}

void append_entry(std::string& out, uint64_t sequence, const Entry& entry) {
  const size_t start = out.size();
  out.append(kFrameBytes, '\0');
  put(out, sequence);
  put(out, entry.arrived_ms);
  put(out, entry.kind);
  put(out, static_cast<uint16_t>(entry.source.size()));
  out += entry.source;
  out += entry.bytes;
  frame(out, start);
}

/// The body of the entry at `at`, or nothing where the file ends or is torn.
std::optional<std::string_view> body_at(std::string_view file, size_t at) {
  if (file.size() - at < kFrameBytes) return std::nullopt;
  const auto length = get<uint32_t>(file, at);
  if (length < kFixedBytes || file.size() - at - kFrameBytes < length) return std::nullopt;
  const std::string_view body = file.substr(at + kFrameBytes, length);
  if (hash_bytes(body, length) != get<uint64_t>(file, at + 4)) return std::nullopt;
  if (length - kFixedBytes < get<uint16_t>(body, 17)) return std::nullopt;
  return body;
}

}  // namespace

Result<Journal> Journal::open(std::unique_ptr<JournalFolder> folder, const JournalLimits& limits,
                              uint64_t after, const Visit& visit) {
  Journal journal(std::move(folder), limits);
  TOLLGATE_TRY(const std::vector<std::string> names, journal.folder_->names());
  for (const std::string& name : names) {
    if (const auto first = first_of(name)) journal.segments_.push_back({*first, name, 0});
  }
  journal.next_ = after + 1;
  if (!journal.segments_.empty()) {
    if (journal.segments_.front().first > after + 1) {
      return damaged(
          fmt::format("the journal begins with entry {}, but the cells know only those up to {}",
                      journal.segments_.front().first, after));
    }
    journal.next_ = journal.segments_.front().first;
  }
  for (size_t i = 0; i < journal.segments_.size(); ++i)
    TOLLGATE_CHECK(journal.read_segment(i, after, visit));
  journal.next_ = std::max(journal.next_, after + 1);
  return journal;
}

/// What stands behind the first sequence number of the next file was never acknowledged: that file
/// was begun because writing here had failed.
Result<void> Journal::read_segment(size_t index, uint64_t after, const Visit& visit) {
  Segment& segment = segments_[index];
  const bool is_last = index + 1 == segments_.size();
  const uint64_t end = is_last ? UINT64_MAX : segments_[index + 1].first;
  TOLLGATE_TRY(const std::string file, folder_->read(segment.name));
  segment.bytes = file.size();
  const bool has_head = file.size() >= kHeadBytes && file.starts_with(kMagic) &&
                        get<uint64_t>(file, kMagic.size()) == segment.first;
  size_t at = kHeadBytes;
  while (has_head && next_ < end) {
    const auto body = body_at(file, at);
    if (!body || get<uint64_t>(*body, 0) != next_) break;
    at += kFrameBytes + body->size();
    if (next_ > after) {
      const auto source_size = get<uint16_t>(*body, 17);
      TOLLGATE_CHECK(visit(next_, {.kind = get<uint8_t>(*body, 16),
                                   .arrived_ms = get<int64_t>(*body, 8),
                                   .source = body->substr(kFixedBytes, source_size),
                                   .bytes = body->substr(kFixedBytes + source_size)}));
    }
    ++next_;
  }
  if (is_last || next_ == end) return {};
  if (end <= after + 1) {  // what is missing is in the cells
    next_ = end;
    return {};
  }
  // A file that was begun but never finished is followed by one with the same first entry.
  return damaged(
      fmt::format("{} of the journal is damaged behind entry {}", segment.name, next_ - 1));
}

Result<void> Journal::begin_segment() {
  const std::string name = name_of(next_);
  TOLLGATE_TRY(file_, folder_->create(name));
  std::string head(kMagic);
  put(head, next_);
  head.resize(std::max<size_t>(kHeadBytes, limits_.ahead_bytes));
  const auto write = [&]() -> Result<void> {
    TOLLGATE_CHECK(file_->write(0, head));
    TOLLGATE_CHECK(file_->sync());
    return folder_->sync();
  };
  if (Result<void> written = write(); !written) {
    file_.reset();
    return written;
  }
  if (segments_.empty() || segments_.back().name != name) segments_.push_back({next_, name, 0});
  segments_.back().bytes = kHeadBytes;
  ahead_ = head.size();
  return {};
}

Result<void> Journal::write_out(bool is_synced) {
  Segment& segment = segments_.back();
  const uint64_t end = segment.bytes + buffer_.size();
  const size_t size = buffer_.size();
  if (end > ahead_) {
    buffer_.append(limits_.ahead_bytes, '\0');
    ahead_ = segment.bytes + buffer_.size();
  }
  TOLLGATE_CHECK(file_->write(segment.bytes, buffer_));
  is_dirty_ = true;
  if (is_synced) TOLLGATE_CHECK(sync());
  segment.bytes += size;
  return {};
}

Result<void> Journal::sync() {
  if (file_ == nullptr || !is_dirty_) return {};
  is_dirty_ = false;
  Result<void> synced = file_->sync();
  if (!synced) file_.reset();  // what is there now nobody knows
  return synced;
}

Result<uint64_t> Journal::append(std::span<const Entry> entries, bool is_synced) {
  if (bytes() > limits_.total_bytes) {
    return fail(codes::disk_full, "the journal of signals holds {} bytes that are not in cells yet",
                bytes());
  }
  if (file_ != nullptr && segments_.back().bytes >= limits_.file_bytes) {
    TOLLGATE_CHECK(sync());
    file_.reset();
  }
  if (file_ == nullptr) TOLLGATE_CHECK(begin_segment());
  buffer_.clear();
  uint64_t sequence = next_;
  for (const Entry& entry : entries) append_entry(buffer_, sequence++, entry);
  const Result<void> written = write_out(is_synced);
  if (!written) {
    file_.reset();  // what is there now nobody knows: the next file begins with the same number
    return tl::unexpected(written.error());
  }
  next_ = sequence;
  return next_ - 1;
}

Result<void> Journal::forget(uint64_t last) {
  size_t gone = 0;
  while (gone < segments_.size()) {
    const bool is_open = file_ != nullptr && gone + 1 == segments_.size();
    const uint64_t end = gone + 1 < segments_.size() ? segments_[gone + 1].first : next_;
    if (end > last + 1) break;
    if (is_open) file_.reset();
    TOLLGATE_CHECK(folder_->remove(segments_[gone].name));
    ++gone;
  }
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(gone));
  return {};
}

uint64_t Journal::bytes() const {
  uint64_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.bytes;
  return bytes;
}

}  // namespace tollgate::intake
