// The history of a repository as delivery figures need it: commits with their parents, and the
// releases that contain them. Pure: readers of repositories and exports fill it in.
#pragma once

#include "foundation/base/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::delivery {

/// No commit, no release.
inline constexpr uint32_t kNone = UINT32_MAX;

/// All commits, numbered from 0 in any order. The parents of commit i are
/// parents[parent_begin[i] .. parent_begin[i + 1]); a parent outside the history is left out.
struct History {
  std::vector<int64_t> committed_s = {};     // seconds since 1970
  std::vector<int64_t> authored_s = {};      // the same of the author; empty: not known
  std::vector<uint32_t> parent_begin = {0};  // one more than commits
  std::vector<uint32_t> parents = {};
  std::vector<bool> is_merge = {};    // had two parents or more, also outside the history
  std::vector<bool> is_counted = {};  // changes what is asked about (a path); empty: all do

  size_t size() const { return committed_s.size(); }
  std::span<const uint32_t> parents_of(uint32_t commit) const {
    return std::span(parents).subspan(parent_begin[commit],
                                      parent_begin[commit + 1] - parent_begin[commit]);
  }
};

/// How it is known that one commit takes another back, strongest first.
enum class RevertEvidence : uint8_t { commit_named, same_patch, subject_named };

/// A commit that takes another one back.
struct Revert {
  uint32_t commit = kNone;
  uint32_t reverted = kNone;
  RevertEvidence evidence = RevertEvidence::commit_named;
};

/// A commit that brings the change of another one to a second branch: a cherry-pick.
struct Twin {
  uint32_t commit = kNone;
  uint32_t original = kNone;
};

/// A tag of the repository, peeled to its commit.
struct Tag {
  std::string name = {};
  Time at = {};             // when it was made: the tagger's date, else the commit's
  uint32_t commit = kNone;  // kNone: points outside the history
};

/// A version: x.y.z with an optional pre-release.
struct Version {
  std::array<int64_t, 3> numbers{};
  std::string pre_release = {};  // "rc.1"; empty for a release
  friend auto operator<=>(const Version&, const Version&) = default;
};

/// What `name` says behind `prefix` (an optional "v" may follow the prefix): "v1.2.3-rc.1" is
/// 1.2.3 with pre-release "rc.1". Nothing for any other name, also for "1.2" and "version-1.2.3".
std::optional<Version> parse_version(std::string_view name, std::string_view prefix = {});

struct Release {
  std::string name = {};
  Version version = {};
  Time at = {};
  uint32_t commit = kNone;
};

struct ReleaseRules {
  std::string prefix = {};          // "checkout-" of a repository with many services
  bool takes_pre_releases = false;  // 1.0.0-rc.1 counts as a release, too
};

/// The tags that are releases by `rules`, by time, then version. Two tags of one commit are two
/// releases: the later ships nothing new. Tags outside the history are left out.
std::vector<Release> releases_of(std::span<const Tag> tags, const ReleaseRules& rules);

/// For each commit the first of `releases` (in their order) that contains it, or kNone. One pass:
/// each commit and each parent link is looked at once, whatever the number of releases.
std::vector<uint32_t> first_release_of(const History& history, std::span<const Release> releases);

}  // namespace tollgate::delivery
