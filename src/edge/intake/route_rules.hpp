// The rows of a routing table, compiled: patterns, factors, and an index by metric name and label
// value, so that finding the rows of a new series does not depend on how many SLOs there are.
// Constant after set().
#pragma once

#include "domain/slo/selector.hpp"
#include "edge/cells/series_key.hpp"
#include "edge/intake/batch.hpp"
#include "edge/intake/route_spec.hpp"

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tollgate::intake {

/// A pattern of a selector; the regular-expression library stays in the .cpp.
class Pattern {
 public:
  virtual ~Pattern() = default;
  virtual bool matches(std::string_view text) const = 0;
};

struct CompiledMatcher {
  slo::Matcher matcher;
  std::unique_ptr<Pattern> pattern;  // of a =~ or !~
  bool holds(std::span<const Label> labels) const;
};

/// Which series or events a rule takes, beside its conditions.
enum class RuleForm : uint8_t {
  counter,       // any series: its increase
  bucket,        // a classic bucket whose bound is the threshold
  bucket_total,  // the classic bucket that holds everything
  native,        // a native histogram
  target,        // whether a target answers
  event,
};

/// Conditions of which one makes an event bad.
struct BadConditions {
  bool is_error = false;
  std::vector<std::pair<int, int>> statuses;  // ranges, both ends included
  std::vector<std::vector<CompiledMatcher>> selections;
  int64_t slower_than_us = 0;  // 0: no such condition
  bool is_empty() const {
    return !is_error && statuses.empty() && selections.empty() && slower_than_us == 0;
  }
};

/// One selector of one row. An increase of n adds n*good and n*bad to the cells.
struct Rule {
  uint32_t row = 0;  // in the table
  RuleForm form = RuleForm::counter;
  int8_t good = 0;
  int8_t bad = 0;
  std::vector<CompiledMatcher> matchers;
  BadConditions bad_conditions;  // of events
};

class RouteRules {
 public:
  /// Compiles the rows; those that cannot be are left out and named in the answer.
  Problems set(const std::vector<RouteSpec>& rows);

  /// The rules that take a series with these labels, ascending and each once.
  void match_series(std::span<const Label> labels, std::vector<uint32_t>& rules) const;
  /// The rules that take an event, by its labels alone.
  void match_event(std::span<const Label> labels, EventKind kind,
                   std::vector<uint32_t>& rules) const;
  /// Whether the event belongs to the rule's side: to a bad rule if it is bad, to a good one if
  /// not.
  bool takes(const Rule& rule, const Event& event, std::span<const Label> labels) const;

  const Rule& rule(uint32_t index) const { return rules_[index]; }
  const RouteSpec& row(const Rule& rule) const { return rows_[rule.row]; }
  size_t row_count() const { return rows_.size(); }
  uint32_t rule_count() const { return static_cast<uint32_t>(rules_.size()); }
  bool has_events() const { return !event_index_.empty(); }

 private:
  /// Rules by the hash of one label and its value that they demand; 0: those that demand none.
  using Index = std::unordered_map<uint64_t, std::vector<uint32_t>>;

  Result<void> add_row(uint32_t row);
  Result<void> add_rule(uint32_t row, const slo::Selector& selector, RuleForm form, int8_t good,
                        int8_t bad);
  void build_index();
  void match(const Index& index, std::span<const Label> labels, std::vector<uint32_t>& rules) const;
  bool fits_form(const Rule& rule, std::span<const Label> labels) const;

  std::vector<RouteSpec> rows_;
  std::vector<Rule> rules_;
  Index series_index_;
  Index event_index_;
};

/// The value of a label; empty if it is missing.
std::string_view value_of(std::span<const Label> labels, std::string_view name);

/// The cells that labels name for a row: environment, track and so on, from the labels that the row
/// says or the usual ones.
cells::SeriesKey key_of(const RouteSpec& row, std::span<const Label> labels);
/// The labels that key_of looks at.
std::vector<std::string_view> place_labels(const RouteSpec& row);

}  // namespace tollgate::intake
