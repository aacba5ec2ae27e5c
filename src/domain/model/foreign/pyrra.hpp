// Files of Pyrra (pyrra.dev/v1alpha1, ServiceLevelObjective), and the form that they and Sloth's
// share on their way to ours. Source: pyrra-dev/pyrra, kubernetes/api/v1alpha1.
#pragma once

#include "domain/model/kind.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tollgate::model {

/// Queries with {{.window}}. Either total with good or bad, or a ratio (with total as its weight).
struct ForeignSli {
  std::string good = {};
  std::string bad = {};
  std::string total = {};
  std::string ratio = {};
  bool is_failure = false;  // the ratio counts failures
};

struct ForeignAlert {
  std::string severity = {};
  std::string rules = {};  // rule set
  double threshold = 0;
  std::string window = {};
  bool on_burn = true;
  bool on_silence = false;
};

struct ForeignSlo {
  std::string tool = {};  // "sloth", "pyrra"
  std::string service = {};
  std::string name = {};
  std::string description = {};
  double percent = 0;
  std::string window = {};
  ForeignSli sli = {};
  std::vector<ForeignAlert> alerts = {};
  Mark mark = {};
};

bool is_pyrra(const doc::Node& node);
/// Unset after an error. Groupings are summed over: an SLO here has one budget.
std::optional<ForeignSlo> read_pyrra(const doc::Node& node, ProblemSink& errors,
                                     ProblemSink& warnings);

}  // namespace tollgate::model
