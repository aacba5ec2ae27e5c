// The report on one project: its figures, their course over periods, and what to be careful about.
// Pure: readers of repositories and exports hand in what they found.
#pragma once

#include "domain/delivery/figures.hpp"
#include "domain/delivery/period.hpp"

namespace tollgate::delivery {

enum class CaveatCode {
  cut_history,        // a shallow clone or a partial export
  no_releases,        // no tag is a version behind the prefix
  squashed,           // subjects end in "(#123)": their lead time begins at the merge
  rewritten,          // committed at least an hour after they were written: rebased or amended
  negative,           // begun after their release by the clock, left out
  failures_by_proxy,  // only reverts say that a release failed
};
struct Caveat {
  CaveatCode code;
  int64_t count = 0;
  int64_t of = 0;
};
std::string_view caveat_name(CaveatCode code);
/// One sentence.
std::string caveat_words(const Caveat& caveat);

struct PeriodFigures {
  Period period = {};
  Figures figures = {};
};

struct ProjectReport {
  std::string source = {};  // "git", "export"
  std::string place = {};   // path
  int64_t commits = 0;
  FigureRules rules = {};
  Figures figures = {};
  std::vector<PeriodFigures> trend = {};
  std::vector<Caveat> caveats = {};
  /// Of figures.failures.links, in their order.
  struct Failure {
    std::string release = {};
    std::string fixed_in = {};
    std::string commit = {};  // identifiers in hex
    std::string by = {};
    RevertEvidence evidence = {};
  };
  std::vector<Failure> failures = {};
};
std::string_view revert_evidence_name(RevertEvidence evidence);

/// Figures of the whole window and of each period in it.
ProjectReport report_on(const Project& project, const FigureRules& rules,
                        std::optional<PeriodLength> by);
/// What the history says about its own lead times, of the commits that are counted and released.
std::vector<Caveat> caveats_of(const Project& project, const Figures& figures,
                               const std::vector<bool>& is_squashed, bool is_cut);

}  // namespace tollgate::delivery
