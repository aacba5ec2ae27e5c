// How this process gets memory from the system and gives it back. Where the C library has no such
// means, nothing happens.
#pragma once

namespace tollgate {

/// All threads but the first share one arena. What one of them frees another one uses again, so a
/// server with many threads stays a fifth smaller; small blocks come from caches of each thread
/// anyway. Call before the first thread starts.
void share_memory_among_threads();

/// Gives what is free back to the system; takes some milliseconds.
void give_back_memory();

}  // namespace tollgate
