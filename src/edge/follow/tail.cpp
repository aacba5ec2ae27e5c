#include "edge/follow/tail.hpp"

#include "edge/intake/batch.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tollgate::follow {
namespace {

/// Bytes read at an offset, 0 at the end, below 0 on an error.
ssize_t read_at(int descriptor, char* into, size_t size, int64_t offset) {
  ssize_t got = 0;
  do {
    got = pread(descriptor, into, size, offset);
  } while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

Tail::Tail(std::string path, const Position& at, bool from_start)
    : path_(std::move(path)), position_(at), from_start_(from_start) {}

Tail::~Tail() { close_file(); }

void Tail::close_file() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
  buffer_.clear();
  used_ = 0;
  is_skipping_ = false;
}

int64_t Tail::behind_bytes() const {
  struct stat status {};
  if (descriptor_ < 0 || fstat(descriptor_, &status) != 0) return 0;
  return std::max<int64_t>(0, status.st_size - position_.offset);
}

bool Tail::is_same_beginning(int descriptor) const {
  std::string bytes(static_cast<size_t>(position_.fingerprint_bytes), '\0');
  const ssize_t got = read_at(descriptor, bytes.data(), bytes.size(), 0);
  return got == position_.fingerprint_bytes && intake::hash_bytes(bytes) == position_.fingerprint;
}

/// As many of the first bytes as there are, up to where reading is.
void Tail::take_fingerprint() {
  const auto wanted =
      static_cast<size_t>(std::min(position_.offset, static_cast<int64_t>(kFingerprintBytes)));
  if (static_cast<int64_t>(wanted) <= position_.fingerprint_bytes) return;
  std::string bytes(wanted, '\0');
  if (read_at(descriptor_, bytes.data(), wanted, 0) != static_cast<ssize_t>(wanted)) return;
  position_.fingerprint = intake::hash_bytes(bytes);
  position_.fingerprint_bytes = static_cast<int64_t>(wanted);
}

/// The file that was read before, if it was only moved to the usual name of a rotated one.
bool Tail::open_rotated() {
  const int descriptor = open((path_ + ".1").c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct stat status {};
  const bool is_it = fstat(descriptor, &status) == 0 && status.st_ino == position_.inode &&
                     status.st_dev == position_.device && status.st_size >= position_.offset &&
                     is_same_beginning(descriptor);
  if (!is_it) {
    close(descriptor);
    return false;
  }
  descriptor_ = descriptor;
  is_old_ = true;
  return true;
}

/// Opens the file under the name, at the position if it is the same file. False if it is missing.
Result<bool> Tail::open_file() {
  const bool is_first = std::exchange(is_first_, false);
  is_old_ = false;
  descriptor_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0 && errno != ENOENT)
    return fail(codes::io_failed, "cannot open {}: {}", path_, strerror(errno));
  struct stat status {};
  if (descriptor_ >= 0 && (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode))) {
    close_file();
    return fail(codes::io_failed, "{} is no regular file", path_);
  }
  const bool is_known = position_.inode != 0;
  const bool is_same = descriptor_ >= 0 && is_known && status.st_ino == position_.inode &&
                       status.st_dev == position_.device && status.st_size >= position_.offset &&
                       is_same_beginning(descriptor_);
  if (is_same) {
    read_to_ = position_.offset;
    return true;
  }
  if (is_first && is_known) {
    const int fresh = descriptor_;
    if (open_rotated()) {
      if (fresh >= 0) close(fresh);
      read_to_ = position_.offset;
      return true;
    }
    descriptor_ = fresh;
  }
  if (descriptor_ < 0) return false;
  if (is_known) {
    const bool is_cut = status.st_ino == position_.inode && status.st_dev == position_.device;
    ++(is_cut ? totals_.truncations : totals_.rotations);
  }
  position_ = {.device = status.st_dev, .inode = status.st_ino};
  if (is_first && !is_known && !from_start_) position_.offset = status.st_size;
  read_to_ = position_.offset;
  return true;
}

/// At the end of what can be read: whether the name leads to another file, or this one was cut.
Result<bool> Tail::follow_name() {
  struct stat now {};
  struct stat own {};
  if (fstat(descriptor_, &own) != 0)
    return fail(codes::io_failed, "cannot look at {}: {}", path_, strerror(errno));
  if (own.st_size < read_to_) {
    ++totals_.truncations;
    position_ = {.device = own.st_dev, .inode = own.st_ino};
    read_to_ = 0;
    buffer_.clear();
    used_ = 0;
    is_skipping_ = false;
    return false;  // the next call begins with what is there now
  }
  if (stat(path_.c_str(), &now) != 0) {
    is_old_ = true;  // moved away, and no new one yet
    return false;
  }
  if (now.st_ino == own.st_ino && now.st_dev == own.st_dev) return false;
  // Its writer may still have it open for a moment: one more look before it is left.
  if (!std::exchange(is_old_, true)) return true;
  close_file();  // the next call opens the new one
  return false;
}

/// Reads on; how many bytes were added.
Result<size_t> Tail::fill(int64_t end) {
  buffer_.erase(0, used_);
  used_ = 0;
  size_t wanted = kReadBytes;
  if (end >= 0)
    wanted = static_cast<size_t>(std::clamp(end - read_to_, int64_t{0}, int64_t{kReadBytes}));
  const size_t before = buffer_.size();
  buffer_.resize(before + wanted);
  const ssize_t got = read_at(descriptor_, buffer_.data() + before, wanted, read_to_);
  buffer_.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) return fail(codes::io_failed, "cannot read {}: {}", path_, strerror(errno));
  read_to_ += got;
  return static_cast<size_t>(got);
}

Result<std::string_view> Tail::next(int64_t end) {
  if (descriptor_ < 0) {
    TOLLGATE_TRY(const bool is_open, open_file());
    if (!is_open) return std::string_view{};
  }
  for (;;) {
    TOLLGATE_TRY(const size_t got, fill(end));
    const size_t last = buffer_.rfind('\n');
    if (last != std::string::npos) {
      size_t first = 0;
      if (std::exchange(is_skipping_, false)) first = buffer_.find('\n') + 1;
      used_ = last + 1;
      position_.offset = read_to_ - static_cast<int64_t>(buffer_.size() - used_);
      take_fingerprint();
      if (first < used_) return std::string_view(buffer_).substr(first, used_ - first);
      continue;
    }
    if (buffer_.size() > kLineMax) {
      if (!std::exchange(is_skipping_, true)) ++totals_.long_lines;
      used_ = buffer_.size();
    }
    if (got > 0) continue;
    if (end >= 0) return std::string_view{};
    TOLLGATE_TRY(const bool has_more, follow_name());
    if (!has_more) return std::string_view{};
  }
}

}  // namespace tollgate::follow
