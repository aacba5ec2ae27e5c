// What commit messages say about other commits: what they take back, where they were picked from.
// Pure: readers of repositories and exports hand the messages in.
#pragma once

#include "domain/delivery/history.hpp"

#include <functional>

namespace tollgate::delivery {

enum class MentionKind : uint8_t {
  reverts_commit,     // "This reverts commit 3f2c1a...": text is the identifier, maybe shortened
  reverts_subject,    // Revert "Add a cache": text is the subject
  reverts_something,  // the subject begins with "Revert" and says no more: only the patch can tell
  picked_from,        // "(cherry picked from commit ...)": text is the identifier
};
struct Mention {
  uint32_t commit = kNone;
  MentionKind kind = MentionKind::reverts_commit;
  std::string text = {};
};

/// Identifiers in one message are looked at up to this number.
inline constexpr size_t kMentionsMax = 16;

/// The first line of a message, without white space at its ends.
std::string_view subject_of(std::string_view message);
/// A number that equal subjects share, so that histories need not keep the texts (FNV-1a, 64 bit).
uint64_t subject_key(std::string_view subject);
/// True if the subject ends in "(#123)", as pull requests that were squashed do.
bool is_squashed(std::string_view subject);
/// Appends what the message of `commit` mentions. A revert that names commits says nothing else.
void find_mentions(uint32_t commit, std::string_view message, std::vector<Mention>& mentions);

/// The commit whose identifier begins with these hex digits; kNone if there is none or several.
using FindCommit = std::function<uint32_t(std::string_view hex)>;

/// The reverts that messages name, at most one for each pair. A subject means the latest commit of
/// that subject before the revert. Taking back a revert brings the change again and is none.
/// `subjects` holds subject_key for each commit of the history.
std::vector<Revert> mentioned_reverts(const History& history, std::span<const uint64_t> subjects,
                                      std::span<const Mention> mentions, const FindCommit& find);

/// `reverts` without those that take back another revert.
void drop_reverted_reverts(std::vector<Revert>& reverts);

}  // namespace tollgate::delivery
