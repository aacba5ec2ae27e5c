// Delivery figures of one service: how often it is released, how long changes wait, how many
// releases had to be taken back. Each figure follows a definition with a version (docs/DORA.md).
// Pure; quantiles interpolate linearly between order statistics.
#pragma once

#include "domain/delivery/history.hpp"
#include "domain/stats/interval.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tollgate::delivery {

/// Fewer than this carry no class.
inline constexpr int64_t kClassSampleMin = 10;

/// What lead times count: commits as they are, or changes, however many commits carry them.
enum class LeadTimeVersion { commits = 1, changes = 2 };
/// Where a lead time begins.
enum class LeadTimeBasis { committed, authored };

struct FigureRules {
  std::optional<Time> since = {};  // releases from here on; the history before still counts
  std::optional<Time> until = {};  // and before this
  Time now = {};
  Duration bake = days(7);  // younger releases are undetermined: their failures are yet to be seen
  LeadTimeVersion lead_time = LeadTimeVersion::commits;
  LeadTimeBasis basis = LeadTimeBasis::committed;
};

/// A quantile with its distribution-free 95 % interval; all in seconds.
struct Quantile {
  double value = 0;
  stats::Interval interval = {};
};

/// lead-time@1: commit date to the first release that contains the commit, of commits that are no
/// merges. What the first release contains has no predecessor to count from.
/// lead-time@2: the same of changes: a cherry-pick and its original are one change, which begins
/// with the earlier and ends with the first release of either; a commit that is taken back before
/// its release is none, nor is what takes it back.
struct LeadTime {
  int64_t n = 0;
  std::optional<Quantile> median = {};
  std::optional<Quantile> p90 = {};
  int64_t no_predecessor = 0;   // changes of the first release, left out
  int64_t negative = 0;         // begun after their release by the clock, left out
  int64_t reverted_before = 0;  // taken back in the same release, with their reverts
  int64_t cherry_picks = 0;     // that stand for a change counted with its original
};

/// gap@1: time between one release and the next.
struct Gap {
  int64_t n = 0;
  std::optional<Quantile> median = {};
  std::optional<double> mean_s = {};
};

/// A release that was partly taken back, and by what.
struct FailureLink {
  uint32_t release = kNone;  // index into the releases
  uint32_t commit = kNone;   // that was reverted
  uint32_t by = kNone;       // the revert
  RevertEvidence evidence = RevertEvidence::commit_named;
};

/// change-failure-rate@1: releases with a change that a later release reverts.
struct ChangeFailures {
  int64_t failed = 0;
  int64_t of = 0;                 // releases old enough to tell
  int64_t undetermined = 0;       // younger than the bake time and not failed so far
  stats::Interval interval = {};  // Wilson, 95 %
  std::vector<FailureLink> links = {};
  int64_t patch_releases = 0;  // x.y.z with z above 0, a rough stand-in
};

struct Figures {
  int64_t deployments = 0;
  std::optional<Time> first = {};
  std::optional<Time> last = {};
  std::optional<double> per_week = {};  // over the window, or from first to last release
  LeadTime lead_time = {};
  Gap gap = {};
  ChangeFailures failures = {};
  /// restore@1: from the release that failed to the one that reverts it.
  std::optional<Quantile> restore_median = {};
  int64_t unreleased = 0;  // commits of the history that no release contains, merges left out
};

/// What is known of one project. The history is borrowed.
struct Project {
  const History* history = nullptr;
  std::span<const Release> releases = {};  // as releases_of orders them
  std::span<const uint32_t> first = {};    // first_release_of
  std::span<const Revert> reverts = {};    // empty: none was found
  std::span<const Twin> twins = {};        // only lead-time@2 asks for them
};
Figures figures_of(const Project& project, const FigureRules& rules);

/// The quantile at `share` of values in ascending order, with its interval; nothing without values.
/// Interval: order statistics whose ranks lie 1.96 standard deviations of the binomial off, so that
/// it repeats without random numbers. Source: Hahn and Meeker, Statistical Intervals, ch. 5.
std::optional<Quantile> quantile_of(std::span<const int64_t> sorted, double share);

}  // namespace tollgate::delivery
