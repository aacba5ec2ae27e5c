#include "edge/pipelines/owners.hpp"

#include "foundation/base/text.hpp"

#include <algorithm>
#include <fnmatch.h>

namespace tollgate::pipelines {
namespace {

/// Stars of one pattern; one with more fits nothing, for the time that trying takes.
constexpr int64_t kStarsMax = 8;

bool fits_from_here(std::string_view pattern, std::string_view path) {
  while (!pattern.empty()) {
    if (pattern.front() != '*') {
      if (path.empty() || path.front() != pattern.front()) return false;
      pattern.remove_prefix(1);
      path.remove_prefix(1);
      continue;
    }
    const bool is_any = pattern.starts_with("**");
    const std::string_view rest = pattern.substr(is_any ? 2 : 1);
    for (size_t taken = 0; taken <= path.size(); ++taken) {
      if (fits_from_here(rest, path.substr(taken))) return true;
      if (!is_any && taken < path.size() && path[taken] == '/') return false;
    }
    return false;
  }
  // A pattern that names a folder is about all below it.
  return path.empty() || path.front() == '/';
}

}  // namespace

std::vector<OwnerRule> read_codeowners(std::string_view text) {
  std::vector<OwnerRule> rules;
  for (const std::string_view raw : split(text, '\n')) {
    std::string_view line = trim(raw);
    if (const size_t mark = line.find(" #"); mark != std::string_view::npos)
      line = trim(line.substr(0, mark));
    if (line.empty() || line.front() == '#' || line.front() == '[' || line.front() == '^') continue;
    const size_t space = line.find_first_of(" \t");
    const std::string_view owners =
        space == std::string_view::npos ? std::string_view() : trim(line.substr(space));
    if (rules.size() >= kOwnerRulesMax) break;
    rules.push_back({.pattern = std::string(line.substr(0, space)),
                     .owner = std::string(owners.substr(0, owners.find_first_of(" \t")))});
  }
  return rules;
}

bool fits_codeowners(std::string_view pattern, std::string_view path) {
  const bool is_folder = pattern.ends_with('/');
  if (is_folder) pattern.remove_suffix(1);
  const bool is_rooted = pattern.find('/') != std::string_view::npos;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  if (pattern.empty()) return true;
  if (std::count(pattern.begin(), pattern.end(), '*') > kStarsMax) return false;
  if (is_rooted) return fits_from_here(pattern, path);
  // A bare name fits at every depth.
  for (size_t begin = 0; begin != std::string_view::npos;) {
    if (fits_from_here(pattern, path.substr(begin))) return true;
    begin = path.find('/', begin);
    if (begin != std::string_view::npos) ++begin;
  }
  return false;
}

std::string owner_of(const Owners& owners, std::string_view path) {
  for (const OwnerRule& rule : owners.declared) {
    if (fnmatch(rule.pattern.c_str(), std::string(path).c_str(), 0) == 0) return rule.owner;
  }
  for (auto rule = owners.codeowners.rbegin(); rule != owners.codeowners.rend(); ++rule) {
    if (fits_codeowners(rule->pattern, path)) return rule->owner;
  }
  return {};
}

}  // namespace tollgate::pipelines
