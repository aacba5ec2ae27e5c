// A git repository, read and never written: commits, tags and branches, the patches of commits.
// Not for several threads at once.
#pragma once

#include "edge/git/commits.hpp"

#include <memory>
#include <span>
#include <string>

namespace tollgate::git {

/// Larger histories are refused.
inline constexpr size_t kCommitsMax = 20'000'000;
/// Patches that one question may make; beyond that it answers with what it knows.
inline constexpr size_t kPatchesMax = 20'000;

class Repository {
 public:
  /// `path` is a working tree, a folder in it, or a bare repository. Errors: not_found, io_failed.
  static Result<std::unique_ptr<Repository>> open(const std::string& path);
  ~Repository();

  /// The repository's own folder, which names it whatever folder it was opened by.
  std::string folder() const;

  /// The commit that is checked out, in hexadecimal; empty in a repository without commits.
  std::string head() const;

  /// All commits that tags and HEAD reach. `index_file` keeps them for the next time; empty: it is
  /// read and written nowhere. A failed write is no error. Errors: io_failed, limit_exceeded.
  Result<Commits> read(const std::string& index_file) const;

  /// Sets commits.history.is_counted: whether the commit differs from its first parent below any of
  /// `paths` ("services/checkout"). A commit without a known parent counts if the path is there.
  Result<void> select_paths(Commits& commits, std::span<const std::string> paths) const;

  /// The reverts that messages name, and those that only patches show: a commit whose subject
  /// begins with "Revert" and whose patch is the inverse of one of the kRevertReach commits before
  /// it.
  Result<std::vector<delivery::Revert>> reverts(const Commits& commits) const;
  static constexpr size_t kRevertReach = 300;

  /// Cherry-picks: commits that say where they were picked from, and pairs of the same author date
  /// whose patches have the same identifier. The original is the one committed first.
  Result<std::vector<delivery::Twin>> twins(const Commits& commits) const;

 private:
  struct Parts;
  explicit Repository(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tollgate::git
