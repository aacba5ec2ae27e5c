// A disk in memory that real SQLite runs on, and that fails on purpose: power loss at any operation
// with unsynced sectors lost or torn, a failing fsync, a full disk, a short write. The same seed
// gives the same failure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace tollgate::sim {

enum class Fault {
  none,
  power_loss,   // this and every later operation fails until restart()
  sync_error,   // an fsync fails once; what it should have kept is kept in parts, though it still
                // reads back
  disk_full,    // no write finds room from here on until restart()
  short_write,  // half of a write arrives, then it fails, once
};

/// Registers itself with SQLite under name() and lives longer than every connection that uses it.
/// Connections must use locking_mode=EXCLUSIVE before WAL, as there is no shared memory. Not
/// thread-safe.
class FaultVfs {
 public:
  explicit FaultVfs(uint64_t seed);
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  const std::string& name() const;
  /// The next operation number `operation` (writes, syncs, truncations and deletions, counted from
  /// 0 from now on) that `fault` can happen to meets it.
  void plan(Fault fault, int64_t operation);
  /// Operations since the last plan().
  int64_t operations() const;
  /// True once the planned fault has happened.
  bool has_failed() const;
  /// Power comes back: of every unsynced sector the new bytes, the old ones or a mixture are there.
  /// All connections must be closed. No fault is planned then.
  void restart();

  struct Disk;

 private:
  std::unique_ptr<Disk> disk_;
};

}  // namespace tollgate::sim
