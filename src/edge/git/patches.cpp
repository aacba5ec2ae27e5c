// What a commit changed: below which paths, and as a patch with an identifier that survives being
// picked to another branch (git patch-id).
#include "edge/git/parts.hpp"
#include "foundation/base/codes.hpp"

#include <algorithm>
#include <cstring>
#include <map>

namespace tollgate::git {
namespace {

using delivery::kNone;

enum class Direction { forward, inverse };

/// Looks at commits and their first parents. Remembers patch identifiers; makes kPatchesMax.
class Patches {
 public:
  Patches(git_repository* repository, const Commits& commits)
      : repository_(repository), commits_(commits) {}

  Result<TreeHandle> tree_of(uint32_t commit) const {
    git_oid oid;
    std::memcpy(oid.id, commits_.ids[commit].bytes.data(), sizeof oid.id);
    git_commit* raw = nullptr;
    if (lib().git_commit_lookup(&raw, repository_, &oid) != 0) return failed(commit);
    const CommitHandle handle(raw);
    git_tree* tree = nullptr;
    if (lib().git_commit_tree(&tree, handle.get()) != 0) return failed(commit);
    return TreeHandle(tree);
  }

  /// The tree of the first parent; null for a root.
  Result<TreeHandle> parent_tree_of(uint32_t commit) const {
    const std::span<const uint32_t> parents = commits_.history.parents_of(commit);
    if (parents.empty()) return TreeHandle();
    return tree_of(parents.front());
  }

  /// The identifier of the commit's patch; nothing for an empty patch, a merge, or once too many
  /// were made.
  Result<std::optional<ObjectId>> id_of(uint32_t commit, Direction direction) {
    const auto key = std::pair(commit, direction);
    const auto known = known_.find(key);
    if (known != known_.end()) return known->second;
    std::optional<ObjectId> id;
    if (!commits_.history.is_merge[commit] && known_.size() < kPatchesMax) {
      TOLLGATE_TRY(id, make(commit, direction));
    }
    return known_[key] = id;
  }

 private:
  tl::unexpected<Error> failed(uint32_t commit) const {
    return fail(codes::io_failed, "commit {}: {}", hex_of(commits_.ids[commit]), last_error());
  }

  Result<std::optional<ObjectId>> make(uint32_t commit, Direction direction) const {
    TOLLGATE_TRY(const TreeHandle after, tree_of(commit));
    TOLLGATE_TRY(const TreeHandle before, parent_tree_of(commit));
    const bool is_inverse = direction == Direction::inverse;
    git_diff_options options;
    lib().git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    git_diff* raw = nullptr;
    if (lib().git_diff_tree_to_tree(&raw, repository_, is_inverse ? after.get() : before.get(),
                                    is_inverse ? before.get() : after.get(), &options) != 0)
      return failed(commit);
    const DiffHandle diff(raw);
    if (lib().git_diff_num_deltas(diff.get()) == 0) return std::optional<ObjectId>();
    git_oid oid;
    if (lib().git_diff_patchid(&oid, diff.get(), nullptr) != 0) return failed(commit);
    ObjectId id;
    std::memcpy(id.bytes.data(), oid.id, id.bytes.size());
    return std::optional(id);
  }

