#include "edge/git/repository.hpp"

#include "edge/git/index.hpp"
#include "edge/git/parts.hpp"
#include "foundation/base/codes.hpp"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tollgate::git {
namespace {

ObjectId id_of(const git_oid& oid) {
  ObjectId id;
  std::memcpy(id.bytes.data(), oid.id, id.bytes.size());
  return id;
}

git_oid oid_of(const ObjectId& id) {
  git_oid oid;
  std::memcpy(oid.id, id.bytes.data(), id.bytes.size());
  return oid;
}

std::string_view bytes_of(const ObjectHandle& object) {
  return {static_cast<const char*>(lib().git_odb_object_data(object.get())),
          lib().git_odb_object_size(object.get())};
}

/// An object, or null if the repository lacks it.
Result<ObjectHandle> read_object(git_odb* odb, const ObjectId& id) {
  const git_oid oid = oid_of(id);
  git_odb_object* raw = nullptr;
  const int code = lib().git_odb_read(&raw, odb, &oid);
  if (code == GIT_ENOTFOUND) return ObjectHandle();
  if (code != 0) return fail(codes::io_failed, "object {}: {}", hex_of(id), last_error());
  return ObjectHandle(raw);
}

/// A tag object followed to what it tags in the end.
Result<TaggedCommit> follow_tag(git_odb* odb, ObjectId id) {
  constexpr int kTagDepthMax = 16;
  TaggedCommit end;
  for (int depth = 0; depth < kTagDepthMax; ++depth) {
    TOLLGATE_TRY(const ObjectHandle object, read_object(odb, id));
    if (!object) return end;
    const git_object_t type = lib().git_odb_object_type(object.get());
    end.commit = id;
    end.is_commit = type == GIT_OBJECT_COMMIT;
    if (type != GIT_OBJECT_TAG) return end;
    TOLLGATE_TRY(const TagObject tag, parse_tag(bytes_of(object)));
    if (!end.tagged_s) end.tagged_s = tag.tagged_s;
    end.commit = tag.target;
    end.is_commit = tag.is_of_commit;
    if (!tag.is_of_tag) return end;
    id = tag.target;
  }
  return end;
}

struct Reference {
  std::string name;
  ObjectId target;
};

/// The direct references that `glob` selects, without `prefix`.
Result<std::vector<Reference>> references(git_repository* repository, const char* glob,
                                          std::string_view prefix) {
  git_reference_iterator* raw = nullptr;
  if (lib().git_reference_iterator_glob_new(&raw, repository, glob) != 0)
    return fail(codes::io_failed, "references: {}", last_error());
  const ReferenceIterator iterator(raw);
  std::vector<Reference> all;
  git_reference* next = nullptr;
  while (lib().git_reference_next(&next, iterator.get()) == 0) {
    const ReferenceHandle reference(next);
    const git_oid* const target = lib().git_reference_target(reference.get());
    if (target == nullptr) continue;  // symbolic
    std::string_view name = lib().git_reference_name(reference.get());
    name.remove_prefix(std::min(prefix.size(), name.size()));
    all.push_back({std::string(name), id_of(*target)});
  }
  return all;
}

/// Reads what the index does not hold yet, from some commits downwards.
class Walk {
 public:
  Walk(git_odb* odb, Commits& commits) : odb_(odb), commits_(commits) {}

  /// Adds the commit and its ancestors; kNone if `id` is no commit that the repository has.
  Result<uint32_t> take(const ObjectId& id) {
    uint32_t number = commits_.table.find(commits_.ids, id);
    if (number != delivery::kNone) return number;
    TOLLGATE_TRY(number, read(id));
    // In the order of reading, so that parents are appended to the right commit.
    for (; next_ < parents_.size(); ++next_) {
      for (const ObjectId& parent : parents_[next_]) {
        uint32_t found = commits_.table.find(commits_.ids, parent);
        if (found == delivery::kNone) {
          TOLLGATE_TRY(found, read(parent));
          if (found == delivery::kNone) commits_.is_cut = true;
        }
        if (found != delivery::kNone) commits_.history.parents.push_back(found);
      }
      commits_.history.parent_begin.push_back(
          static_cast<uint32_t>(commits_.history.parents.size()));
      parents_[next_] = {};
    }
    return number;
  }

  bool has_read() const { return !parents_.empty(); }

 private:
  Result<uint32_t> read(const ObjectId& id) {
    TOLLGATE_TRY(const ObjectHandle object, read_object(odb_, id));
    if (!object || lib().git_odb_object_type(object.get()) != GIT_OBJECT_COMMIT)
      return delivery::kNone;
    if (commits_.ids.size() == kCommitsMax)
      return fail(codes::limit_exceeded, "the history has more than {} commits", kCommitsMax);
    Result<CommitObject> commit = parse_commit(bytes_of(object));
    if (!commit) return fail(codes::io_failed, "{}: {}", hex_of(id), commit.error().message);
    commits_.add(id, commit->authored_s, commit->committed_s, commit->message);
    commits_.history.is_merge.push_back(commit->parents.size() > 1);
    parents_.push_back(std::move(commit->parents));
    return static_cast<uint32_t>(commits_.ids.size() - 1);
  }

