#include "edge/store/data_dir.hpp"

#include "edge/store/file_blobs.hpp"
#include "edge/store/posix_file.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tollgate::store {
namespace {

constexpr std::string_view kFormat = "tollgate-data 1\n";
constexpr unsigned kPrivateMode = 0600;

class FileCheckpoint final : public engine::CheckpointStore {
 public:
  explicit FileCheckpoint(std::string path) : path_(std::move(path)) {}
  Result<std::string> load() override {
    Result<std::string> text = read_file(path_);
    if (!text && text.error().code == codes::not_found) return std::string();
    return text;
  }
  Result<void> save(std::string_view text) override {
    return write_file_durably(path_, text, kPrivateMode);
  }

 private:
  const std::string path_;
};

// Takes the lock or says who has it. The kernel lets go of it when the process ends, however it
// ends.
Result<int> take_lock(const std::string& directory) {
  const std::string path = directory + "/lock";
  const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kPrivateMode);
  if (lock < 0) return fail(file_error(codes::io_failed, "lock file not opened", path));
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    const std::string holder(trim(read_file(path).value_or("")));
    return fail(codes::store_locked, "{} is in use by process {}", directory,
                holder.empty() ? "unknown" : holder);
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock, 0) != 0 ||
      ::pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    Error error = file_error(codes::io_failed, "lock file not written", path);
    ::close(lock);
    return fail(std::move(error));
  }
  return lock;
}

Result<void> check_format(const std::string& directory) {
  const std::string path = directory + "/format";
  const Result<std::string> found = read_file(path);
  if (found && *found == kFormat) return {};
  if (found) {
    return fail(codes::unsupported_version, "{} says \"{}\", this program reads \"{}\"", path,
                trim(*found), trim(kFormat));
  }
  if (found.error().code != codes::not_found) return fail(found.error());
  return write_file_durably(path, kFormat, kPrivateMode);
}

}  // namespace

Result<DataDir> DataDir::open(const std::string& path) {
  TOLLGATE_CHECK(make_directory(path));
  TOLLGATE_TRY(const int lock, take_lock(path));
  DataDir directory(path, lock);
  TOLLGATE_CHECK(check_format(path));
  return directory;
}

DataDir::DataDir(DataDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
DataDir& DataDir::operator=(DataDir&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}
DataDir::~DataDir() {
  if (lock_ >= 0) ::close(lock_);
}

std::unique_ptr<engine::CheckpointStore> DataDir::checkpoint_store() const {
  return std::make_unique<FileCheckpoint>(path_ + "/ledger.checkpoint");
}

std::unique_ptr<engine::BlobStore> DataDir::blob_store() const {
  return open_file_blobs(path_ + "/blobs");
}

Result<ledger::NoteSigner> DataDir::signer(std::string_view origin) const {
  const std::string path = path_ + "/ledger.key";
  const Result<std::string> text = read_file(path);
  if (!text && text.error().code == codes::not_found) {
    TOLLGATE_TRY(ledger::NoteSigner made, ledger::NoteSigner::generate(origin));
    TOLLGATE_CHECK(write_file_durably(path, made.secret_text() + "\n", kPrivateMode));
    return made;
  }
  if (!text) return fail(text.error());
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return fail(file_error(codes::io_failed, "key file not read", path));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(codes::forbidden, "{} can be read by others; set its mode to 0600", path);
  }
  return ledger::NoteSigner::parse(trim(*text));
}

}  // namespace tollgate::store
