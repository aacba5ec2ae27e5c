#include "sim/fault_vfs.hpp"

#include "foundation/base/assert.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <random>
#include <vector>

namespace tollgate::sim {
namespace {

constexpr size_t kSectorBytes = 512;
constexpr int kPathMax = 512;

// A change that was asked for but not synced yet: bytes at an offset, or a new size.
struct Change {
  bool is_truncation = false;
  size_t offset = 0;  // of the bytes, or the new size
  std::string bytes;
};

struct File {
  std::string seen;     // what reads give
  std::string durable;  // what power loss leaves for certain
  std::vector<Change> unsynced;
};

void put(std::string& content, size_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
  content.replace(offset, bytes.size(), bytes);
}

// What SQLite allocates for an open file; its first member is SQLite's.
struct OpenFile {
  sqlite3_file base;
  FaultVfs::Disk* disk;
  File* file;
};

}  // namespace

struct FaultVfs::Disk {
  std::string name;
  sqlite3_vfs vfs{};
  std::map<std::string, std::unique_ptr<File>> files;
  std::mt19937_64 random;
  Fault fault = Fault::none;
  int64_t fault_at = 0;
  int64_t operations = 0;
  bool has_failed = false;

  bool is_dead() const { return has_failed && fault == Fault::power_loss; }
  bool flip() { return (random() & 1) != 0; }

  // True if the operation that begins now meets the planned fault, `wanted` being one it can meet.
  bool meets(Fault wanted) {
    if (fault != wanted || has_failed || operations < fault_at) return false;
    has_failed = true;
    return true;
  }

  // Some of the unsynced changes reach the medium, sector by sector, in any combination.
  void keep_some(File& file) {
    for (const Change& change : file.unsynced) {
      if (change.is_truncation) {
        if (flip()) file.durable.resize(std::min(file.durable.size(), change.offset));
        continue;
      }
      for (size_t at = 0; at < change.bytes.size();) {
        const size_t room = kSectorBytes - (change.offset + at) % kSectorBytes;
        const std::string_view sector = std::string_view(change.bytes).substr(at, room);
        const bool is_torn = (random() & 7) == 0;
        const size_t kept = is_torn ? random() % sector.size() : flip() ? sector.size() : 0;
        if (kept > 0) put(file.durable, change.offset + at, sector.substr(0, kept));
        at += sector.size();
      }
    }
    file.unsynced.clear();
  }

  void sync(File& file) {
    for (const Change& change : file.unsynced) {
      if (change.is_truncation) {
        file.durable.resize(change.offset);
      } else {
        put(file.durable, change.offset, change.bytes);
      }
    }
    file.unsynced.clear();
  }
};

namespace {

FaultVfs::Disk& disk_of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file)->disk; }
FaultVfs::Disk& disk_of(sqlite3_vfs* vfs) { return *static_cast<FaultVfs::Disk*>(vfs->pAppData); }
File& content_of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file)->file; }

int close_file(sqlite3_file*) { return SQLITE_OK; }

