// Blobs as files named by their digest: blobs/ab/cdef... Written aside, synced, renamed; never
// changed after.
#pragma once

#include "engine/ports/blob_store.hpp"

#include <memory>
#include <string>

namespace tollgate::store {

/// A blob store in `directory`, which is created with its first blob.
std::unique_ptr<engine::BlobStore> open_file_blobs(const std::string& directory);

}  // namespace tollgate::store
