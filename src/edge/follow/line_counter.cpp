#include "edge/follow/line_counter.hpp"

#include "domain/slo/cells.hpp"
#include "domain/slo/selector.hpp"
#include "edge/follow/duration_buckets.hpp"

#include <algorithm>
#include <cstring>

namespace tollgate::follow {
namespace {

constexpr size_t kStatuses = 1000;
constexpr int kServerErrorFirst = 500, kServerErrorLast = 599;
constexpr Time kTimeEnd{253'402'300'800'000};  // the year 10000

/// The labels that a row looks at: in its selectors, and for its place.
void add_names(const intake::RouteSpec& row, std::vector<std::string>& names) {
  std::vector<std::string> texts = {row.query};
  for (const std::string& bad : row.bad) {
    if (bad.find('{') != std::string::npos) texts.push_back(bad);
  }
  for (const std::string& text : texts) {
    const auto selectors = slo::parse_series_query(text);
    if (!selectors) continue;  // RouteRules::set says so
    for (const slo::Selector& selector : *selectors) {
      for (const slo::Matcher& matcher : selector.matchers) names.push_back(matcher.label);
    }
  }
  for (const std::string_view name : intake::place_labels(row)) names.emplace_back(name);
}

/// Which statuses make a line bad.
std::vector<bool> statuses_of(const intake::BadConditions& conditions) {
  std::vector<bool> out(kStatuses);
  const auto mark = [&](int first, int last) {
    for (int status = first; status <= last && status < static_cast<int>(kStatuses); ++status)
      out[static_cast<size_t>(status)] = true;
  };
  if (conditions.is_error) mark(kServerErrorFirst, kServerErrorLast);
  for (const auto& [first, last] : conditions.statuses) mark(first, last);
  return out;
}

bool holds(const std::vector<intake::CompiledMatcher>& matchers,
           std::span<const intake::Label> labels) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&](const intake::CompiledMatcher& each) { return each.holds(labels); });
}

}  // namespace

Result<LineFormat> parse_line_format(std::string_view text) {
  if (text == "json") return LineFormat(ingest::JsonLines());
  TOLLGATE_TRY(ingest::LogFormat format, ingest::LogFormat::parse(text));
  return LineFormat(std::move(format));
}

LineCounter::LineCounter(std::string source, LineFormat format,
                         const std::vector<intake::RouteSpec>& rows)
    : source_(std::move(source)), format_(std::move(format)) {
  std::vector<intake::RouteSpec> own;
  const std::string wanted = intake::source_matcher(source_);
  std::copy_if(
      rows.begin(), rows.end(), std::back_inserter(own), [&](const intake::RouteSpec& row) {
        return row.signal == intake::kLinesSignal && row.query.find(wanted) != std::string::npos;
      });
  problems_ = rules_of_policy_.set(own);
  for (uint32_t i = 0; i < rules_of_policy_.rule_count(); ++i)
    bad_statuses_.push_back(statuses_of(rules_of_policy_.rule(i).bad_conditions));
  std::visit([&](auto& each) { prepare(each, own); }, format_);
}

template <class Format>
void LineCounter::prepare(Format& format, const std::vector<intake::RouteSpec>& rows) {
  std::vector<std::string> names;
  for (const intake::RouteSpec& row : rows) add_names(row, names);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) {
    if (name == kSourceLabel) continue;
    const size_t field = format.find(name);
    if (field < format.fields().size()) labels_.emplace_back(name, field);
  }
  values_.resize(format.fields().size());
  std::vector<size_t> wanted;
  for (const auto& [name, field] : labels_) wanted.push_back(field);
  format.want(wanted);
}

size_t LineCounter::take(std::string_view bytes) {
  return std::visit([&](auto& format) { return take_with(format, bytes); }, format_);
}

template <class Format>
size_t LineCounter::take_with(Format& format, std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at < end) {
    const auto* stop =
        static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    if (stop == nullptr) break;
    const char* last = stop > at && stop[-1] == '\r' ? stop - 1 : stop;
    if (last > at) take_line(format, {at, static_cast<size_t>(last - at)});
    at = stop + 1;
  }
  return static_cast<size_t>(at - bytes.data());
}

template <class Format>
void LineCounter::take_line(Format& format, std::string_view line) {
  ++totals_.lines;
  ingest::LineHead head;
  const ingest::Refusal refusal = format.read(line, head, values_);
  if (!refusal.empty() || head.time < Time{0} || head.time >= kTimeEnd) {
    ++totals_.rejected;
    totals_.last_rejection = refusal.empty() ? "time out of range" : refusal;
    return;
  }
  const Group& group = groups_[group_of()];
  if (group.count == 0) return;
  ++totals_.counted;
  count(group, head);
}

/// The group of values_.
uint32_t LineCounter::group_of() {
  uint64_t key = 0;
  for (const auto& [name, field] : labels_) key = intake::hash_bytes(values_[field], key);
  if (key == last_key_ && last_group_ != UINT32_MAX) return last_group_;
  uint32_t group = groups_by_key_.find(key);
  if (group == intake::KeyTable::kNone) group = new_group(key);
  last_key_ = key;
  last_group_ = group;
  return group;
}

