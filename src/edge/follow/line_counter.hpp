// Lines of an access log counted for SLOs as they are read. Lines that agree in everything that the
// selectors of the SLOs look at form a group; a group's rules are found once, so that a line costs
// its reading, one look-up and a few additions. Not thread-safe.
#pragma once

#include "edge/ingest/json_lines.hpp"
#include "edge/ingest/log_format.hpp"
#include "edge/intake/key_table.hpp"
#include "edge/intake/route_rules.hpp"

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tollgate::follow {

inline constexpr size_t kGroupsMax = 10'000;  // beyond it they are found anew

/// The label under which a rule asks for the DataSource.
inline constexpr std::string_view kSourceLabel = "source";

using LineFormat = std::variant<ingest::LogFormat, ingest::JsonLines>;
/// "json", or what LogFormat::parse takes. Errors: bad_value.
Result<LineFormat> parse_line_format(std::string_view text);

/// Counts of one place of one SLO in one cell.
struct Count {
  std::string slo = {}, environment = {}, track = {}, version = {}, group = {};
  int64_t time_ms = 0;  // start of the cell
  int64_t good = 0;
  int64_t bad = 0;
  /// How long requests took: microseconds rounded to a bucket of 2.2 %, and how many.
  std::vector<std::pair<int64_t, int64_t>> durations = {};
};

struct LineTotals {
  int64_t lines = 0;
  int64_t counted = 0;   // for at least one SLO
  int64_t rejected = 0;  // that are no lines of the format
  std::string last_rejection;
};

class LineCounter {
 public:
  /// `source` is the name of the DataSource; rows that do not ask for it are left out.
  LineCounter(std::string source, LineFormat format, const std::vector<intake::RouteSpec>& rows);
  /// Rows that could not be compiled.
  const Problems& problems() const { return problems_; }

  /// Counts the whole lines of `bytes`; gives how many bytes they take.
  size_t take(std::string_view bytes);
  /// What was counted since the last call, in no particular order of places, ascending in time.
  std::vector<Count> take_counts();
  const LineTotals& totals() const { return totals_; }

 private:
  struct Rule {
    uint32_t target = 0;
    int8_t good = 0;  // what a line adds that the rule takes
    int8_t bad = 0;
    bool takes_all = false;
    bool wants_bad = false;
    bool is_bad_anyway = false;  // by the group's own labels
    int64_t slower_than_us = INT64_MAX;
    const std::vector<bool>* bad_status = nullptr;
  };
  struct Group {
    uint32_t first = 0;  // in rules_
    uint32_t count = 0;
  };
  struct Cell {
    int64_t slot = -1;
    int64_t good = 0;
    int64_t bad = 0;
  };
  static constexpr size_t kCells = 16;  // neighbours in time wait in a small table
  struct Target {
    Count place;
    std::array<Cell, kCells> cells;
    std::vector<int32_t> durations;  // by bucket
    bool has_durations = false;
  };

  template <class Format>
  size_t take_with(Format& format, std::string_view bytes);
  template <class Format>
  void take_line(Format& format, std::string_view line);
  template <class Format>
  void prepare(Format& format, const std::vector<intake::RouteSpec>& rows);
  uint32_t group_of();
  uint32_t new_group(uint64_t key);
  uint32_t target_of(const intake::RouteSpec& row, std::span<const intake::Label> labels);
  void count(const Group& group, const ingest::LineHead& head);
  void add(Target& target, int64_t slot, int64_t good, int64_t bad);
  void flush(Target& target, Cell& cell);

  std::string source_;
  LineFormat format_;
  intake::RouteRules rules_of_policy_;
  Problems problems_;
  std::vector<std::vector<bool>> bad_statuses_;         // by rule of rules_of_policy_
  std::vector<std::pair<std::string, size_t>> labels_;  // that matter, and their fields
  std::vector<std::string_view> values_;
  intake::KeyTable groups_by_key_;
  std::vector<Group> groups_;
  std::vector<Rule> rules_;
  std::vector<Target> targets_;
  std::map<std::string, uint32_t> target_numbers_;
  std::vector<Count> counts_;
  LineTotals totals_;
  uint64_t last_key_ = 0;
  uint32_t last_group_ = UINT32_MAX;
};

}  // namespace tollgate::follow