  git_repository* repository_;
  const Commits& commits_;
  std::map<std::pair<uint32_t, Direction>, std::optional<ObjectId>> known_;
};

/// What stands at `path` in the tree: its identifier, or zeros.
Result<ObjectId> entry_at(const TreeHandle& tree, const std::string& path) {
  ObjectId id;
  if (!tree) return id;
  git_tree_entry* raw = nullptr;
  const int code = lib().git_tree_entry_bypath(&raw, tree.get(), path.c_str());
  if (code == GIT_ENOTFOUND) return id;
  if (code != 0) return fail(codes::io_failed, "{}: {}", path, last_error());
  const EntryHandle entry(raw);
  std::memcpy(id.bytes.data(), lib().git_tree_entry_id(entry.get())->id, id.bytes.size());
  return id;
}

/// The commit whose patch `revert` takes back, among those before it; kNone if there is none.
Result<uint32_t> find_inverse(Patches& patches, const Commits& commits, uint32_t revert,
                              std::span<const uint32_t> by_date) {
  TOLLGATE_TRY(const std::optional<ObjectId> inverse, patches.id_of(revert, Direction::inverse));
  if (!inverse) return kNone;
  const auto at = std::find(by_date.begin(), by_date.end(), revert);
  size_t left = Repository::kRevertReach;
  for (auto other = std::make_reverse_iterator(at); other != by_date.rend() && left > 0; ++other) {
    if (commits.history.is_merge[*other]) continue;
    --left;
    TOLLGATE_TRY(const std::optional<ObjectId> id, patches.id_of(*other, Direction::forward));
    if (id == inverse) return *other;
  }
  return kNone;
}

}  // namespace

Result<void> Repository::select_paths(Commits& commits, std::span<const std::string> paths) const {
  const Patches patches(parts_->repository.get(), commits);
  std::vector<bool> is_counted(commits.ids.size(), paths.empty());
  // A commit is looked at as itself and as the parent of others.
  std::map<uint32_t, std::vector<ObjectId>> seen;
  const auto entries_of = [&](uint32_t commit) -> Result<std::vector<ObjectId>> {
    const auto known = seen.find(commit);
    if (known != seen.end()) return known->second;
    TOLLGATE_TRY(const TreeHandle tree, patches.tree_of(commit));
    std::vector<ObjectId> entries;
    for (const std::string& path : paths) {
      TOLLGATE_TRY(const ObjectId entry, entry_at(tree, path));
      entries.push_back(entry);
    }
    return seen[commit] = std::move(entries);
  };
  for (uint32_t commit = 0; commit < commits.ids.size() && !paths.empty(); ++commit) {
    if (commits.history.is_merge[commit]) continue;
    TOLLGATE_TRY(const std::vector<ObjectId> after, entries_of(commit));
    std::vector<ObjectId> before(paths.size());
    const std::span<const uint32_t> parents = commits.history.parents_of(commit);
    if (!parents.empty()) {
      TOLLGATE_TRY(before, entries_of(parents.front()));
    }
    is_counted[commit] = after != before;
  }
  commits.history.is_counted = std::move(is_counted);
  return {};
}

Result<std::vector<delivery::Revert>> Repository::reverts(const Commits& commits) const {
  std::vector<delivery::Revert> reverts =
      delivery::mentioned_reverts(commits.history, commits.subjects, commits.mentions,
                                  [&commits](std::string_view hex) { return commits.find(hex); });
  std::vector<uint32_t> by_date;
  Patches patches(parts_->repository.get(), commits);
  for (const delivery::Mention& mention : commits.mentions) {
    if (mention.kind != delivery::MentionKind::reverts_something) continue;
    if (by_date.empty()) {
      for (uint32_t i = 0; i < commits.ids.size(); ++i) by_date.push_back(i);
      std::stable_sort(by_date.begin(), by_date.end(), [&](uint32_t a, uint32_t b) {
        return commits.history.committed_s[a] < commits.history.committed_s[b];
      });
    }
    TOLLGATE_TRY(const uint32_t reverted, find_inverse(patches, commits, mention.commit, by_date));
    if (reverted != kNone)
      reverts.push_back({mention.commit, reverted, delivery::RevertEvidence::same_patch});
  }
  delivery::drop_reverted_reverts(reverts);
  return reverts;
}

Result<std::vector<delivery::Twin>> Repository::twins(const Commits& commits) const {
  const delivery::History& history = commits.history;
  std::vector<delivery::Twin> twins;
  std::vector<bool> is_twin(commits.ids.size(), false);
  for (const delivery::Mention& mention : commits.mentions) {
    if (mention.kind != delivery::MentionKind::picked_from) continue;
    const uint32_t original = commits.find(mention.text);
    if (original == kNone || original == mention.commit || is_twin[original]) continue;
    if (is_twin[mention.commit]) continue;
    twins.push_back({.commit = mention.commit, .original = original});
    is_twin[mention.commit] = true;
  }
  // Picking a commit keeps its author date, so that few pairs need their patches compared.
  std::map<int64_t, std::vector<uint32_t>> by_author_date;
  for (uint32_t commit = 0; commit < commits.ids.size(); ++commit) {
    if (!history.is_merge[commit] && !is_twin[commit])
      by_author_date[history.authored_s[commit]].push_back(commit);
  }
  Patches patches(parts_->repository.get(), commits);
  for (auto& [date, same] : by_author_date) {
    if (same.size() < 2) continue;
    std::stable_sort(same.begin(), same.end(), [&](uint32_t a, uint32_t b) {
      return history.committed_s[a] < history.committed_s[b];
    });
    std::map<ObjectId, uint32_t> originals;
    for (const uint32_t commit : same) {
      TOLLGATE_TRY(const std::optional<ObjectId> id, patches.id_of(commit, Direction::forward));
      if (!id) continue;
      const auto [original, is_new] = originals.emplace(*id, commit);
      if (!is_new) twins.push_back({.commit = commit, .original = original->second});
    }
  }
  return twins;
}

}  // namespace tollgate::git
