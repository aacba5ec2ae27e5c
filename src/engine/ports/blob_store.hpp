// Raw files beside the ledger (reports, policies, payloads), named by their SHA-256. The ledger
// keeps the digest.
#pragma once

#include "foundation/base/digest.hpp"
#include "foundation/base/error.hpp"

#include <string>
#include <string_view>

namespace tollgate::engine {

/// Calls may come from any thread.
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  /// Keeps the bytes, durable on return; the same bytes again are no error. Errors: store_failed,
  /// disk_full.
  virtual Result<Digest> put(std::string_view bytes) = 0;
  /// The bytes, hashed again on the way out. Errors: blob_missing if absent, store_failed if they
  /// were changed.
  virtual Result<std::string> get(const Digest& digest) = 0;
  virtual Result<bool> exists(const Digest& digest) = 0;
};

}  // namespace tollgate::engine
