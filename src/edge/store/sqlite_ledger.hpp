// The ledger in one SQLite database: WAL, synchronous=FULL, one connection that writes, reads and
// checkpoints. The position is the primary key, so the order of rows is the order of the log and
// needs no counter beside it.
#pragma once

#include "engine/ports/ledger_store.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tollgate::store {

struct SqliteOptions {
  std::string vfs = {};  // name of a registered VFS; empty: the system's
  /// The log file is copied into the database at the latest when it is this long. Copying stalls a
  /// batch (about 1 ms for each 500 KB) and is the rarer the longer the log; a quiet moment is used
  /// before (LedgerStore::tidy).
  int64_t wal_bytes_max = 32 * 1024 * 1024;
};

/// Opens or creates the database file. The durability settings are read back and refused if weaker
/// than asked. The caller holds the lock of the data directory (data_dir.hpp). Errors:
/// store_failed, disk_full, store_locked if another process has the file open, unsupported_version.
Result<std::unique_ptr<engine::LedgerStore>> open_sqlite_ledger(const std::string& path,
                                                                const SqliteOptions& options = {});

}  // namespace tollgate::store
