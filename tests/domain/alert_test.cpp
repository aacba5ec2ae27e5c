// Alert rules: when they go on, why they stay off, when they go off again, and what they say.
#include "domain/slo/alert_lint.hpp"
#include "domain/slo/alert_rules.hpp"
#include "domain/slo/alert_words.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>

namespace tollgate::slo {
namespace {

constexpr Time kNow{1'772'445'600'000};  // 2026-03-02T10:00Z

Objective objective(int64_t target_ppm = 999'000, Duration period = days(30)) {
  return {.slo = "pay/availability", .target = {target_ppm}, .window = rolling(period)};
}

AlertRule page_rule() {
  AlertRule rule = standard_rule(objective(), RuleSet::defaults, "page");
  rule.slo = "pay/availability";
  rule.name = "burn";
  return rule;
}

/// The same counts in every window, in proportion to nothing: enough to drive a rule.
struct Feed {
  std::vector<PairCounts> pairs;
  AlertInput input(const AlertRule& rule, Counts short_counts, Counts long_counts) {
    pairs.assign(rule.pairs.size(), {short_counts, long_counts});
    return {.pairs = pairs, .fresh = {}, .events_in_30_days = 1e6, .newest = kNow};
  }
};

TEST(alert, goes_on_once_and_off_only_after_calm_for_the_hold_time) {
  const AlertRule rule = page_rule();
  Feed feed;
  AlertState state;
  const Counts bad{.good = 950, .bad = 50};
  const Counts calm{.good = 1000, .bad = 0};
  AlertStep first = step(rule, state, feed.input(rule, bad, bad), kNow);
  EXPECT_EQ(first.change, AlertChange::raised);
  EXPECT_EQ(first.state.reason, AlertReason::burn);
  AlertStep again = step(rule, first.state, feed.input(rule, bad, bad), kNow + minutes(1));
  EXPECT_EQ(again.change, AlertChange::none);
  AlertStep resting = step(rule, again.state, feed.input(rule, calm, bad), kNow + minutes(2));
  EXPECT_EQ(resting.change, AlertChange::none);
  EXPECT_TRUE(resting.state.is_on);
  // A relapse within the hold time is the same alert.
  AlertStep relapse = step(rule, resting.state, feed.input(rule, bad, bad), kNow + minutes(5));
  EXPECT_EQ(relapse.change, AlertChange::none);
  AlertStep calmer = step(rule, relapse.state, feed.input(rule, calm, bad), kNow + minutes(6));
  AlertStep off = step(rule, calmer.state, feed.input(rule, calm, bad), kNow + minutes(11));
  EXPECT_EQ(off.change, AlertChange::cleared);
  EXPECT_FALSE(off.state.is_on);
}

TEST(alert, stays_on_between_the_clear_threshold_and_the_limit) {
  const AlertRule rule = page_rule();
  Feed feed;
  const Counts bad{.good = 9000, .bad = 1000};
  AlertStep on = step(rule, {}, feed.input(rule, bad, bad), kNow);
  ASSERT_TRUE(on.state.is_on);
  // 13x and 5.4x are below the limits 14.4x and 6x, but not below four fifths of them.
  const Counts between{.good = 98'700, .bad = 1'300};
  AlertStep still = step(rule, on.state, feed.input(rule, between, between), kNow + minutes(30));
  EXPECT_TRUE(still.state.is_on);
  EXPECT_FALSE(still.state.calm_since.has_value());
}

TEST(alert, thin_evidence_raises_nothing) {
  const AlertRule rule = page_rule();
  Feed feed;
  const Counts one{.good = 9, .bad = 1};
  const AlertStep quiet = step(rule, {}, feed.input(rule, one, one), kNow);
  EXPECT_EQ(quiet.change, AlertChange::none);
  EXPECT_EQ(quiet.worst.state, BurnState::thin);
}

TEST(alert, an_exclusion_silences_and_rests_the_chart) {
  const AlertRule rule = page_rule();
  Feed feed;
  const Counts bad{.good = 0, .bad = 500};
  const Span maintenance{kNow - minutes(5), kNow + minutes(5)};
  AlertInput input = feed.input(rule, bad, bad);
  input.exclusions = std::span(&maintenance, 1);
  input.fresh = bad;
  const AlertStep during = step(rule, {}, input, kNow);
  EXPECT_EQ(during.change, AlertChange::none);
  EXPECT_TRUE(during.is_excluded);
  EXPECT_EQ(highest(during.state.levels), 0);
  EXPECT_EQ(step(rule, during.state, input, kNow + minutes(5)).change, AlertChange::raised);
}

TEST(alert, a_jump_is_found_by_the_chart_before_the_long_window_is_over) {
  const AlertRule rule = page_rule();
  Feed feed;
  const Counts jump{.good = 70, .bad = 12};
  AlertInput input = feed.input(rule, jump, {.good = 100'000, .bad = 12});
  input.fresh = jump;
  const AlertStep found = step(rule, {}, input, kNow);
  EXPECT_EQ(found.change, AlertChange::raised);
  EXPECT_EQ(found.state.reason, AlertReason::fast);
}

TEST(alert, silence_alerts_only_where_the_policy_asks_for_it) {
  AlertRule rule = page_rule();
  Feed feed;
  AlertInput input = feed.input(rule, {}, {});
  input.newest = kNow - hours(1);
  EXPECT_EQ(step(rule, {}, input, kNow).change, AlertChange::none);
  rule.no_data_after = minutes(10);
  const AlertStep silent = step(rule, {}, input, kNow);
  EXPECT_EQ(silent.change, AlertChange::raised);
  EXPECT_EQ(silent.state.reason, AlertReason::no_data);
  input.newest = std::nullopt;  // a source that never spoke is not one that fell silent
  EXPECT_EQ(step(rule, {}, input, kNow).change, AlertChange::none);
}

TEST(alert, what_never_came_alerts_as_silence_does_once_it_is_due_for_so_long) {
  AlertRule rule = page_rule();
  rule.no_data_after = minutes(10);
  Feed feed;
  AlertInput input = feed.input(rule, {}, {});
  input.newest = std::nullopt;
  input.awaited_since = kNow - minutes(9);
  EXPECT_EQ(step(rule, {}, input, kNow).change, AlertChange::none);
  EXPECT_EQ(next_change(rule, {}, silent_since(input, kNow), kNow),
            kNow + minutes(1) + milliseconds(1));
  const AlertStep on = step(rule, {}, input, kNow + minutes(2));
  EXPECT_EQ(on.change, AlertChange::raised);
  EXPECT_EQ(on.state.reason, AlertReason::no_data);
  EXPECT_NE(raised_words(raised_record(rule, on, {}, {})).find("check the names in its SLI"),
            std::string::npos);
  // Only data clear it, and then the calm time passes.
  EXPECT_EQ(step(rule, on.state, input, kNow + hours(2)).change, AlertChange::none);
  input.newest = kNow + hours(2);
  AlertStep calm = step(rule, on.state, input, kNow + hours(2));
  input.newest = kNow + hours(3);
  EXPECT_EQ(step(rule, calm.state, input, kNow + hours(3)).change, AlertChange::cleared);
}

TEST(alert, silence_does_not_count_before_the_end_of_an_exclusion) {
  AlertRule rule = page_rule();
  rule.no_data_after = minutes(10);
  Feed feed;
  AlertInput input = feed.input(rule, {}, {});
  const Span maintenance{kNow - hours(1), kNow};
  input.exclusions = std::span(&maintenance, 1);
  for (const bool has_ever_come : {true, false}) {
    (has_ever_come ? input.newest : input.awaited_since) = kNow - hours(2);
    (has_ever_come ? input.awaited_since : input.newest).reset();
    EXPECT_EQ(silent_since(input, kNow - minutes(30)), kNow - minutes(30)) << "inside it";
    EXPECT_EQ(silent_since(input, kNow + minutes(5)), kNow);
    EXPECT_EQ(step(rule, {}, input, kNow).change, AlertChange::none);
    EXPECT_EQ(step(rule, {}, input, kNow + minutes(10)).change, AlertChange::none);
    EXPECT_EQ(step(rule, {}, input, kNow + minutes(11)).change, AlertChange::raised);
  }
  AlertState on{.is_on = true, .reason = AlertReason::no_data, .since = kNow - minutes(90)};
  const AlertStep still = step(rule, on, input, kNow);
  EXPECT_TRUE(still.state.is_on && !still.state.calm_since) << "only data are a sign of calm";
}

TEST(alert, a_pair_with_a_hold_goes_on_only_when_it_lasted) {
  AlertRule rule = standard_rule(objective(), RuleSet::pyrra, "page");
  Feed feed;
  const Counts bad{.good = 950, .bad = 50};
  const AlertStep first = step(rule, {}, feed.input(rule, bad, bad), kNow);
  EXPECT_EQ(first.change, AlertChange::none);
  EXPECT_EQ(step(rule, first.state, feed.input(rule, bad, bad), kNow + minutes(2)).change,
            AlertChange::raised);
}

TEST(alert, pyrra_scales_windows_where_sloth_scales_limits) {
  const auto four_weeks = burn_pairs_scaled(days(28));
  ASSERT_EQ(four_weeks.size(), 4u);
  const std::array<std::array<int64_t, 4>, 4> want = {
      {{5, 60, 14'000, 2}, {30, 360, 7'000, 15}, {120, 1440, 2'000, 60}, {360, 5760, 1'000, 180}}};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(four_weeks[i].short_window, minutes(want[i][0])) << i;
    EXPECT_EQ(four_weeks[i].long_window, minutes(want[i][1])) << i;
    EXPECT_EQ(four_weeks[i].limit.thousandths, want[i][2]) << i;
    EXPECT_EQ(four_weeks[i].after, minutes(want[i][3])) << i;
  }
  const auto week = burn_pairs_scaled(days(7));
  EXPECT_EQ(week[0].short_window, minutes(1));
  EXPECT_EQ(week[0].long_window, minutes(15));
  EXPECT_EQ(week[1].short_window, minutes(8));
  EXPECT_EQ(week[1].long_window, minutes(90));
  EXPECT_EQ(week[3].long_window, days(1));
}

TEST(alert, words_say_share_time_left_and_counts) {
  const AlertRule rule = page_rule();
  const Counts counts{.good = 3106, .bad = 14};
  const PairCounts pair{.short_counts = counts, .long_counts = counts};
  const std::vector<PairCounts> pairs(rule.pairs.size(), pair);
  const AlertStep raised = step(rule, {}, {.pairs = pairs}, kNow);
  ASSERT_EQ(raised.change, AlertChange::none) << "4.5x is below the limit";
  const auto words = [&](int64_t left) {
    return raised_words(raised_record(rule, raised, Ppm{left}, std::nullopt));
  };
  EXPECT_EQ(words(300'000), "0.62 % of the budget in the last 1 h; empty in 2 d; 14 bad of 3,120");
  EXPECT_EQ(words(-1),
            "0.62 % of the budget in the last 1 h; nothing is left of it; 14 bad of 3,120");
}

TEST(alert, the_fingerprint_names_the_alert_not_its_limits) {
  AlertRule rule = page_rule();
  const std::string before = rule.fingerprint();
  rule.pairs.clear();
  EXPECT_EQ(rule.fingerprint(), before);
  rule.environment = "production";
  EXPECT_NE(rule.fingerprint(), before);
}

TEST(cusum, follows_the_formula_of_bernoulli_charts) {
  const CusumChart chart = cusum_chart(0.001, 0.0144);
  EXPECT_NEAR(chart.bad_step, 2.667228, 1e-6);     // ln 14.4
  EXPECT_NEAR(chart.good_step, -0.0135042, 1e-6);  // ln(0.9856 / 0.999)
  const Cusum cusum = make_single_cusum(0.001, 0.0144, 8);
  const CusumLevels up = advance(cusum, {}, {.good = 0, .bad = 3});
  EXPECT_NEAR(highest(up), 3 * chart.bad_step, 1e-12);
  EXPECT_EQ(highest(advance(cusum, up, {.good = 10'000, .bad = 0})), 0);
  EXPECT_NEAR(cusum_limit(720'000), 13.4870 - kCusumSlack, 1e-3);
}

model::Bundle bundle_of(std::string_view alert_policy, std::string_view condition,
                        std::string_view labels = "", std::string_view target = "0.999") {
  const model::SourceText source{.file = "policy.yaml",
                                 .text = fmt::format(R"(apiVersion: openslo/v1
kind: Service
metadata: {{name: pay}}
spec: {{description: Pays.}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: availability{}}}
spec:
  service: pay
  indicator:
    metadata: {{name: i}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: cells, spec: {{query: good}}}}}}
        total: {{metricSource: {{type: cells, spec: {{query: total}}}}}}
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{displayName: o, target: {}}}]
  alertPolicies: [{{alertPolicyRef: burn}}]
---
apiVersion: openslo/v1
kind: AlertPolicy
{}
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {{name: c}}
spec: {}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {{name: pager}}
spec: {{target: pagerduty}}
)",
                                                     labels, target, alert_policy, condition)};
  model::Loaded loaded = model::load(std::span(&source, 1));
  Problems problems = std::move(loaded.problems);
  model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  for (const Error& problem : problems) ADD_FAILURE() << problem.text();
  return bundle;
}

Result<std::vector<AlertRule>> rules_of(const model::Bundle& bundle) {
  return alert_rules(bundle, **bundle.find_slo("pay/availability"), nullptr);
}

constexpr std::string_view kPlainPolicy =
    "metadata: {name: burn}\nspec: {alertWhenBreaching: true, alertWhenResolved: true, "
    "conditions: [{conditionRef: c}], notificationTargets: [{targetRef: pager}]}";
constexpr std::string_view kCondition =
    "{severity: page, condition: {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h, "
    "alertAfter: 5m}}";

TEST(alert_rules, an_openslo_policy_means_what_it_says) {
  const auto rules = rules_of(bundle_of(kPlainPolicy, kCondition));
  ASSERT_TRUE(rules) << rules.error().text();
  ASSERT_EQ(rules->size(), 1u);
  const AlertRule& rule = rules->front();
  ASSERT_EQ(rule.pairs.size(), 1u);
  EXPECT_EQ(rule.pairs[0].long_window, hours(1));
  EXPECT_EQ(rule.pairs[0].limit.thousandths, 14'400);
  EXPECT_EQ(rule.pairs[0].after, minutes(5));
  EXPECT_EQ(rule.guards.confidence.value, 0);
  EXPECT_FALSE(rule.fast.has_value());
  EXPECT_TRUE(rule.tells_resolved);
  EXPECT_EQ(rule.targets, std::vector<std::string>{"pager"});
  EXPECT_EQ(rule.group, "service/pay");
}

TEST(alert_rules, annotations_choose_the_standard_set_and_its_guards) {
  const auto rules = rules_of(bundle_of(
      "metadata: {name: burn, annotations: {tollgate.dev/rules: default, tollgate.dev/confidence: "
      "\"99%\", tollgate.dev/no-data-after: 30m}}\nspec: {alertWhenNoData: true, "
      "alertWhenBreaching: true, conditions: [{conditionRef: c}], notificationTargets: "
      "[{targetRef: pager}]}",
      kCondition, ", labels: {dependency: postgres}"));
  ASSERT_TRUE(rules) << rules.error().text();
  const AlertRule& rule = rules->front();
  EXPECT_EQ(rule.pairs.size(), 2u);
  EXPECT_TRUE(rule.fast.has_value());
  EXPECT_EQ(rule.guards.confidence.value, 990'000);
  EXPECT_EQ(rule.guards.bad_events_min, BurnGuards::kBadEventsMin);
  EXPECT_EQ(rule.no_data_after, minutes(30));
  EXPECT_EQ(rule.group, "dependency/postgres");
  EXPECT_FALSE(rule.tells_resolved);
}

TEST(alert_rules, a_condition_on_a_low_burn_rate_is_refused) {
  const auto rules = rules_of(bundle_of(
      kPlainPolicy,
      "{severity: page, condition: {kind: burnrate, op: lt, threshold: 1, lookbackWindow: 1h}}"));
  ASSERT_FALSE(rules);
  EXPECT_EQ(rules.error().code, codes::bad_value);
}

constexpr std::string_view kDefaultPolicy =
    "metadata: {name: burn, annotations: {tollgate.dev/rules: default}}\nspec: "
    "{alertWhenBreaching: true, conditions: [{conditionRef: c}], notificationTargets: "
    "[{targetRef: pager}]}";

TEST(alert_rules, the_slos_rule_of_evidence_reaches_its_alerts) {
  const auto rules = rules_of(bundle_of(
      kDefaultPolicy, kCondition,
      ", annotations: {tollgate.dev/min-events: \"500\", tollgate.dev/max-interval: 50%}"));
  ASSERT_TRUE(rules) << rules.error().text();
  EXPECT_EQ(rules->front().objective.events_min, 500);
  EXPECT_EQ(rules->front().objective.interval_max.value, 500'000);
}

/// The findings of an SLO with this target.
std::vector<model::Finding> lint_of(std::string_view policy, std::string_view target,
                                    std::string_view annotations = "") {
  // The fixture's target is 0.999.
  std::string labels(annotations);
  const model::Bundle bundle = bundle_of(policy, kCondition, labels, target);
  return lint_alerts(bundle);
}

TEST(alert_lint, a_set_whose_limits_no_outage_reaches_is_named) {
  EXPECT_TRUE(lint_of(kDefaultPolicy, "0.999").empty());
  // At 90 % everything failing burns 10x: 14.4x is out of reach, 6x is not.
  const auto half = lint_of(kDefaultPolicy, "0.9");
  ASSERT_EQ(half.size(), 1u);
  EXPECT_EQ(half[0].severity, model::Severity::info);
  EXPECT_EQ(half[0].problem.code, codes::unreachable_alert);
  EXPECT_NE(half[0].problem.message.find("5 min and 1 h"), std::string::npos)
      << half[0].problem.message;
  const auto none = lint_of(kDefaultPolicy, "0.8");
  ASSERT_EQ(none.size(), 1u);
  EXPECT_EQ(none[0].severity, model::Severity::warning);
  EXPECT_NE(none[0].problem.message.find("can never fire"), std::string::npos);
}

TEST(alert_lint, annotations_that_cannot_be_read_are_errors_and_unknown_ones_warnings) {
  const auto broken = lint_of(
      "metadata: {name: burn, annotations: {tollgate.dev/rules: defualt}}\nspec: "
      "{alertWhenBreaching: true, conditions: [{conditionRef: c}], notificationTargets: "
      "[{targetRef: pager}]}",
      "0.999");
  ASSERT_EQ(broken.size(), 1u);
  EXPECT_EQ(broken[0].severity, model::Severity::error);
  EXPECT_NE(broken[0].problem.message.find("defualt"), std::string::npos);
  const auto unknown =
      lint_of(kDefaultPolicy, "0.999", ", annotations: {tollgate.dev/min-event: \"5\"}");
  ASSERT_EQ(unknown.size(), 1u);
  EXPECT_EQ(unknown[0].severity, model::Severity::warning);
  EXPECT_NE(unknown[0].problem.message.find("tollgate.dev/min-events"), std::string::npos)
      << unknown[0].problem.message;
}

}  // namespace
}  // namespace tollgate::slo
