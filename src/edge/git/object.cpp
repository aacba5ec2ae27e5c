#include "edge/git/object.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::git {
namespace {

constexpr size_t kHexDigits = 40;
/// More parents than any merge has; a commit beyond that is damaged or an attack.
constexpr size_t kParentsMax = 1000;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The first line, taken off `bytes`.
std::string_view take_line(std::string_view& bytes) {
  const size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(std::min(end + 1, bytes.size()));
  return line;
}

/// The seconds in "Name <mail> 1700000000 +0100".
std::optional<int64_t> date_of(std::string_view person) {
  const size_t mail = person.rfind('>');
  if (mail == std::string_view::npos) return std::nullopt;
  const std::string_view rest = trim(person.substr(mail + 1));
  const Result<int64_t> seconds = parse_integer(rest.substr(0, rest.find(' ')));
  return seconds ? std::optional(*seconds) : std::nullopt;
}

}  // namespace

std::string hex_of(const ObjectId& id) {
  return hex_encode({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
}

std::optional<ObjectId> parse_id(std::string_view hex) {
  if (hex.size() != kHexDigits) return std::nullopt;
  ObjectId id;
  for (size_t i = 0; i < id.bytes.size(); ++i) {
    const int high = digit(hex[2 * i]);
    const int low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return id;
}

Result<CommitObject> parse_commit(std::string_view bytes) {
  CommitObject commit;
  std::optional<int64_t> authored;
  std::optional<int64_t> committed;
  while (!bytes.empty()) {
    const std::string_view line = take_line(bytes);
    if (line.empty()) break;
    if (line.starts_with("parent ")) {
      const std::optional<ObjectId> id = parse_id(line.substr(7));
      if (!id || commit.parents.size() == kParentsMax)
        return fail(codes::bad_value, "a commit has a parent that is no identifier, or too many");
      commit.parents.push_back(*id);
    } else if (line.starts_with("author ") && !authored) {
      authored = date_of(line);
    } else if (line.starts_with("committer ") && !committed) {
      committed = date_of(line);
    }
  }
  if (!committed) return fail(codes::bad_value, "a commit has no committer with a date");
  commit.committed_s = *committed;
  commit.authored_s = authored.value_or(*committed);
  commit.message = bytes;
  return commit;
}

Result<TagObject> parse_tag(std::string_view bytes) {
  TagObject tag;
  bool has_target = false;
  while (!bytes.empty()) {
    const std::string_view line = take_line(bytes);
    if (line.empty()) break;
    if (line.starts_with("object ")) {
      const std::optional<ObjectId> id = parse_id(line.substr(7));
      if (!id) return fail(codes::bad_value, "a tag points to what is no identifier");
      tag.target = *id;
      has_target = true;
    } else if (line.starts_with("type ")) {
      tag.is_of_commit = line == "type commit";
      tag.is_of_tag = line == "type tag";
    } else if (line.starts_with("tagger ")) {
      tag.tagged_s = date_of(line);
    }
  }
  if (!has_target) return fail(codes::bad_value, "a tag points to nothing");
  return tag;
}

}  // namespace tollgate::git
