// The files that a journal is kept in: a port, so that tests can take the power away. One
// implementation on POSIX files.
#pragma once

#include "foundation/base/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::intake {

/// One file, open for writing. Not thread-safe. Errors: store_failed, disk_full.
class JournalFile {
 public:
  virtual ~JournalFile() = default;
  /// Puts bytes at an offset. Nothing is durable before sync().
  virtual Result<void> write(uint64_t offset, std::string_view bytes) = 0;
  /// Makes all that was written durable. After an error nobody knows what is.
  virtual Result<void> sync() = 0;
};

class JournalFolder {
 public:
  virtual ~JournalFolder() = default;
  /// Names of the files, sorted.
  virtual Result<std::vector<std::string>> names() = 0;
  /// A new empty file; one of that name is replaced. The name is durable after sync().
  virtual Result<std::unique_ptr<JournalFile>> create(const std::string& name) = 0;
  virtual Result<std::string> read(const std::string& name) = 0;
  virtual Result<void> remove(const std::string& name) = 0;
  /// Makes names durable.
  virtual Result<void> sync() = 0;
};

/// A folder of the file system, created with its first file.
std::unique_ptr<JournalFolder> open_journal_folder(std::string path);

}  // namespace tollgate::intake
