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

double at_rank(const std::vector<int64_t>& sorted, double rank) {
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

/// Commits that were taken back before anybody got them, and their reverts.
std::vector<bool> unshipped(const History& history, std::span<const uint32_t> first,
                            std::span<const Revert> reverts) {
  std::vector<bool> is_unshipped(history.size(), false);
  for (const Revert& revert : reverts) {
    const uint32_t release = first[revert.reverted];
    if (release == kNone || release != first[revert.commit]) continue;
    is_unshipped[revert.commit] = true;
    is_unshipped[revert.reverted] = true;
  }
  return is_unshipped;
}

LeadTime lead_time_of(const History& history, std::span<const Release> releases,
                      std::span<const uint32_t> first, std::span<const Revert> reverts,
                      const FigureRules& rules) {
  LeadTime lead;
  std::vector<int64_t> spans;
  const std::vector<bool> is_unshipped = unshipped(history, first, reverts);
  for (uint32_t commit = 0; commit < history.size(); ++commit) {
    if (first[commit] == kNone || history.is_merge[commit]) continue;
    const Release& release = releases[first[commit]];
    if (!is_inside(release.at, rules)) continue;
    const int64_t span = release.at.ms / 1000 - history.committed_s[commit];
    if (first[commit] == 0) {
      ++lead.no_predecessor;
    } else if (is_unshipped[commit]) {
      ++lead.reverted_before;
    } else if (span < 0) {
      ++lead.negative;
    } else {
      spans.push_back(span);
    }
  }
  lead.n = static_cast<int64_t>(spans.size());
  lead.median = quantile_of(spans, 0.5);
  lead.p90 = quantile_of(std::move(spans), 0.9);
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
  gap.median = quantile_of(std::move(spans), 0.5);
  return gap;
}

ChangeFailures failures_of(std::span<const Release> releases, std::span<const uint32_t> first,
                           std::span<const Revert> reverts, const FigureRules& rules) {
  ChangeFailures failures;
  std::vector<bool> has_failed(releases.size(), false);
  for (const Revert& revert : reverts) {
    const uint32_t release = first[revert.reverted];
    const uint32_t later = first[revert.commit];
    if (release == kNone || later == kNone || later <= release) continue;
    if (!is_inside(releases[release].at, rules)) continue;
    has_failed[release] = true;  // once, however many of its changes were taken back
    failures.links.push_back({.release = release, .commit = revert.reverted, .by = revert.commit});
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
std::optional<Quantile> restore_of(std::span<const Release> releases,
                                   std::span<const uint32_t> first,
                                   const ChangeFailures& failures) {
  std::vector<int64_t> spans;
  uint32_t release = kNone;
  for (const FailureLink& link : failures.links) {
    const int64_t span = seconds_between(releases[link.release].at, releases[first[link.by]].at);
    if (link.release != release) {
      spans.push_back(span);
    } else {
      spans.back() = std::min(spans.back(), span);
    }
    release = link.release;
  }
  return quantile_of(std::move(spans), 0.5);
}

}  // namespace

std::optional<Quantile> quantile_of(std::vector<int64_t> values, double share) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  const double rank = share * (n - 1);
  const double spread = kNormal975 * std::sqrt(n * share * (1 - share));
  return Quantile{.value = at_rank(values, rank),
                  .interval = {.low = at_rank(values, std::floor(n * share - spread) - 1),
                               .high = at_rank(values, std::ceil(n * share + spread))}};
}

Figures figures_of(const History& history, std::span<const Release> releases,
                   std::span<const uint32_t> first, std::span<const Revert> reverts,
                   const FigureRules& rules) {
  Figures figures;
  for (const Release& release : releases) {
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
  figures.lead_time = lead_time_of(history, releases, first, reverts, rules);
  figures.gap = gap_of(releases, rules);
  figures.failures = failures_of(releases, first, reverts, rules);
  figures.restore_median = restore_of(releases, first, figures.failures);
  return figures;
}

}  // namespace tollgate::delivery
