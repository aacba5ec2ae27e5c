// The functions of libgit2 that are used, loaded when the first repository is opened: the library
// brings nine others along, and most commands never need it. Only for the .cpp files of this
// folder.
#pragma once

#include <git2.h>
#include <memory>
#include <string>

namespace tollgate::git {

struct Library {
  bool is_loaded = false;
#define TOLLGATE_GIT_FUNCTIONS(use)                                                                \
  use(git_libgit2_init) use(git_libgit2_opts) use(git_error_last) use(git_repository_open_ext)     \
      use(git_repository_free) use(git_repository_odb) use(git_repository_is_shallow) use(         \
          git_repository_commondir) use(git_odb_free) use(git_odb_read) use(git_odb_object_free)   \
          use(git_odb_object_data) use(git_odb_object_size) use(git_odb_object_type)               \
              use(git_reference_name_to_id) use(git_reference_iterator_glob_new)                   \
                  use(git_reference_next) use(git_reference_iterator_free) use(git_reference_free) \
                      use(git_reference_name) use(git_reference_target) use(git_commit_lookup)     \
                          use(git_commit_free) use(git_commit_tree) use(git_tree_free)             \
                              use(git_tree_id) use(git_tree_entry_bypath) use(git_tree_entry_id)   \
                                  use(git_tree_entry_free) use(git_diff_tree_to_tree)              \
                                      use(git_diff_free) use(git_diff_patchid)                     \
                                          use(git_diff_num_deltas) use(git_diff_options_init)
#define TOLLGATE_GIT_MEMBER(name) decltype(&::name) name = nullptr;
  TOLLGATE_GIT_FUNCTIONS(TOLLGATE_GIT_MEMBER)
#undef TOLLGATE_GIT_MEMBER

  Library();
};

/// Loaded once, kept for the life of the process. Safe from any thread.
const Library& lib();

/// What libgit2 says of its last failure.
std::string last_error();

/// Owners of what libgit2 hands out.
template <class T, auto Member>
struct Free {
  void operator()(T* object) const { (lib().*Member)(object); }
};
using RepositoryHandle =
    std::unique_ptr<git_repository, Free<git_repository, &Library::git_repository_free>>;
using OdbHandle = std::unique_ptr<git_odb, Free<git_odb, &Library::git_odb_free>>;
using ObjectHandle =
    std::unique_ptr<git_odb_object, Free<git_odb_object, &Library::git_odb_object_free>>;
using ReferenceHandle =
    std::unique_ptr<git_reference, Free<git_reference, &Library::git_reference_free>>;
using ReferenceIterator =
    std::unique_ptr<git_reference_iterator,
                    Free<git_reference_iterator, &Library::git_reference_iterator_free>>;
using CommitHandle = std::unique_ptr<git_commit, Free<git_commit, &Library::git_commit_free>>;
using TreeHandle = std::unique_ptr<git_tree, Free<git_tree, &Library::git_tree_free>>;
using EntryHandle =
    std::unique_ptr<git_tree_entry, Free<git_tree_entry, &Library::git_tree_entry_free>>;
using DiffHandle = std::unique_ptr<git_diff, Free<git_diff, &Library::git_diff_free>>;

}  // namespace tollgate::git
