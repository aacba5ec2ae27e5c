// Who answers for findings in pipelines: by rules of the policy, else by the CODEOWNERS file of the
// repository. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::pipelines {

struct OwnerRule {
  std::string pattern;  // of paths
  std::string owner;    // "payments", "@acme/payments"
};

struct Owners {
  std::vector<OwnerRule> declared = {};    // globs, * matches any text; the first that fits counts
  std::vector<OwnerRule> codeowners = {};  // as in CODEOWNERS; the last that fits counts
};

/// Rules kept of one CODEOWNERS file.
inline constexpr size_t kOwnerRulesMax = 10'000;

/// The rules of a CODEOWNERS file of GitHub or GitLab; sections and comments are left out, a
/// pattern without an owner takes away that of earlier ones.
std::vector<OwnerRule> read_codeowners(std::string_view text);
/// Whether a path fits a pattern of CODEOWNERS: "/" at its begin means the root, at its end a
/// folder and all below; "*" is any text without "/", "**" any text.
bool fits_codeowners(std::string_view pattern, std::string_view path);
/// Who answers for `path`; empty if nobody does.
std::string owner_of(const Owners& owners, std::string_view path);

}  // namespace tollgate::pipelines
