#include "edge/store/gather_vfs.hpp"

#include "foundation/base/assert.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <vector>

namespace tollgate::store {

struct GatherVfs::Implementation {
  std::string name;
  sqlite3_vfs* base = nullptr;
  sqlite3_vfs vfs{};
};

namespace {

/// Bytes that wait in one file before they are written. SQLite's own VFS writes less than 128 KiB
/// at once.
constexpr size_t kWaitingMax = 64 * 1024;
/// How far the log grows ahead: as far again as it is long, within these.
constexpr int64_t kGrowthMin = 64 * 1024;
constexpr int64_t kGrowthMax = 4 * 1024 * 1024;

/// What SQLite allocates for an open file; behind it stands the file of the base VFS.
struct GatherFile {
  sqlite3_file base;
  sqlite3_file* real;
  std::vector<char>* waiting;  // bytes from `offset` on that the real file does not have yet
  sqlite3_int64 offset;
  sqlite3_int64 size;  // of the real file, of logs only
  bool is_log;
  int failure;  // of a write that was told to have succeeded: from then on the file is of no use
};

constexpr size_t kRealAt = (sizeof(GatherFile) + 15) / 16 * 16;

GatherFile& gather(sqlite3_file* file) { return *reinterpret_cast<GatherFile*>(file); }
sqlite3_vfs* base_of(sqlite3_vfs* vfs) {
  return static_cast<GatherVfs::Implementation*>(vfs->pAppData)->base;
}

int write_real(GatherFile& file, const void* bytes, size_t size, sqlite3_int64 offset) {
  return file.real->pMethods->xWrite(file.real, bytes, static_cast<int>(size), offset);
}

/// Makes room for a log up to `end`, and some more.
int grow(GatherFile& file, sqlite3_int64 end) {
  static const std::vector<char> zeros(static_cast<size_t>(kGrowthMin), '\0');
  const sqlite3_int64 wanted = end + std::clamp<int64_t>(file.size, kGrowthMin, kGrowthMax);
  while (file.size < wanted) {
    const auto piece = static_cast<size_t>(std::min<int64_t>(wanted - file.size, kGrowthMin));
    const int code = write_real(file, zeros.data(), piece, file.size);
    // Without room ahead the log is only slower; without room for itself the write will say so.
    if (code != SQLITE_OK) return file.size >= end ? SQLITE_OK : code;
    file.size += static_cast<sqlite3_int64>(piece);
  }
  return SQLITE_OK;
}

int flush(GatherFile& file) {
  if (file.failure != SQLITE_OK || file.waiting->empty()) return file.failure;
  const auto end = file.offset + static_cast<sqlite3_int64>(file.waiting->size());
  if (file.is_log && end > file.size) file.failure = grow(file, end);
  if (file.failure == SQLITE_OK)
    file.failure = write_real(file, file.waiting->data(), file.waiting->size(), file.offset);
  file.waiting->clear();
  return file.failure;
}

int close_file(sqlite3_file* file) {
  GatherFile& gathered = gather(file);
  const int flushed = flush(gathered);
  const int closed = gathered.real->pMethods->xClose(gathered.real);
  delete gathered.waiting;
  gathered.waiting = nullptr;
  return flushed != SQLITE_OK ? flushed : closed;
}

int read_file(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
  GatherFile& gathered = gather(file);
  const auto waiting = static_cast<sqlite3_int64>(gathered.waiting->size());
  const bool overlaps =
      offset < gathered.offset + waiting && gathered.offset < offset + sqlite3_int64{amount};
  // A short read depends on the length of the file, so bytes before the waiting ones matter, too.
  const bool is_behind = waiting > 0 && offset + amount > gathered.offset;
  if (overlaps || is_behind || gathered.failure != SQLITE_OK) {
    const int code = flush(gathered);
    if (code != SQLITE_OK) return code;
  }
  return gathered.real->pMethods->xRead(gathered.real, out, amount, offset);
}

int write_file(sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 offset) {
  GatherFile& gathered = gather(file);
  if (gathered.failure != SQLITE_OK) return gathered.failure;
  std::vector<char>& waiting = *gathered.waiting;
  const auto size = static_cast<size_t>(amount);
  const bool follows = offset == gathered.offset + static_cast<sqlite3_int64>(waiting.size());
  if (!follows || waiting.size() + size > kWaitingMax) {
    const int code = flush(gathered);
    if (code != SQLITE_OK) return code;
    gathered.offset = offset;
  }
  const char* from = static_cast<const char*>(bytes);
  waiting.insert(waiting.end(), from, from + size);
  return SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  GatherFile& gathered = gather(file);
  int code = flush(gathered);
  if (code == SQLITE_OK) code = gathered.real->pMethods->xTruncate(gathered.real, size);
  if (code == SQLITE_OK) gathered.size = std::min(gathered.size, size);
  return code;
}

int sync_file(sqlite3_file* file, int flags) {
  GatherFile& gathered = gather(file);
  const int code = flush(gathered);
  return code != SQLITE_OK ? code : gathered.real->pMethods->xSync(gathered.real, flags);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  GatherFile& gathered = gather(file);
  const int code = flush(gathered);
  return code != SQLITE_OK ? code : gathered.real->pMethods->xFileSize(gathered.real, size);
}

int lock_file(sqlite3_file* file, int level) {
  return gather(file).real->pMethods->xLock(gather(file).real, level);
}
int unlock_file(sqlite3_file* file, int level) {
  GatherFile& gathered = gather(file);
  const int code = flush(gathered);  // another process may look now
  return code != SQLITE_OK ? code : gathered.real->pMethods->xUnlock(gathered.real, level);
}
int check_lock(sqlite3_file* file, int* is_reserved) {
  return gather(file).real->pMethods->xCheckReservedLock(gather(file).real, is_reserved);
}
int control_file(sqlite3_file* file, int operation, void* argument) {
  GatherFile& gathered = gather(file);
  const int code = flush(gathered);
  return code != SQLITE_OK
             ? code
             : gathered.real->pMethods->xFileControl(gathered.real, operation, argument);
}
int sector_size(sqlite3_file* file) {
  return gather(file).real->pMethods->xSectorSize(gather(file).real);
}
int device_characteristics(sqlite3_file* file) {
  return gather(file).real->pMethods->xDeviceCharacteristics(gather(file).real);
}

// Version 1: neither shared memory nor mapped files.
constexpr sqlite3_io_methods kMethods = {
    .iVersion = 1,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_lock,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* out, int flags, int* out_flags) {
  auto* file = reinterpret_cast<GatherFile*>(out);
  *file = {};
  file->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(out) + kRealAt);
  sqlite3_vfs* base = base_of(vfs);
  const int code = base->xOpen(base, path, file->real, flags, out_flags);
  if (code != SQLITE_OK) return code;
  file->is_log = (flags & SQLITE_OPEN_WAL) != 0;
  if (file->is_log) {
    const int sized = file->real->pMethods->xFileSize(file->real, &file->size);
    if (sized != SQLITE_OK) {
      file->real->pMethods->xClose(file->real);
      return sized;
    }
  }
  file->waiting = new std::vector<char>();
  file->base.pMethods = &kMethods;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int syncs_directory) {
  return base_of(vfs)->xDelete(base_of(vfs), path, syncs_directory);
}
int access_file(sqlite3_vfs* vfs, const char* path, int flags, int* result) {
  return base_of(vfs)->xAccess(base_of(vfs), path, flags, result);
}
int full_path(sqlite3_vfs* vfs, const char* path, int size, char* out) {
  return base_of(vfs)->xFullPathname(base_of(vfs), path, size, out);
}
int randomness(sqlite3_vfs* vfs, int size, char* out) {
  return base_of(vfs)->xRandomness(base_of(vfs), size, out);
}
int sleep_for(sqlite3_vfs* vfs, int microseconds) {
  return base_of(vfs)->xSleep(base_of(vfs), microseconds);
}
int current_time(sqlite3_vfs* vfs, double* julian_day) {
  return base_of(vfs)->xCurrentTime(base_of(vfs), julian_day);
}
int last_error(sqlite3_vfs* vfs, int size, char* out) {
  return base_of(vfs)->xGetLastError(base_of(vfs), size, out);
}

std::string unique_name() {
  static std::atomic<int> serial{0};
  return "tollgate-gather-" + std::to_string(serial++);
}

}  // namespace

GatherVfs::GatherVfs(const std::string& base)
    : implementation_(std::make_unique<Implementation>()) {
  Implementation& own = *implementation_;
  own.name = unique_name();
  own.base = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
  ASSERT(own.base != nullptr);
  sqlite3_vfs& vfs = own.vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = static_cast<int>(kRealAt) + own.base->szOsFile;
  vfs.mxPathname = own.base->mxPathname;
  vfs.zName = own.name.c_str();
  vfs.pAppData = &own;
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep_for;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  ASSERT(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

GatherVfs::~GatherVfs() { sqlite3_vfs_unregister(&implementation_->vfs); }

const std::string& GatherVfs::name() const { return implementation_->name; }

}  // namespace tollgate::store
