// Names of threads, as top, perf and /proc show them.
#pragma once

#include <pthread.h>

namespace tollgate {

/// Names the calling thread; at most 15 characters.
inline void name_thread(const char* name) { (void)pthread_setname_np(pthread_self(), name); }

}  // namespace tollgate