int read_file(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
  if (disk_of(file).is_dead()) return SQLITE_IOERR_READ;
  const std::string& seen = content_of(file).seen;
  const auto wanted = static_cast<size_t>(amount);
  const auto at = std::min(static_cast<size_t>(offset), seen.size());
  const size_t got = std::min(wanted, seen.size() - at);
  std::memcpy(out, seen.data() + at, got);
  std::memset(static_cast<char*>(out) + got, 0, wanted - got);
  return got == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

void change(File& file, Change change) {
  if (change.is_truncation) {
    file.seen.resize(change.offset);
  } else {
    put(file.seen, change.offset, change.bytes);
  }
  file.unsynced.push_back(std::move(change));
}

int write_file(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  FaultVfs::Disk& disk = disk_of(file);
  if (disk.is_dead()) return SQLITE_IOERR_WRITE;
  Change wanted{.is_truncation = false,
                .offset = static_cast<size_t>(offset),
                .bytes = std::string(static_cast<const char*>(from), static_cast<size_t>(amount))};
  const bool is_full = disk.has_failed && disk.fault == Fault::disk_full;
  if (is_full || disk.meets(Fault::disk_full)) return SQLITE_FULL;
  const bool is_lost = disk.meets(Fault::power_loss);
  const bool is_short = disk.meets(Fault::short_write);
  ++disk.operations;
  if (is_short) wanted.bytes.resize(wanted.bytes.size() / 2);
  change(content_of(file), std::move(wanted));
  return is_lost || is_short ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  FaultVfs::Disk& disk = disk_of(file);
  if (disk.is_dead()) return SQLITE_IOERR_TRUNCATE;
  const bool is_lost = disk.meets(Fault::power_loss);
  ++disk.operations;
  change(content_of(file),
         {.is_truncation = true, .offset = static_cast<size_t>(size), .bytes = {}});
  return is_lost ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

int sync_file(sqlite3_file* file, int) {
  FaultVfs::Disk& disk = disk_of(file);
  if (disk.is_dead() || disk.meets(Fault::power_loss)) return SQLITE_IOERR_FSYNC;
  const bool is_failing = disk.meets(Fault::sync_error);
  ++disk.operations;
  if (is_failing) {
    disk.keep_some(content_of(file));
    return SQLITE_IOERR_FSYNC;
  }
  disk.sync(content_of(file));
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(content_of(file).seen.size());
  return disk_of(file).is_dead() ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

int lock_file(sqlite3_file*, int) { return SQLITE_OK; }
int check_lock(sqlite3_file*, int* is_reserved) {
  *is_reserved = 0;
  return SQLITE_OK;
}
int control_file(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 4096; }
// As SQLite's own VFS for Unix says: writing some bytes never harms their neighbours.
int device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

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
    .xUnlock = lock_file,
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
  FaultVfs::Disk& disk = disk_of(vfs);
  auto* open = reinterpret_cast<OpenFile*>(out);
  open->base.pMethods = nullptr;
  const auto found = disk.files.find(path);
  const bool is_new = found == disk.files.end();
  if (disk.is_dead() || (is_new && (flags & SQLITE_OPEN_CREATE) == 0)) return SQLITE_CANTOPEN;
  if (is_new) disk.files.emplace(path, std::make_unique<File>());
  *open = {.base = {.pMethods = &kMethods}, .disk = &disk, .file = disk.files.at(path).get()};
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

// A deletion is durable at once, which is the harder case: a log that is gone cannot repair
// anything.
int delete_file(sqlite3_vfs* vfs, const char* path, int) {
  FaultVfs::Disk& disk = disk_of(vfs);
  if (disk.is_dead() || disk.meets(Fault::power_loss)) return SQLITE_IOERR_DELETE;
  ++disk.operations;
  return disk.files.erase(path) == 0 ? SQLITE_IOERR_DELETE_NOENT : SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* path, int, int* exists) {
  const auto& files = disk_of(vfs).files;
  const auto found = files.find(path);
  *exists = found != files.end() && !found->second->seen.empty();
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs* vfs, int size, char* out) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<char>(disk_of(vfs).random());
  return size;
}

int sleep_none(sqlite3_vfs*, int) { return 0; }
int current_time(sqlite3_vfs*, double* julian_day) {
  *julian_day = 2'460'000.5;
  return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) { return SQLITE_OK; }

std::string unique_name() {
  static std::atomic<int> serial{0};
  return "tollgate-fault-" + std::to_string(serial++);
}

}  // namespace

FaultVfs::FaultVfs(uint64_t seed) : disk_(std::make_unique<Disk>()) {
  disk_->name = unique_name();
  disk_->random.seed(seed);
  sqlite3_vfs& vfs = disk_->vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(OpenFile);
  vfs.mxPathname = kPathMax;
  vfs.zName = disk_->name.c_str();
  vfs.pAppData = disk_.get();
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep_none;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  ASSERT(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(&disk_->vfs); }

const std::string& FaultVfs::name() const { return disk_->name; }

void FaultVfs::plan(Fault fault, int64_t operation) {
  disk_->fault = fault;
  disk_->fault_at = operation;
  disk_->operations = 0;
  disk_->has_failed = false;
}

int64_t FaultVfs::operations() const { return disk_->operations; }
bool FaultVfs::has_failed() const { return disk_->has_failed; }

void FaultVfs::restart() {
  for (auto& [path, file] : disk_->files) {
    disk_->keep_some(*file);
    file->seen = file->durable;
  }
  plan(Fault::none, 0);
}

}  // namespace tollgate::sim
