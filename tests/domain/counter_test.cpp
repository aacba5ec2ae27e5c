// Counters and selectors: what samples count, and which series a query names.
#include "domain/slo/counter.hpp"

#include "domain/slo/selector.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tollgate::slo {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;

CounterStep feed(CounterState& state, int64_t seconds, double value, int64_t start_ms = 0) {
  return count_cumulative(state, {kStart + seconds * 1000, start_ms, value});
}

TEST(Counter, the_first_sample_is_only_a_beginning) {
  CounterState state;
  EXPECT_EQ(feed(state, 0, 100).outcome, CounterOutcome::first);
  const CounterStep second = feed(state, 30, 107);
  EXPECT_EQ(second.outcome, CounterOutcome::counted);
  EXPECT_EQ(second.events, 7);
}

TEST(Counter, a_counter_that_says_it_just_started_counts_from_nothing) {
  CounterState state;
  EXPECT_EQ(feed(state, 0, 12, kStart - 60'000).events, 12);
  CounterState old;
  EXPECT_EQ(feed(old, 0, 12, kStart - 86'400'000).events, 0);
}

TEST(Counter, a_value_below_the_last_one_is_a_reset_and_counts_whole) {
  CounterState state;
  feed(state, 0, 100);
  const CounterStep step = feed(state, 30, 4);
  EXPECT_EQ(step.outcome, CounterOutcome::reset);
  EXPECT_EQ(step.events, 4);
}

TEST(Counter, a_new_start_is_a_reset_even_if_the_value_is_higher) {
  CounterState state;
  feed(state, 0, 100, kStart - 86'400'000);
  const CounterStep step = feed(state, 30, 140, kStart + 10'000);
  EXPECT_EQ(step.outcome, CounterOutcome::reset);
  EXPECT_EQ(step.events, 140);
}

TEST(Counter, a_start_that_trembles_is_no_reset) {
  CounterState state;
  feed(state, 0, 100, kStart - 86'400'000);
  EXPECT_EQ(feed(state, 30, 140, kStart - 86'399'999).events, 40);
}

TEST(Counter, repeats_and_samples_out_of_order_count_nothing_and_lose_nothing) {
  CounterState state;
  feed(state, 0, 100);
  feed(state, 60, 120);
  EXPECT_EQ(feed(state, 60, 120).outcome, CounterOutcome::repeat);
  EXPECT_EQ(feed(state, 30, 111).outcome, CounterOutcome::late);
  EXPECT_EQ(feed(state, 90, 130).events, 10);
}

TEST(Counter, after_a_long_gap_a_series_begins_anew) {
  CounterState state;
  feed(state, 0, 100);
  const CounterStep step = feed(state, 3601, 5000);
  EXPECT_EQ(step.outcome, CounterOutcome::gap);
  EXPECT_EQ(step.events, 0);
  EXPECT_EQ(feed(state, 3631, 5003).events, 3);
}

TEST(Counter, what_is_no_count_is_refused_and_changes_nothing) {
  CounterState state;
  feed(state, 0, 100);
  for (const double value : {-1.0, std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity(), 1e300}) {
    EXPECT_EQ(feed(state, 30, value).outcome, CounterOutcome::invalid) << value;
  }
  EXPECT_EQ(feed(state, 30, 101).events, 1);
}

TEST(Counter, fractions_of_events_add_up) {
  CounterState state;
  feed(state, 0, 0);
  int64_t events = 0;
  for (int i = 1; i <= 8; ++i) events += feed(state, i * 10, i * 0.25).events;
  EXPECT_EQ(events, 2);
}

TEST(Counter, a_sample_on_the_edge_of_a_cell_belongs_to_the_cell_before) {
  EXPECT_EQ(slot_of_sample(10'000), 0);
  EXPECT_EQ(slot_of_sample(10'001), 1);
  EXPECT_EQ(slot_of_sample(1), 0);
  EXPECT_EQ(slot_of_sample(0), -1);
}

RC_GTEST_PROP(CounterProperty, what_is_counted_is_what_happened_after_the_first_sample, ()) {
  // A process counts events, is restarted, and is sampled now and then, with repeats and old ones.
  const auto script = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 5), rc::gen::inRange(0, 1000)));
  CounterState state;
  int64_t now = 0;
  int64_t value = 0;
  int64_t happened = 0;
  int64_t counted = 0;
  int64_t unseen = 0;  // since the last sample
  int64_t last_sample = 0;
  feed(state, now, 0);
  for (const auto& [action, amount] : script) {
    switch (action) {
      case 0:
      case 1:
        value += amount;
        unseen += amount;
        break;
      case 2:
        // What a process counted and never told is lost with it; no receiver can know of it. A
        // restart is seen if the new value stays below the last one told.
        if (last_sample == 0) break;
        value = 0;
        unseen = 0;
        now += 10;
        counted += feed(state, now, 0).events;
        last_sample = 0;
        break;
      case 3:
        now += 10;
        counted += feed(state, now, static_cast<double>(value)).events;
        happened += unseen;
        unseen = 0;
        last_sample = value;
        break;
      default:
        counted += feed(state, now - amount % 7, static_cast<double>(value)).events;
        break;
    }
  }
  RC_ASSERT(counted == happened);
}

std::string error_of(std::string_view query) {
  const auto parsed = parse_series_query(query);
  return parsed ? "" : parsed.error().message;
}

TEST(Selector, a_plain_selector_and_its_sums_name_the_same_series) {
  const auto plain = parse_series_query(R"(requests_total{job="checkout",code=~"5.."})");
  ASSERT_TRUE(plain) << plain.error().text();
  ASSERT_EQ(plain->size(), 1U);
  EXPECT_EQ(plain->front().metric_name(), "requests_total");
  ASSERT_EQ(plain->front().matchers.size(), 3U);
  EXPECT_EQ(plain->front().matchers[2], (Matcher{"code", MatchOp::matches, "5.."}));
  for (const std::string_view query :
       {R"(sum(rate(requests_total{job="checkout",code=~"5.."}[5m])))",
        R"(sum(increase(requests_total{job="checkout",code=~"5.."}[{{.window}}])))",
        R"( ( requests_total { job = 'checkout' , code =~ `5..` , } ) )",
        R"(rate({__name__="requests_total",job="checkout",code=~"5.."}[$__range]))",
        R"({"requests_total","job"="checkout",code=~"5.."})"}) {
    const auto parsed = parse_series_query(query);
    ASSERT_TRUE(parsed) << query << ": " << parsed.error().text();
    EXPECT_EQ(*parsed, *plain) << query;
  }
}

TEST(Selector, sums_of_several_selectors_are_taken) {
  const auto parsed =
      parse_series_query("sum(rate(a_total[5m])) + (sum(increase(b_total[1h])) + c_total)");
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->size(), 3U);
}

TEST(Selector, what_cannot_be_counted_is_refused_with_the_place) {
  EXPECT_NE(error_of("sum by (code) (rate(a[5m]))").find("by"), std::string::npos);
  EXPECT_NE(error_of("avg(a)").find("function avg"), std::string::npos);
  EXPECT_NE(error_of("a - b").find("at character 3"), std::string::npos);
  for (const std::string_view query :
       {"", "{}", "{a!=\"b\"}", "a{b=}", "a{b=\"c", "a{b=\"c\"", "sum(a", "a[5m", "a + ", "1",
        "a{b=\"\\q\"}", "a offset 5m"}) {
    EXPECT_NE(error_of(query), "") << query;
  }
  EXPECT_NE(error_of(std::string(1000, '(')), "");
}

}  // namespace
}  // namespace tollgate::slo