  git_odb* odb_;
  Commits& commits_;
  std::vector<std::vector<ObjectId>> parents_;  // of the commits read, in their order
  size_t next_ = 0;
};

std::optional<Index> load(const std::string& file) {
  if (file.empty()) return std::nullopt;
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return std::nullopt;
  std::string bytes(static_cast<size_t>(std::max<std::streamoff>(stream.tellg(), 0)), '\0');
  stream.seekg(0);
  if (!stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return std::nullopt;
  return read_index(bytes);
}

/// Aside and renamed, so that nobody reads half of it. It is a cache: a failure costs only time.
void save(const std::string& file, const Index& index) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), error);
  const std::string aside = file + ".new";
  std::ofstream stream(aside, std::ios::binary | std::ios::trunc);
  const std::string bytes = write_index(index);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (stream) std::filesystem::rename(aside, file, error);
  if (!stream || error) std::filesystem::remove(aside, error);
}

Time commit_time(const Commits& commits, uint32_t commit) {
  return {commits.history.committed_s[commit] * 1000};
}

}  // namespace

Repository::Repository(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Repository::~Repository() = default;

Result<std::unique_ptr<Repository>> Repository::open(const std::string& path) {
  if (!lib().is_loaded) {
    Error error{.code = codes::io_failed, .message = "libgit2 1.5 is not installed"};
    error.help = "Install the package libgit2-1.5; only reading git repositories needs it.";
    return fail(std::move(error));
  }
  git_repository* raw = nullptr;
  const int code = lib().git_repository_open_ext(&raw, path.c_str(), 0, nullptr);
  if (code != 0) {
    Error error{.code = code == GIT_ENOTFOUND ? codes::not_found : codes::io_failed,
                .message = fmt::format("{} is no git repository: {}", path, last_error())};
    error.help = "Name a working tree, a folder in it, or a bare repository.";
    return fail(std::move(error));
  }
  auto parts = std::make_unique<Parts>();
  parts->repository.reset(raw);
  git_odb* odb = nullptr;
  if (lib().git_repository_odb(&odb, raw) != 0)
    return fail(codes::io_failed, "{}: {}", path, last_error());
  parts->odb.reset(odb);
  return std::unique_ptr<Repository>(new Repository(std::move(parts)));
}

std::string Repository::head() const {
  git_oid oid;
  if (lib().git_reference_name_to_id(&oid, parts_->repository.get(), "HEAD") != 0) return {};
  return hex_of(id_of(oid));
}

std::string Repository::folder() const {
  return lib().git_repository_commondir(parts_->repository.get());
}

Result<Commits> Repository::read(const std::string& index_file) const {
  git_repository* const repository = parts_->repository.get();
  git_odb* const odb = parts_->odb.get();
  // Of a shallow clone the edge is no root, and may move: nothing is kept.
  const bool is_shallow = lib().git_repository_is_shallow(repository) == 1;
  const std::string file = is_shallow ? "" : index_file;
  Index index = load(file).value_or(Index());
  Commits& commits = index.commits;
  Walk walk(odb, commits);
  std::vector<delivery::Tag> tags;
  bool has_new_tags = false;
  TOLLGATE_TRY(const std::vector<Reference> tag_references,
               references(repository, "refs/tags/*", "refs/tags/"));
  for (const Reference& reference : tag_references) {
    TaggedCommit end{.commit = reference.target, .is_commit = true};
    if (commits.table.find(commits.ids, reference.target) == delivery::kNone) {
      auto found = index.tag_objects.find(reference.target);
      if (found == index.tag_objects.end()) {
        TOLLGATE_TRY(TaggedCommit followed, follow_tag(odb, reference.target));
        found = index.tag_objects.emplace(reference.target, followed).first;
        has_new_tags = true;
      }
      end = found->second;
    }
    uint32_t commit = delivery::kNone;
    if (end.is_commit) {
      TOLLGATE_TRY(commit, walk.take(end.commit));
    }
    if (commit == delivery::kNone) continue;
    const Time at = end.tagged_s ? Time{*end.tagged_s * 1000} : commit_time(commits, commit);
    tags.push_back({.name = reference.name, .at = at, .commit = commit});
  }
  uint32_t head = delivery::kNone;
  git_oid oid;
  if (lib().git_reference_name_to_id(&oid, repository, "HEAD") == 0) {
    TOLLGATE_TRY(head, walk.take(id_of(oid)));
  }
  std::vector<delivery::Tag> branches;
  for (const std::string_view prefix : {"refs/heads/", "refs/remotes/origin/"}) {
    TOLLGATE_TRY(const std::vector<Reference> heads,
                 references(repository, (std::string(prefix) + "*").c_str(), prefix));
    for (const Reference& reference : heads) {
      const uint32_t commit = commits.table.find(commits.ids, reference.target);
      branches.push_back({.name = reference.name, .at = {}, .commit = commit});
      if (commit != delivery::kNone) branches.back().at = commit_time(commits, commit);
    }
  }
  if (!file.empty() && (walk.has_read() || has_new_tags) && !commits.is_cut) save(file, index);
  commits.is_cut = commits.is_cut || is_shallow;
  commits.tags = std::move(tags);
  commits.branches = std::move(branches);
  commits.head = head;
  return std::move(commits);
}

}  // namespace tollgate::git
