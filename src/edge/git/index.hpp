// The index of a repository: its commits and tags in one file, so that the next look reads only
// what is new. Objects of git never change, so the index is never wrong, only short.
#pragma once

#include "edge/git/commits.hpp"

#include <map>
#include <string>

namespace tollgate::git {

/// Where an annotated tag leads to.
struct TaggedCommit {
  ObjectId commit = {};
  bool is_commit = false;  // false: a tag of a tree or a blob
  std::optional<int64_t> tagged_s = {};
};

struct Index {
  Commits commits = {};  // without tags, branches and head, which change
  std::map<ObjectId, TaggedCommit> tag_objects = {};
};

/// The bytes of an index. Integers in the machine's order: the file is a cache of this machine.
std::string write_index(const Index& index);
/// What write_index wrote; nothing if the bytes are of another version or damaged.
std::optional<Index> read_index(std::string_view bytes);

}  // namespace tollgate::git
