#include "edge/git/index.hpp"

#include "foundation/base/digest.hpp"
#include "foundation/base/text.hpp"

#include <cstring>

namespace tollgate::git {
namespace {

// Magic and version; another layout gets another number, and older files are written anew.
constexpr std::string_view kMagic = "TGGIT001";

template <class T>
void put(std::string& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
void put_all(std::string& out, const std::vector<T>& values) {
  put(out, static_cast<uint64_t>(values.size()));
  out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

void put_bits(std::string& out, const std::vector<bool>& bits) {
  put(out, static_cast<uint64_t>(bits.size()));
  for (const bool bit : bits) out.push_back(bit ? 1 : 0);
}

/// Takes values off the front; is_bad once anything did not fit.
struct Reader {
  std::string_view bytes;
  bool is_bad = false;

  std::string_view take(size_t size) {
    if (size > bytes.size()) {
      is_bad = true;
      return {};
    }
    const std::string_view piece = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return piece;
  }
  template <class T>
  T value() {
    T out{};
    const std::string_view piece = take(sizeof out);
    if (!piece.empty()) std::memcpy(&out, piece.data(), sizeof out);
    return out;
  }
  template <class T>
  std::vector<T> all() {
    const uint64_t count = value<uint64_t>();
    if (count > bytes.size() / sizeof(T)) {
      is_bad = true;
      return {};
    }
    std::vector<T> out(count);
    const std::string_view piece = take(count * sizeof(T));
    if (!piece.empty()) std::memcpy(out.data(), piece.data(), piece.size());
    return out;
  }
  std::vector<bool> bits() {
    const std::string_view piece = take(value<uint64_t>());
    std::vector<bool> out(piece.size());
    for (size_t i = 0; i < piece.size(); ++i) out[i] = piece[i] != 0;
    return out;
  }
};

/// Whether all columns are of one length and all numbers within it.
bool is_whole(const Commits& commits) {
  const delivery::History& history = commits.history;
  const size_t n = commits.ids.size();
  if (history.committed_s.size() != n || history.authored_s.size() != n ||
      history.is_merge.size() != n || commits.subjects.size() != n ||
      commits.is_squashed.size() != n || history.parent_begin.size() != n + 1 ||
      history.parent_begin.front() != 0 || history.parent_begin.back() != history.parents.size())
    return false;
  for (size_t i = 0; i < n; ++i) {
    if (history.parent_begin[i] > history.parent_begin[i + 1]) return false;
  }
  for (const uint32_t parent : history.parents) {
    if (parent >= n) return false;
  }
  for (const delivery::Mention& mention : commits.mentions) {
    if (mention.commit >= n) return false;
  }
  return true;
}

}  // namespace

std::string write_index(const Index& index) {
  const Commits& commits = index.commits;
  std::string body;
  put_all(body, commits.ids);
  put_all(body, commits.history.committed_s);
  put_all(body, commits.history.authored_s);
  put_all(body, commits.history.parent_begin);
  put_all(body, commits.history.parents);
  put_bits(body, commits.history.is_merge);
  put_all(body, commits.subjects);
  put_bits(body, commits.is_squashed);
  put(body, static_cast<uint64_t>(commits.mentions.size()));
  for (const delivery::Mention& mention : commits.mentions) {
    put(body, mention.commit);
    put(body, mention.kind);
    put(body, static_cast<uint32_t>(mention.text.size()));
    body += mention.text;
  }
  put(body, static_cast<uint64_t>(index.tag_objects.size()));
  for (const auto& [id, tag] : index.tag_objects) {
    put(body, id);
    put(body, tag.commit);
    put(body, static_cast<uint8_t>((tag.is_commit ? 1 : 0) + (tag.tagged_s ? 2 : 0)));
    put(body, tag.tagged_s.value_or(0));
  }
  return concat({kMagic, sha256(body).view(), body});
}

std::optional<Index> read_index(std::string_view bytes) {
  Reader reader{.bytes = bytes};
  if (reader.take(kMagic.size()) != kMagic) return std::nullopt;
  const std::string_view digest = reader.take(Digest().bytes.size());
  if (reader.is_bad || sha256(reader.bytes).view() != digest) return std::nullopt;
  Index index;
  Commits& commits = index.commits;
  commits.ids = reader.all<ObjectId>();
  commits.history.committed_s = reader.all<int64_t>();
  commits.history.authored_s = reader.all<int64_t>();
  commits.history.parent_begin = reader.all<uint32_t>();
  commits.history.parents = reader.all<uint32_t>();
  commits.history.is_merge = reader.bits();
  commits.subjects = reader.all<uint64_t>();
  commits.is_squashed = reader.bits();
  for (uint64_t left = reader.value<uint64_t>(); left > 0 && !reader.is_bad; --left) {
    const uint32_t commit = reader.value<uint32_t>();
    const auto kind = reader.value<delivery::MentionKind>();
    const uint32_t size = reader.value<uint32_t>();
    commits.mentions.push_back({commit, kind, std::string(reader.take(size))});
  }
  for (uint64_t left = reader.value<uint64_t>(); left > 0 && !reader.is_bad; --left) {
    const ObjectId id = reader.value<ObjectId>();
    TaggedCommit tag{.commit = reader.value<ObjectId>()};
    const uint8_t flags = reader.value<uint8_t>();
    const int64_t tagged_s = reader.value<int64_t>();
    tag.is_commit = (flags & 1) != 0;
    if ((flags & 2) != 0) tag.tagged_s = tagged_s;
    index.tag_objects.emplace_hint(index.tag_objects.end(), id, tag);
  }
  if (reader.is_bad || !reader.bytes.empty() || !is_whole(commits)) return std::nullopt;
  for (uint32_t i = 0; i < commits.ids.size(); ++i) commits.table.add(commits.ids, i);
  return index;
}

}  // namespace tollgate::git
