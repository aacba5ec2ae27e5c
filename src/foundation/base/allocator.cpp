#include "foundation/base/allocator.hpp"

#include <cstdlib>  // says which C library this is

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace tollgate {

void share_memory_among_threads() {
#ifdef __GLIBC__
  constexpr int kArenas = 2;  // the first thread's, and one for all others
  (void)mallopt(M_ARENA_MAX, kArenas);
#endif
}

void give_back_memory() {
#ifdef __GLIBC__
  (void)malloc_trim(0);
#endif
}

}  // namespace tollgate
