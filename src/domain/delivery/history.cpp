#include "domain/delivery/history.hpp"

#include "foundation/base/text.hpp"

#include <algorithm>
#include <tuple>

namespace tollgate::delivery {
namespace {

bool is_digits(std::string_view text) {
  constexpr size_t kDigitsMax = 9;
  return !text.empty() && text.size() <= kDigitsMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Version> parse_version(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  if (name.starts_with('v')) name.remove_prefix(1);
  Version version;
  name = name.substr(0, name.find('+'));  // build metadata orders nothing
  if (const size_t dash = name.find('-'); dash != std::string_view::npos) {
    version.pre_release = name.substr(dash + 1);
    if (version.pre_release.empty()) return std::nullopt;
    name = name.substr(0, dash);
  }
  const auto parts = split(name, '.');
  if (parts.size() != version.numbers.size()) return std::nullopt;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!is_digits(parts[i])) return std::nullopt;
    version.numbers[i] = *parse_integer(parts[i]);
  }
  return version;
}

std::vector<Release> releases_of(std::span<const Tag> tags, const ReleaseRules& rules) {
  std::vector<Release> releases;
  for (const Tag& tag : tags) {
    if (tag.commit == kNone) continue;
    auto version = parse_version(tag.name, rules.prefix);
    if (!version || (!version->pre_release.empty() && !rules.takes_pre_releases)) continue;
    releases.push_back(
        {.name = tag.name, .version = std::move(*version), .at = tag.at, .commit = tag.commit});
  }
  std::sort(releases.begin(), releases.end(), [](const Release& a, const Release& b) {
    return std::tie(a.at, a.version, a.name) < std::tie(b.at, b.version, b.name);
  });
  return releases;
}

std::vector<uint32_t> first_release_of(const History& history, std::span<const Release> releases) {
  std::vector<uint32_t> first(history.size(), kNone);
  std::vector<uint32_t> open;
  for (uint32_t number = 0; number < releases.size(); ++number) {
    // What an earlier release contains is closed under parents, so the walk stops at it.
    const auto take = [&](uint32_t commit) {
      if (first[commit] != kNone) return;
      first[commit] = number;
      open.push_back(commit);
    };
    take(releases[number].commit);
    while (!open.empty()) {
      const uint32_t commit = open.back();
      open.pop_back();
      for (const uint32_t parent : history.parents_of(commit)) take(parent);
    }
  }
  return first;
}

}  // namespace tollgate::delivery
