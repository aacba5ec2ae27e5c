#include "domain/delivery/mentions.hpp"

#include "foundation/base/text.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tollgate::delivery {
namespace {

constexpr size_t kShortestId = 7;
constexpr size_t kLongestId = 64;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// The identifier that `text` begins with, or nothing.
std::string_view id_at(std::string_view text) {
  size_t length = 0;
  while (length < text.size() && is_hex(text[length])) ++length;
  const bool ends =
      length == text.size() || !std::isalnum(static_cast<unsigned char>(text[length]));
  return ends && length >= kShortestId && length <= kLongestId ? text.substr(0, length)
                                                               : std::string_view();
}

/// The identifiers behind each "... reverts commit": "a", or "a, b and c".
std::vector<std::string_view> reverted_ids(std::string_view message) {
  constexpr std::string_view kPhrase = "his reverts commit";
  std::vector<std::string_view> ids;
  size_t at = message.find(kPhrase);
  for (; at != std::string_view::npos; at = message.find(kPhrase, at)) {
    at += kPhrase.size();
    if (at < message.size() && message[at] == 's') ++at;
    while (ids.size() < kMentionsMax) {
      at = std::min(message.find_first_not_of(" \n\t,:`", at), message.size());
      if (message.substr(at).starts_with("and")) {
        at = std::min(message.find_first_not_of(" \n\t", at + 3), message.size());
      }
      const std::string_view id = id_at(message.substr(at));
      if (id.empty()) break;
      ids.push_back(id);
      at += id.size();
    }
  }
  return ids;
}

/// The X of `Revert "X"` and of `revert: X`; nothing if the subject has another form.
std::string_view reverted_subject(std::string_view subject) {
  constexpr std::string_view kQuoted = "Revert \"";
  constexpr std::string_view kConventional = "revert: ";
  if (subject.starts_with(kConventional)) return trim(subject.substr(kConventional.size()));
  if (!subject.starts_with(kQuoted)) return {};
  const size_t end = subject.rfind('"');
  return end > kQuoted.size() ? subject.substr(kQuoted.size(), end - kQuoted.size())
                              : std::string_view();
}

}  // namespace

std::string_view subject_of(std::string_view message) {
  const size_t begin = std::min(message.find_first_not_of(" \n\t\r"), message.size());
  return trim(message.substr(begin, message.find('\n', begin) - begin));
}

uint64_t subject_key(std::string_view subject) {
  uint64_t key = 0xcbf29ce484222325;
  for (const char c : subject) key = (key ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return key;
}

bool is_squashed(std::string_view subject) {
  if (!subject.ends_with(')')) return false;
  const size_t begin = subject.rfind("(#");
  if (begin == std::string_view::npos) return false;
  const std::string_view number = subject.substr(begin + 2, subject.size() - begin - 3);
  return !number.empty() &&
         std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void find_mentions(uint32_t commit, std::string_view message, std::vector<Mention>& mentions) {
  constexpr std::string_view kPicked = "(cherry picked from commit ";
  if (const size_t at = message.rfind(kPicked); at != std::string_view::npos) {
    const std::string_view id = id_at(message.substr(at + kPicked.size()));
    if (!id.empty()) mentions.push_back({commit, MentionKind::picked_from, std::string(id)});
  }
  const std::vector<std::string_view> ids = reverted_ids(message);
  for (const std::string_view id : ids)
    mentions.push_back({commit, MentionKind::reverts_commit, std::string(id)});
  if (!ids.empty()) return;
  const std::string_view subject = subject_of(message);
  if (const std::string_view other = reverted_subject(subject); !other.empty()) {
    mentions.push_back({commit, MentionKind::reverts_subject, std::string(other)});
  } else if (subject.starts_with("Revert") || subject.starts_with("revert")) {
    mentions.push_back({commit, MentionKind::reverts_something, {}});
  }
}

std::vector<Revert> mentioned_reverts(const History& history, std::span<const uint64_t> subjects,
                                      std::span<const Mention> mentions, const FindCommit& find) {
  std::map<uint64_t, std::vector<uint32_t>> by_subject;
  for (const Mention& mention : mentions) {
    if (mention.kind == MentionKind::reverts_subject) by_subject[subject_key(mention.text)];
  }
  for (uint32_t commit = 0; !by_subject.empty() && commit < subjects.size(); ++commit) {
    const auto found = by_subject.find(subjects[commit]);
    if (found != by_subject.end()) found->second.push_back(commit);
  }
  std::vector<Revert> reverts;
  for (const Mention& mention : mentions) {
    const uint32_t commit = mention.commit;
    if (mention.kind == MentionKind::reverts_commit) {
      const uint32_t reverted = find(mention.text);
      if (reverted != kNone && reverted != commit)
        reverts.push_back({commit, reverted, RevertEvidence::commit_named});
    } else if (mention.kind == MentionKind::reverts_subject) {
      uint32_t latest = kNone;
      for (const uint32_t other : by_subject[subject_key(mention.text)]) {
        if (other == commit || history.committed_s[other] > history.committed_s[commit]) continue;
        if (latest == kNone || history.committed_s[other] > history.committed_s[latest])
          latest = other;
      }
      if (latest != kNone) reverts.push_back({commit, latest, RevertEvidence::subject_named});
    }
  }
  drop_reverted_reverts(reverts);
  return reverts;
}

void drop_reverted_reverts(std::vector<Revert>& reverts) {
  std::set<uint32_t> takers;
  for (const Revert& revert : reverts) takers.insert(revert.commit);
  std::erase_if(reverts, [&](const Revert& revert) { return takers.contains(revert.reverted); });
}

}  // namespace tollgate::delivery
