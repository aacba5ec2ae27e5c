// A VFS for SQLite over another one, which turns many small writes into few large ones. SQLite
// writes its log page by page, two writes for each; here writes that follow one another are joined
// and reach the file at the next sync, or when anything else is asked of the file. Bytes that are
// not synced yet may be lost by a crash in any case, so nothing that was promised changes.
// The log also grows ahead in pieces of zeros: a sync of bytes within the file is twice as quick as
// one that has to make a new length durable.
#pragma once

#include <memory>
#include <string>

namespace tollgate::store {

/// Registered with SQLite under name() as long as it lives; every connection that uses it must be
/// closed before. Files have no shared memory and no mapping: connections set
/// locking_mode=EXCLUSIVE before they read. Connections may be used from one thread at a time.
class GatherVfs {
 public:
  /// Over the VFS named `base`; empty: the system's. `base` must be registered (asserted).
  explicit GatherVfs(const std::string& base);
  ~GatherVfs();
  GatherVfs(const GatherVfs&) = delete;
  GatherVfs& operator=(const GatherVfs&) = delete;

  const std::string& name() const;

  struct Implementation;

 private:
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tollgate::store
