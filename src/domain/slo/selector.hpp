// Which series an indicator counts: series selectors in the form of PromQL, and sums of them.
// Pure. Source of the syntax: prometheus.io/docs, "Querying basics".
#pragma once

#include "foundation/base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::slo {

enum class MatchOp { equal, not_equal, matches, not_matches };

/// One condition on a label. A label that is missing has the empty value.
struct Matcher {
  std::string label;
  MatchOp op = MatchOp::equal;
  std::string value;  // a text, or an RE2 pattern that must match the whole value
  friend bool operator==(const Matcher&, const Matcher&) = default;
};

/// All conditions must hold. The metric's name is the label __name__.
struct Selector {
  std::vector<Matcher> matchers;
  /// The name that the selector demands; empty if it names none.
  std::string_view metric_name() const;
  friend bool operator==(const Selector&, const Selector&) = default;
};

inline constexpr size_t kSelectorsMax = 100;  // of one query
inline constexpr size_t kMatchersMax = 64;    // of one selector

/// The selectors whose increases a query adds up. Taken are a selector `requests{code=~"5.."}`, the
/// same in rate(...[5m]) or increase(...[{{.window}}]), in sum(...), and sums of all these with
/// "+"; the range does not matter, since the window is asked for later. Patterns are not compiled
/// here. Errors: bad_query with the place.
Result<std::vector<Selector>> parse_series_query(std::string_view query);

}  // namespace tollgate::slo
