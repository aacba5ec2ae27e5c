// Stores that live in memory only, for tests, simulation and what-ifs.
#pragma once

#include "engine/ports/blob_store.hpp"
#include "engine/ports/checkpoint_store.hpp"
#include "engine/ports/ledger_store.hpp"

#include <memory>

namespace tollgate::store {

std::unique_ptr<engine::LedgerStore> make_memory_ledger();
std::unique_ptr<engine::BlobStore> make_memory_blobs();
std::unique_ptr<engine::CheckpointStore> make_memory_checkpoint();

}  // namespace tollgate::store
