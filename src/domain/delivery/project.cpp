#include "domain/delivery/project.hpp"

#include "foundation/base/text.hpp"

#include <algorithm>

namespace tollgate::delivery {

std::string_view caveat_name(CaveatCode code) {
  switch (code) {
    case CaveatCode::cut_history:
      return "cut_history";
    case CaveatCode::no_releases:
      return "no_releases";
    case CaveatCode::squashed:
      return "squashed";
    case CaveatCode::rewritten:
      return "rewritten";
    case CaveatCode::negative:
      return "negative";
    case CaveatCode::failures_by_proxy:
      return "failures_by_proxy";
  }
  return "";
}

std::string caveat_words(const Caveat& caveat) {
  const std::string count = number_text(caveat.count);
  const std::string of = count_text(caveat.of, "change", "changes");
  switch (caveat.code) {
    case CaveatCode::cut_history:
      return "the history is cut (a shallow clone?): changes before the cut are missing; fetch the "
             "whole history, such as with `git fetch --unshallow`";
    case CaveatCode::no_releases:
      return "no tag is a version: name what stands before the number with --prefix, or count "
             "branches with --branches";
    case CaveatCode::squashed:
      return fmt::format(
          "{} of {} look squashed (their subject ends in \"(#123)\"): their lead time begins at "
          "the merge, not at the first commit",
          count, of);
    case CaveatCode::rewritten:
      return fmt::format(
          "{} of {} were committed an hour or more after they were written (rebased or amended); "
          "--basis author counts from the writing",
          count, of);
    case CaveatCode::negative:
      return fmt::format("{} of {} are younger than their release by their clock and left out",
                         count, of);
    case CaveatCode::failures_by_proxy:
      return "only reverts say here that a release failed; that is a lower bound and gets no "
             "cluster";
  }
  return {};
}

std::string_view revert_evidence_name(RevertEvidence evidence) {
  switch (evidence) {
    case RevertEvidence::commit_named:
      return "commit_named";
    case RevertEvidence::same_patch:
      return "same_patch";
    case RevertEvidence::subject_named:
      return "subject_named";
  }
  return "";
}

ProjectReport report_on(const Project& project, const FigureRules& rules,
                        std::optional<PeriodLength> by) {
  ProjectReport report;
  report.commits = static_cast<int64_t>(project.history->size());
  report.rules = rules;
  report.figures = figures_of(project, rules);
  if (!by || !report.figures.first) return report;
  for (const Period& period : periods_between(*by, *report.figures.first, *report.figures.last)) {
    FigureRules inside = rules;
    inside.since = std::max(period.from, rules.since.value_or(period.from));
    inside.until = std::min(period.to, rules.until.value_or(period.to));
    report.trend.push_back({.period = period, .figures = figures_of(project, inside)});
  }
  return report;
}

std::vector<Caveat> caveats_of(const Project& project, const Figures& figures,
                               const std::vector<bool>& is_squashed, bool is_cut) {
  constexpr int64_t kHour = 3600;
  const History& history = *project.history;
  Caveat squashed{.code = CaveatCode::squashed};
  Caveat rewritten{.code = CaveatCode::rewritten};
  int64_t changes = 0;
  for (uint32_t commit = 0; commit < history.size(); ++commit) {
    if (project.first[commit] == kNone || history.is_merge[commit]) continue;
    if (!history.is_counted.empty() && !history.is_counted[commit]) continue;
    ++changes;
    if (is_squashed[commit]) ++squashed.count;
    if (history.authored_s[commit] + kHour <= history.committed_s[commit]) ++rewritten.count;
  }
  std::vector<Caveat> caveats;
  if (is_cut) caveats.push_back({.code = CaveatCode::cut_history});
  if (project.releases.empty()) caveats.push_back({.code = CaveatCode::no_releases});
  squashed.of = rewritten.of = changes;
  if (squashed.count > 0) caveats.push_back(squashed);
  if (rewritten.count > 0) caveats.push_back(rewritten);
  if (figures.lead_time.negative > 0) {
    caveats.push_back(
        {.code = CaveatCode::negative, .count = figures.lead_time.negative, .of = changes});
  }
  if (!project.releases.empty()) caveats.push_back({.code = CaveatCode::failures_by_proxy});
  return caveats;
}

}  // namespace tollgate::delivery
