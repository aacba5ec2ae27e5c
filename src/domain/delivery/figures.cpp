#include "domain/delivery/figures.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace tollgate::delivery {
namespace {

constexpr Ppm kConfidence{950'000};
constexpr double kNormal975 = 1.959963984540054;
constexpr double kWeekSeconds = 7 * 86'400;

double at_rank(std::span<const int64_t> sorted, double rank) {
  const double last = static_cast<double>(sorted.size() - 1);
  rank = std::clamp(rank, 0.0, last);
  const size_t low = static_cast<size_t>(rank);
  const size_t high = std::min(low + 1, sorted.size() - 1);
  const double below = static_cast<double>(sorted[low]);
  return below + (static_cast<double>(sorted[high]) - below) * (rank - static_cast<double>(low));
}

bool is_inside(Time at, const FigureRules& rules) {
  return (!rules.since || at >= *rules.since) && (!rules.until || at < *rules.until);
}

int64_t seconds_between(Time from, Time to) { return (to.ms - from.ms) / 1000; }

/// The commits of one change share an entry: their originals, followed to the end.
struct Change {
  int64_t begun_s = 0;
  uint32_t release = kNone;
  bool is_twin = false;  // stands for no change of its own
};

std::vector<Change> changes_of(const Project& project, const FigureRules& rules) {
  const History& history = *project.history;
  const bool is_authored =
      rules.basis == LeadTimeBasis::authored && history.authored_s.size() == history.size();
  const std::vector<int64_t>& begun = is_authored ? history.authored_s : history.committed_s;
  std::vector<Change> changes(history.size());
  for (uint32_t i = 0; i < changes.size(); ++i) {
    changes[i].begun_s = begun[i];
    changes[i].release = project.first[i];
  }
  if (rules.lead_time != LeadTimeVersion::changes) return changes;
  for (const Twin& twin : project.twins) {
    Change& original = changes[twin.original];
    original.begun_s = std::min(original.begun_s, changes[twin.commit].begun_s);
    original.release = std::min(original.release, changes[twin.commit].release);
    changes[twin.commit].is_twin = true;
  }
  return changes;
}

/// Commits that were taken back before anybody got them, and their reverts.
std::vector<bool> unshipped(const Project& project, int64_t& count) {
  std::vector<bool> is_unshipped(project.history->size(), false);
  for (const Revert& revert : project.reverts) {
    const uint32_t release = project.first[revert.reverted];
    if (release == kNone || release != project.first[revert.commit]) continue;
    is_unshipped[revert.commit] = true;
    is_unshipped[revert.reverted] = true;
  }
  count = std::count(is_unshipped.begin(), is_unshipped.end(), true);
  return is_unshipped;
}

LeadTime lead_time_of(const Project& project, const FigureRules& rules) {
  const History& history = *project.history;
  LeadTime lead;
  std::vector<int64_t> spans;
  const std::vector<bool> is_unshipped = unshipped(project, lead.reverted_before);
  const std::vector<Change> changes = changes_of(project, rules);
  const bool counts_changes = rules.lead_time == LeadTimeVersion::changes;
  for (uint32_t commit = 0; commit < history.size(); ++commit) {
    const Change& change = changes[commit];
    if (change.release == kNone || history.is_merge[commit]) continue;
    if (!history.is_counted.empty() && !history.is_counted[commit]) continue;
    const Release& release = project.releases[change.release];
    if (!is_inside(release.at, rules)) continue;
    const int64_t span = release.at.ms / 1000 - change.begun_s;
    if (change.is_twin) {
      ++lead.cherry_picks;
    } else if (change.release == 0) {
      ++lead.no_predecessor;
    } else if (counts_changes && is_unshipped[commit]) {
      continue;
    } else if (span < 0) {
      ++lead.negative;
    } else {
      spans.push_back(span);
    }
  }
  std::sort(spans.begin(), spans.end());
  lead.n = static_cast<int64_t>(spans.size());
  lead.median = quantile_of(spans, 0.5);
  lead.p90 = quantile_of(spans, 0.9);
  return lead;
}

Gap gap_of(std::span<const Release> releases, const FigureRules& rules) {
  Gap gap;
  std::vector<int64_t> spans;
  for (size_t i = 1; i < releases.size(); ++i) {
    if (!is_inside(releases[i].at, rules)) continue;
    spans.push_back(seconds_between(releases[i - 1].at, releases[i].at));
  }
  gap.n = static_cast<int64_t>(spans.size());
  if (gap.n > 0) {
    gap.mean_s = static_cast<double>(std::accumulate(spans.begin(), spans.end(), int64_t{0})) /
                 static_cast<double>(gap.n);
  }
  std::sort(spans.begin(), spans.end());
  gap.median = quantile_of(spans, 0.5);
  return gap;
}

ChangeFailures failures_of(const Project& project, const FigureRules& rules) {
  const std::span<const Release> releases = project.releases;
  ChangeFailures failures;
  std::vector<bool> has_failed(releases.size(), false);
  for (const Revert& revert : project.reverts) {
    const uint32_t release = project.first[revert.reverted];
    const uint32_t later = project.first[revert.commit];
    if (release == kNone || later == kNone || later <= release) continue;
    if (!is_inside(releases[release].at, rules)) continue;
    has_failed[release] = true;  // once, however many of its changes were taken back
    failures.links.push_back({.release = release,
                              .commit = revert.reverted,
                              .by = revert.commit,
                              .evidence = revert.evidence});
  }
  std::sort(failures.links.begin(), failures.links.end(),
            [](const FailureLink& a, const FailureLink& b) {
              return std::tie(a.release, a.by) < std::tie(b.release, b.by);
            });
  for (size_t i = 0; i < releases.size(); ++i) {
    if (!is_inside(releases[i].at, rules)) continue;
    if (releases[i].version.numbers[2] > 0) ++failures.patch_releases;
    if (has_failed[i]) {
      ++failures.failed;
      ++failures.of;
    } else if (releases[i].at + rules.bake > rules.now) {
      ++failures.undetermined;
    } else {
      ++failures.of;
    }
  }
  failures.interval = stats::wilson({.hits = failures.failed, .total = failures.of}, kConfidence);
  return failures;
}

/// From each failed release to the first release that takes something of it back.
std::optional<Quantile> restore_of(const Project& project, const ChangeFailures& failures) {
  std::vector<int64_t> spans;
  uint32_t release = kNone;
  for (const FailureLink& link : failures.links) {
    const int64_t span = seconds_between(project.releases[link.release].at,
                                         project.releases[project.first[link.by]].at);
    if (link.release != release) {
      spans.push_back(span);
    } else {
      spans.back() = std::min(spans.back(), span);
    }
    release = link.release;
  }
  std::sort(spans.begin(), spans.end());
  return quantile_of(spans, 0.5);
}

int64_t unreleased_of(const Project& project) {
  int64_t count = 0;
  for (uint32_t commit = 0; commit < project.history->size(); ++commit)
    count += project.first[commit] == kNone && !project.history->is_merge[commit] ? 1 : 0;
  return count;
}

}  // namespace

std::optional<Quantile> quantile_of(std::span<const int64_t> values, double share) {
  if (values.empty()) return std::nullopt;
  const double n = static_cast<double>(values.size());
  const double rank = share * (n - 1);
  const double spread = kNormal975 * std::sqrt(n * share * (1 - share));
  return Quantile{.value = at_rank(values, rank),
                  .interval = {.low = at_rank(values, std::floor(n * share - spread) - 1),
                               .high = at_rank(values, std::ceil(n * share + spread))}};
}

Figures figures_of(const Project& project, const FigureRules& rules) {
  Figures figures;
  for (const Release& release : project.releases) {
    if (!is_inside(release.at, rules)) continue;
    ++figures.deployments;
    if (!figures.first) figures.first = release.at;
    figures.last = release.at;
  }
  if (figures.first) {
    const Time from = rules.since.value_or(*figures.first);
    const Time to = rules.until.value_or(rules.since ? rules.now : *figures.last);
    // Without a window, the first release begins the time and is not one within it.
    const int64_t counted = figures.deployments - (rules.since ? 0 : 1);
    const double span = static_cast<double>(seconds_between(from, to));
    if (span > 0) figures.per_week = static_cast<double>(counted) * kWeekSeconds / span;
  }
  figures.lead_time = lead_time_of(project, rules);
  figures.gap = gap_of(project.releases, rules);
  figures.failures = failures_of(project, rules);
  figures.restore_median = restore_of(project, figures.failures);
  figures.unreleased = unreleased_of(project);
  return figures;
}

}  // namespace tollgate::delivery
