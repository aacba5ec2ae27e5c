// The data directory: its layout, its format version and the lock that keeps it to one process.
//   format           "tollgate-data 1"
//   lock             held by the process that has the directory open, with its pid inside
//   ledger.db(-wal)  the ledger
//   ledger.checkpoint  newest signed checkpoint
//   ledger.key       private key of the log, mode 0600
//   blobs/aa/bb...   raw files by digest
#pragma once

#include "engine/ledger/note.hpp"
#include "engine/ports/blob_store.hpp"
#include "engine/ports/checkpoint_store.hpp"
#include "foundation/base/error.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace tollgate::store {

/// Holds the lock as long as it lives. Movable only.
class DataDir {
 public:
  /// Opens the directory, creating it (mode 0700) if need be, and takes its lock.
  /// Errors: store_locked naming the process that holds it, unsupported_version, io_failed,
  /// disk_full.
  static Result<DataDir> open(const std::string& path);
  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&& other) noexcept;
  ~DataDir();

  const std::string& path() const { return path_; }
  std::string database_path() const { return path_ + "/ledger.db"; }
  std::unique_ptr<engine::CheckpointStore> checkpoint_store() const;
  std::unique_ptr<engine::BlobStore> blob_store() const;
  /// The log's key; a new one under `origin` is generated and written if there is none yet.
  /// Errors: bad_value for a broken file, forbidden if others could read it, io_failed.
  Result<ledger::NoteSigner> signer(std::string_view origin) const;

 private:
  DataDir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_ = -1;
};

}  // namespace tollgate::store
