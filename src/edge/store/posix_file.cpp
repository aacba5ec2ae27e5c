#include "edge/store/posix_file.hpp"

#include "foundation/base/codes.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tollgate::store {
namespace {

constexpr size_t kReadBytes = 256 * 1024;

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Makes the names in a directory durable: new files, renamed files.
Result<void> sync_directory(const std::string& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open() || ::fsync(directory.number()) != 0) {
    return fail(file_error(codes::store_failed, "directory not synced", path));
  }
  return {};
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}
Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Error file_error(Code otherwise, std::string_view what, const std::string& path) {
  const int reason = errno;
  const bool is_full = reason == ENOSPC || reason == EDQUOT;
  return {.code = is_full ? codes::disk_full : otherwise,
          .message = fmt::format("{}: {}", what, std::strerror(reason)),
          .file = path};
}

Result<void> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_directory(directory_of(path));
  if (errno == EEXIST) return {};
  if (errno == ENOENT && path.find('/', 1) != std::string::npos) {
    TOLLGATE_CHECK(make_directory(directory_of(path)));
    return make_directory(path);
  }
  return fail(file_error(codes::io_failed, "directory not created", path));
}

Result<void> write_file_durably(const std::string& path, std::string_view bytes, unsigned mode) {
  static std::atomic<uint64_t> serial{0};
  const std::string aside = fmt::format("{}.{}.{}.tmp", path, ::getpid(), serial++);
  bool is_written = false;
  {
    const Descriptor file(::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    is_written = file.is_open() && write_all(file.number(), bytes) && ::fsync(file.number()) == 0;
  }
  if (!is_written || ::rename(aside.c_str(), path.c_str()) != 0) {
    Error error = file_error(codes::store_failed, "file not written", path);
    ::unlink(aside.c_str());
    return fail(std::move(error));
  }
  return sync_directory(directory_of(path));
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<std::string> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    const Code code = errno == ENOENT ? codes::not_found : codes::store_failed;
    return fail(file_error(code, "file not read", path));
  }
  std::string bytes;
  for (;;) {
    const size_t before = bytes.size();
    bytes.resize(before + kReadBytes);
    const ssize_t got = ::read(file.number(), bytes.data() + before, kReadBytes);
    bytes.resize(before + static_cast<size_t>(got > 0 ? got : 0));
    if (got == 0) return bytes;
    if (got < 0 && errno != EINTR) {
      return fail(file_error(codes::store_failed, "file not read", path));
    }
  }
}

}  // namespace tollgate::store
