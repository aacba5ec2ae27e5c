#include "edge/git/library.hpp"

#include <dlfcn.h>

namespace tollgate::git {

Library::Library() {
  void* const file = dlopen("libgit2.so.1.5", RTLD_NOW | RTLD_LOCAL);
  if (file == nullptr) return;
  is_loaded = true;
#define TOLLGATE_GIT_FIND(name)                                \
  name = reinterpret_cast<decltype(name)>(dlsym(file, #name)); \
  is_loaded = is_loaded && name != nullptr;
  TOLLGATE_GIT_FUNCTIONS(TOLLGATE_GIT_FIND)
#undef TOLLGATE_GIT_FIND
  if (!is_loaded) return;
  is_loaded = git_libgit2_init() > 0;
  // Repositories are only read, and nothing in them is run, so their owner does not matter; a
  // pipeline's checkout often belongs to somebody else.
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  // Each object is read once; git itself does not hash what it reads either.
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
  git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
}

const Library& lib() {
  static const Library library;
  return library;
}

std::string last_error() {
  const git_error* const error = lib().git_error_last();
  return error == nullptr || error->message == nullptr ? "no reason given" : error->message;
}

}  // namespace tollgate::git
