// A file that grows, read as it is written: whole lines, from where reading ended before. Rotation
// (another file under the name) and truncation are noticed; a rotated file is read to its end
// first. Not thread-safe.
#pragma once

#include "foundation/base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::follow {

inline constexpr size_t kLineMax = 1024 * 1024;    // longer lines are passed over
inline constexpr size_t kReadBytes = 1024 * 1024;  // at once
inline constexpr size_t kFingerprintBytes = 256;   // of the file's beginning

/// Where reading ended: in which file, told by its number and its first bytes, and how far.
struct Position {
  uint64_t device = 0;
  uint64_t inode = 0;  // 0: nowhere yet
  int64_t offset = 0;  // behind the last whole line that was taken
  uint64_t fingerprint = 0;
  int64_t fingerprint_bytes = 0;
  friend bool operator==(const Position&, const Position&) = default;
};

struct TailTotals {
  int64_t rotations = 0;
  int64_t truncations = 0;
  int64_t long_lines = 0;  // passed over
};

class Tail {
 public:
  /// `at` is where an earlier Tail ended. Without one, reading begins at the file's end, or at its
  /// beginning if `from_start`.
  Tail(std::string path, const Position& at, bool from_start);
  ~Tail();
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  /// The next whole lines, at most kReadBytes and never beyond `end` (an offset, for reading a span
  /// again; -1: no end). Empty: nothing new, or the end of this file before another one begins. The
  /// view lives until the next call. Errors: io_failed; a missing file is none.
  Result<std::string_view> next(int64_t end = -1);
  /// Behind the lines that next() gave last.
  const Position& position() const { return position_; }
  const TailTotals& totals() const { return totals_; }
  /// How much of the file that is open lies behind the position; 0 without one.
  int64_t behind_bytes() const;

 private:
  Result<bool> open_file();
  bool open_rotated();
  bool is_same_beginning(int descriptor) const;
  void take_fingerprint();
  Result<bool> follow_name();
  Result<size_t> fill(int64_t end);
  void close_file();

  std::string path_;
  Position position_;
  bool from_start_ = false;
  bool is_first_ = true;
  bool is_old_ = false;
  bool is_skipping_ = false;  // inside a line that is too long
  int descriptor_ = -1;
  std::string buffer_;
  size_t used_ = 0;      // bytes of buffer_ that were given out
  int64_t read_to_ = 0;  // offset behind buffer_
  TailTotals totals_;
};

}  // namespace tollgate::follow
