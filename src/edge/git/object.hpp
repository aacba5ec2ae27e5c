// Commit and tag objects as git stores them, read from their bytes. Own code because only five of
// their fields count here.
#pragma once

#include "foundation/base/error.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::git {

/// The SHA-1 of an object.
struct ObjectId {
  std::array<uint8_t, 20> bytes{};
  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};
std::string hex_of(const ObjectId& id);
/// Nothing unless `hex` is 40 hex digits in lower case.
std::optional<ObjectId> parse_id(std::string_view hex);

struct CommitObject {
  std::vector<ObjectId> parents = {};
  int64_t authored_s = 0;
  int64_t committed_s = 0;
  std::string_view message = {};  // into the bytes that were read
};
/// Errors: bad_value if the bytes are no commit.
Result<CommitObject> parse_commit(std::string_view bytes);

struct TagObject {
  ObjectId target = {};
  bool is_of_commit = false;  // else of another tag, a tree or a blob
  bool is_of_tag = false;
  std::optional<int64_t> tagged_s;  // very old tags carry no date
};
/// Errors: bad_value if the bytes are no tag.
Result<TagObject> parse_tag(std::string_view bytes);

}  // namespace tollgate::git
