#include "edge/intake/route_rules.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tollgate::intake {
namespace {

constexpr int64_t kPatternBytesMax = 1024 * 1024;
constexpr std::string_view kBucketLabel = "le";
constexpr std::string_view kBucketSuffix = "_bucket";
constexpr std::array<std::string_view, 5> kStatusLabels = {
    "http.response.status_code", "http.status_code", "http_status_code", "status", "status_code"};

class Re2Pattern : public Pattern {
 public:
  static Result<std::unique_ptr<Pattern>> compile(const std::string& text) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternBytesMax);
    auto pattern = std::make_unique<Re2Pattern>(text, options);
    if (!pattern->expression_.ok()) {
      return fail(codes::bad_query, "the pattern \"{}\" is not one of RE2: {}", text,
                  pattern->expression_.error());
    }
    return pattern;
  }
  Re2Pattern(const std::string& text, const re2::RE2::Options& options)
      : expression_(text, options) {}
  bool matches(std::string_view text) const override {
    return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), expression_);
  }

 private:
  re2::RE2 expression_;
};

Result<std::vector<CompiledMatcher>> compile(const std::vector<slo::Matcher>& matchers) {
  std::vector<CompiledMatcher> compiled;
  for (const slo::Matcher& matcher : matchers) {
    CompiledMatcher& added = compiled.emplace_back(CompiledMatcher{matcher, nullptr});
    const bool has_pattern =
        matcher.op == slo::MatchOp::matches || matcher.op == slo::MatchOp::not_matches;
    if (!has_pattern) continue;
    TOLLGATE_TRY(added.pattern, Re2Pattern::compile(matcher.value));
  }
  return compiled;
}

bool all_hold(const std::vector<CompiledMatcher>& matchers, std::span<const Label> labels) {
  for (const CompiledMatcher& matcher : matchers) {
    if (!matcher.holds(labels)) return false;
  }
  return true;
}

uint64_t index_key(std::string_view label, std::string_view value) {
  const uint64_t key = hash_bytes(value, hash_bytes(label));
  return key == 0 ? 1 : key;
}

constexpr std::array<std::string_view, 3> kTrackLabels = {"track", "deployment_track",
                                                          "rollout_track"};
constexpr std::array<std::string_view, 4> kVersionLabels = {"version", "app_version",
                                                            "service_version", "service.version"};
constexpr std::array<std::string_view, 6> kEnvironmentLabels = {"environment",
                                                                "env",
                                                                "deployment_environment",
                                                                "deployment_environment_name",
                                                                "deployment.environment",
                                                                "deployment.environment.name"};

template <size_t size>
std::string_view place_of(std::span<const Label> labels, const std::string& name,
                          const std::array<std::string_view, size>& usual) {
  if (!name.empty()) return value_of(labels, name);
  for (const std::string_view each : usual) {
    if (const std::string_view value = value_of(labels, each); !value.empty()) return value;
  }
  return {};
}

template <size_t size>
void add_labels(const std::string& name, const std::array<std::string_view, size>& usual,
                std::vector<std::string_view>& out) {
  if (!name.empty()) {
    out.emplace_back(name);
  } else {
    out.insert(out.end(), usual.begin(), usual.end());
  }
}

/// "5xx", "429", "500-504".
Result<std::pair<int, int>> parse_statuses(std::string_view text) {
  const auto number = [](std::string_view digits, int& out) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc{} && end == digits.data() + digits.size() && out >= 0 && out <= 999;
  };
  int low = 0;
  int high = 0;
  if (text.size() == 3 && text.substr(1) == "xx" && number(text.substr(0, 1), low))
    return std::pair{low * 100, low * 100 + 99};
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos && number(text, low)) return std::pair{low, low};
  if (dash != std::string_view::npos && number(text.substr(0, dash), low) &&
      number(text.substr(dash + 1), high) && low <= high)
    return std::pair{low, high};
  return fail(codes::bad_query,
              "\"{}\" is no condition of bad events; write error, a status such as 5xx or 500-504, "
              "or labels",
              text);
}

Result<void> add_condition(std::string_view text, BadConditions& conditions) {
  if (text == "error") {
    conditions.is_error = true;
    return {};
  }
  if (text.find('{') != std::string_view::npos) {
    TOLLGATE_TRY(const std::vector<slo::Selector> selectors, slo::parse_series_query(text));
    for (const slo::Selector& selector : selectors) {
      TOLLGATE_TRY(std::vector<CompiledMatcher> matchers, compile(selector.matchers));
      conditions.selections.push_back(std::move(matchers));
    }
    return {};
  }
  for (const std::string_view part : split(text, ',')) {
    TOLLGATE_TRY(const auto range, parse_statuses(trim(part)));
    conditions.statuses.push_back(range);
  }
  return {};
}

