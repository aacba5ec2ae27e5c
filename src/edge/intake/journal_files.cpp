#include "edge/intake/journal_files.hpp"

#include "foundation/base/codes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tollgate::intake {
namespace {

tl::unexpected<Error> failed(std::string_view what, const std::string& path) {
  const int error = errno;
  const Code code = error == ENOSPC || error == EDQUOT ? codes::disk_full : codes::store_failed;
  return fail(code, "{} {}: {}", what, path, std::strerror(error));
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

class PosixFile : public JournalFile {
 public:
  PosixFile(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Result<void> write(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written =
          ::pwrite(file_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed("writing", path_);
      bytes.remove_prefix(static_cast<size_t>(written));
      offset += static_cast<uint64_t>(written);
    }
    return {};
  }
  Result<void> sync() override {
    if (::fdatasync(file_.number()) != 0) return failed("syncing", path_);
    return {};
  }

 private:
  Descriptor file_;
  std::string path_;
};

class PosixFolder : public JournalFolder {
 public:
  explicit PosixFolder(std::string path) : path_(std::move(path)) {}

  Result<std::vector<std::string>> names() override {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(path_, error), end; !error && entry != end;
         entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    if (error && error != std::errc::no_such_file_or_directory)
      return fail(codes::store_failed, "listing {}: {}", path_, error.message());
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<std::unique_ptr<JournalFile>> create(const std::string& name) override {
    if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return failed("creating", path_);
    const std::string path = path_ + "/" + name;
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.number() < 0) return failed("creating", path);
    return std::make_unique<PosixFile>(std::move(file), path);
  }

  Result<std::string> read(const std::string& name) override {
    const std::string path = path_ + "/" + name;
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file.number() < 0 || ::fstat(file.number(), &status) != 0) return failed("opening", path);
    std::string bytes(static_cast<size_t>(status.st_size), '\0');
    size_t at = 0;
    while (at < bytes.size()) {
      const ssize_t count = ::read(file.number(), bytes.data() + at, bytes.size() - at);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed("reading", path);
      if (count == 0) break;
      at += static_cast<size_t>(count);
    }
    bytes.resize(at);
    return bytes;
  }

  Result<void> remove(const std::string& name) override {
    const std::string path = path_ + "/" + name;
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed("removing", path);
    return {};
  }

  /// The folder and the one that holds it: both may be new.
  Result<void> sync() override {
    for (const std::string& path : {path_, path_ + "/.."}) {
      const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (folder.number() < 0 || ::fsync(folder.number()) != 0) return failed("syncing", path);
    }
    return {};
  }

 private:
  std::string path_;
};

}  // namespace

std::unique_ptr<JournalFolder> open_journal_folder(std::string path) {
  return std::make_unique<PosixFolder>(std::move(path));
}

}  // namespace tollgate::intake
