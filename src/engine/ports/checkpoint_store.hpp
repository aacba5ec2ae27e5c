// Where the newest signed checkpoint is kept: outside the database, so that a database which was
// lost, replaced by an older copy or edited is found out at start.
#pragma once

#include "foundation/base/error.hpp"

#include <string>
#include <string_view>

namespace tollgate::engine {

/// Holds one text. Calls may come from any thread.
class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;
  /// The text that was saved last; empty if none ever was. Errors: store_failed.
  virtual Result<std::string> load() = 0;
  /// Replaces the text: after a crash either the old or the new one is there. Durable on return.
  /// Errors: store_failed, disk_full.
  virtual Result<void> save(std::string_view text) = 0;
};

}  // namespace tollgate::engine