uint32_t LineCounter::new_group(uint64_t key) {
  if (groups_.size() >= kGroupsMax) {
    groups_by_key_.clear();
    groups_.clear();
    rules_.clear();
  }
  std::vector<intake::Label> labels = {{kSourceLabel, source_}};
  for (const auto& [name, field] : labels_) labels.push_back({name, values_[field]});
  std::vector<uint32_t> matched;
  rules_of_policy_.match_event(labels, intake::EventKind::line, matched);
  Group group{.first = static_cast<uint32_t>(rules_.size())};
  for (const uint32_t number : matched) {
    const intake::Rule& rule = rules_of_policy_.rule(number);
    const intake::RouteSpec& row = rules_of_policy_.row(rule);
    const intake::BadConditions& bad = rule.bad_conditions;
    Rule added{.target = target_of(row, labels), .good = rule.good, .bad = rule.bad};
    added.takes_all = row.role == intake::Role::total || bad.is_empty();
    added.wants_bad = row.role == intake::Role::bad;
    added.is_bad_anyway = std::any_of(bad.selections.begin(), bad.selections.end(),
                                      [&](const auto& each) { return holds(each, labels); });
    if (bad.slower_than_us > 0) added.slower_than_us = bad.slower_than_us;
    added.bad_status = &bad_statuses_[number];
    rules_.push_back(added);
    ++group.count;
  }
  const auto index = static_cast<uint32_t>(groups_.size());
  groups_.push_back(group);
  groups_by_key_.put(key, index);
  return index;
}

uint32_t LineCounter::target_of(const intake::RouteSpec& row,
                                std::span<const intake::Label> labels) {
  const cells::SeriesKey key = intake::key_of(row, labels);
  std::string text;
  for (const std::string* part :
       {&key.slo, &key.environment, &key.track, &key.version, &key.group}) {
    text += *part;
    text += '\0';
  }
  const auto [known, is_new] =
      target_numbers_.try_emplace(text, static_cast<uint32_t>(targets_.size()));
  if (is_new) {
    Target target;
    target.place = {.slo = key.slo,
                    .environment = key.environment,
                    .track = key.track,
                    .version = key.version,
                    .group = key.group,

                    .durations = {}};
    target.durations.resize(kDurationBuckets);
    targets_.push_back(std::move(target));
  }
  return known->second;
}

void LineCounter::count(const Group& group, const ingest::LineHead& head) {
  const int64_t slot = head.time.ms / slo::kCellLength.ms;
  for (uint32_t i = group.first; i < group.first + group.count; ++i) {
    const Rule& rule = rules_[i];
    if (!rule.takes_all) {
      if (rule.slower_than_us != INT64_MAX && head.duration_us < 0) {
        ++totals_.rejected;
        totals_.last_rejection = "no duration";
        continue;
      }
      const bool is_bad = rule.is_bad_anyway ||
                          (*rule.bad_status)[static_cast<size_t>(head.status)] ||
                          head.duration_us > rule.slower_than_us;
      if (is_bad != rule.wants_bad) continue;
    }
    Target& target = targets_[rule.target];
    add(target, slot, rule.good, rule.bad);
    if (head.duration_us < 0 || rule.good + rule.bad <= 0) continue;
    ++target.durations[duration_bucket(head.duration_us)];
    target.has_durations = true;
  }
}

void LineCounter::add(Target& target, int64_t slot, int64_t good, int64_t bad) {
  Cell& cell = target.cells[static_cast<size_t>(slot) % kCells];
  if (cell.slot != slot) {
    flush(target, cell);
    cell.slot = slot;
  }
  cell.good += good;
  cell.bad += bad;
}

void LineCounter::flush(Target& target, Cell& cell) {
  if (cell.slot >= 0 && (cell.good != 0 || cell.bad != 0)) {
    Count count = target.place;
    count.time_ms = cell.slot * slo::kCellLength.ms;
    count.good = cell.good;
    count.bad = cell.bad;
    counts_.push_back(std::move(count));
  }
  cell = {};
}

std::vector<Count> LineCounter::take_counts() {
  for (Target& target : targets_) {
    for (Cell& cell : target.cells) flush(target, cell);
    if (!target.has_durations || counts_.empty()) continue;
    // With the last cell of the place: their times are told apart by the minute at most.
    const auto own = std::find_if(counts_.rbegin(), counts_.rend(), [&](const Count& count) {
      return count.slo == target.place.slo && count.environment == target.place.environment &&
             count.track == target.place.track && count.version == target.place.version &&
             count.group == target.place.group;
    });
    if (own == counts_.rend()) continue;
    for (size_t bucket = 0; bucket < target.durations.size(); ++bucket) {
      if (target.durations[bucket] > 0)
        own->durations.emplace_back(duration_of_bucket(bucket), target.durations[bucket]);
    }
    std::fill(target.durations.begin(), target.durations.end(), 0);
    target.has_durations = false;
  }
  std::vector<Count> out = std::move(counts_);
  counts_.clear();
  std::stable_sort(out.begin(), out.end(),
                   [](const Count& a, const Count& b) { return a.time_ms < b.time_ms; });
  return out;
}

}  // namespace tollgate::follow