bool has_bad_status(const BadConditions& conditions, std::span<const Label> labels) {
  if (conditions.statuses.empty()) return false;
  for (const std::string_view name : kStatusLabels) {
    const std::string_view text = value_of(labels, name);
    int status = 0;
    if (text.empty() ||
        std::from_chars(text.data(), text.data() + text.size(), status).ec != std::errc{})
      continue;
    for (const auto& [low, high] : conditions.statuses) {
      if (low <= status && status <= high) return true;
    }
  }
  return false;
}

bool is_bad(const BadConditions& conditions, const Event& event, std::span<const Label> labels) {
  if (conditions.is_error && event.is_error) return true;
  if (conditions.slower_than_us > 0 && event.duration_us > conditions.slower_than_us) return true;
  if (has_bad_status(conditions, labels)) return true;
  for (const std::vector<CompiledMatcher>& selection : conditions.selections) {
    if (all_hold(selection, labels)) return true;
  }
  return false;
}

struct Factors {
  int8_t good = 0;
  int8_t bad = 0;
};

/// What one event of a role adds. The partner of a total takes back what the total added.
Factors factors_of(const RouteSpec& row) {
  switch (row.role) {
    case Role::good:
      return {1, -1};
    case Role::bad:
      return {-1, 1};
    case Role::total:
      return row.is_beside_bad ? Factors{1, 0} : Factors{0, 1};
    case Role::threshold:
    case Role::up:
      break;
  }
  return {};
}

bool is_upper_limit(model::Operator op) {
  return op == model::Operator::lte || op == model::Operator::lt;
}

/// The selector with another metric name.
slo::Selector renamed(slo::Selector selector, const std::string& name) {
  for (slo::Matcher& matcher : selector.matchers) {
    if (matcher.label == kNameLabel && matcher.op == slo::MatchOp::equal) matcher.value = name;
  }
  return selector;
}

}  // namespace

std::string_view value_of(std::span<const Label> labels, std::string_view name) {
  for (const Label& label : labels) {
    if (label.name == name) return label.value;
  }
  return {};
}

cells::SeriesKey key_of(const RouteSpec& row, std::span<const Label> labels) {
  cells::SeriesKey key;
  key.slo = row.slo;
  key.environment = place_of(labels, row.environment, kEnvironmentLabels);
  key.track = place_of(labels, row.track, kTrackLabels);
  key.version = place_of(labels, row.version, kVersionLabels);
  if (!row.group.empty()) key.group = value_of(labels, row.group);
  return key;
}

std::vector<std::string_view> place_labels(const RouteSpec& row) {
  std::vector<std::string_view> names;
  add_labels(row.environment, kEnvironmentLabels, names);
  add_labels(row.track, kTrackLabels, names);
  add_labels(row.version, kVersionLabels, names);
  if (!row.group.empty()) names.emplace_back(row.group);
  return names;
}

bool CompiledMatcher::holds(std::span<const Label> labels) const {
  const std::string_view value = value_of(labels, matcher.label);
  switch (matcher.op) {
    case slo::MatchOp::equal:
      return value == matcher.value;
    case slo::MatchOp::not_equal:
      return value != matcher.value;
    case slo::MatchOp::matches:
      return pattern->matches(value);
    case slo::MatchOp::not_matches:
      return !pattern->matches(value);
  }
  return false;
}

Problems RouteRules::set(const std::vector<RouteSpec>& rows) {
  rows_ = rows;
  rules_.clear();
  Problems problems;
  for (uint32_t row = 0; row < rows_.size(); ++row) {
    const size_t before = rules_.size();
    if (const auto added = add_row(row); !added) {
      rules_.resize(before);
      Error error = added.error();
      error.message = fmt::format("{}: {}", rows_[row].slo, error.message);
      if (problems.size() < kProblemsMax) problems.push_back(std::move(error));
    }
  }
  build_index();
  return problems;
}

Result<void> RouteRules::add_row(uint32_t row) {
  const RouteSpec& spec = rows_[row];
  TOLLGATE_TRY(const std::vector<slo::Selector> selectors, slo::parse_series_query(spec.query));
  const Factors factors = factors_of(spec);
  for (const slo::Selector& selector : selectors) {
    if (spec.role != Role::threshold) {
      const RuleForm form = spec.role == Role::up            ? RuleForm::target
                            : spec.kind == RouteKind::events ? RuleForm::event
                                                             : RuleForm::counter;
      TOLLGATE_CHECK(add_rule(row, selector, form, factors.good, factors.bad));
      continue;
    }
    std::string name(selector.metric_name());
    if (name.empty()) return fail(codes::bad_query, "a threshold needs the name of a histogram");
    if (name.ends_with(kBucketSuffix)) name.resize(name.size() - kBucketSuffix.size());
    const slo::Selector buckets = renamed(selector, name + std::string(kBucketSuffix));
    // Observations up to the bound are good (or, for a lower limit, bad); the bucket of everything
    // adds all to the other side, from which the first takes its own back.
    const int8_t under = is_upper_limit(spec.op) ? 1 : -1;
    const int8_t other = static_cast<int8_t>(-under);
    TOLLGATE_CHECK(add_rule(row, buckets, RuleForm::bucket, under, other));
    TOLLGATE_CHECK(
        add_rule(row, buckets, RuleForm::bucket_total, under > 0 ? 0 : 1, under > 0 ? 1 : 0));
    TOLLGATE_CHECK(add_rule(row, renamed(selector, name), RuleForm::native, 1, 1));
  }
  return {};
}

Result<void> RouteRules::add_rule(uint32_t row, const slo::Selector& selector, RuleForm form,
                                  int8_t good, int8_t bad) {
  Rule rule{
      .row = row, .form = form, .good = good, .bad = bad, .matchers = {}, .bad_conditions = {}};
  TOLLGATE_TRY(rule.matchers, compile(selector.matchers));
  const RouteSpec& spec = rows_[row];
  for (const std::string& text : spec.bad) {
    TOLLGATE_CHECK(add_condition(text, rule.bad_conditions));
  }
  rule.bad_conditions.slower_than_us = spec.slower_than.ms * 1000;
  rules_.push_back(std::move(rule));
  return {};
}

void RouteRules::build_index() {
  series_index_.clear();
  event_index_.clear();
  // Of the texts that a rule demands, the one that the fewest rules demand finds it soonest.
  std::unordered_map<uint64_t, size_t> uses;
  for (const Rule& rule : rules_) {
    for (const CompiledMatcher& each : rule.matchers) {
      if (each.matcher.op == slo::MatchOp::equal)
        ++uses[index_key(each.matcher.label, each.matcher.value)];
    }
  }
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    uint64_t best = 0;
    for (const CompiledMatcher& each : rules_[i].matchers) {
      if (each.matcher.op != slo::MatchOp::equal || each.matcher.value.empty()) continue;
      const uint64_t key = index_key(each.matcher.label, each.matcher.value);
      if (best == 0 || uses[key] < uses[best]) best = key;
    }
    (rules_[i].form == RuleForm::event ? event_index_ : series_index_)[best].push_back(i);
  }
}

bool RouteRules::fits_form(const Rule& rule, std::span<const Label> labels) const {
  if (rule.form != RuleForm::bucket && rule.form != RuleForm::bucket_total) return true;
  const std::string_view text = value_of(labels, kBucketLabel);
  if (rule.form == RuleForm::bucket_total) return text == "+Inf";
  double bound = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bound);
  return error == std::errc{} && end == text.data() + text.size() && bound == rows_[rule.row].value;
}

void RouteRules::match(const Index& index, std::span<const Label> labels,
                       std::vector<uint32_t>& rules) const {
  const auto take = [&](uint64_t key) {
    const auto found = index.find(key);
    if (found == index.end()) return;
    for (const uint32_t each : found->second) {
      if (fits_form(rules_[each], labels) && all_hold(rules_[each].matchers, labels))
        rules.push_back(each);
    }
  };
  take(0);
  for (const Label& label : labels) take(index_key(label.name, label.value));
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
}

void RouteRules::match_series(std::span<const Label> labels, std::vector<uint32_t>& rules) const {
  match(series_index_, labels, rules);
}

void RouteRules::match_event(std::span<const Label> labels, EventKind kind,
                             std::vector<uint32_t>& rules) const {
  match(event_index_, labels, rules);
  std::erase_if(rules, [&](uint32_t each) {
    const std::string& signal = rows_[rules_[each].row].signal;
    if (kind == EventKind::line || signal == kLinesSignal)
      return (kind == EventKind::line) != (signal == kLinesSignal);
    return !signal.empty() && (kind == EventKind::span) != (signal == "traces");
  });
}

bool RouteRules::takes(const Rule& rule, const Event& event, std::span<const Label> labels) const {
  const Role role = rows_[rule.row].role;
  if (role == Role::total || rule.bad_conditions.is_empty()) return true;
  return is_bad(rule.bad_conditions, event, labels) == (role == Role::bad);
}

}  // namespace tollgate::intake
