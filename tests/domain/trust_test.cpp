// How steadily sources come, what their troubles come to, and how much traffic was to be expected.
#include "domain/slo/trust.hpp"

#include <gtest/gtest.h>

namespace tollgate::slo {
namespace {

constexpr Time kNow{1'772'445'600'000};  // 2026-03-02T10:00Z

Arrivals every(Duration interval, Duration since, Time to = kNow - minutes(1)) {
  Arrivals arrivals;
  for (Time at = to - since; at <= to; at = at + interval) arrivals.note(at);
  return arrivals;
}

TEST(Arrivals, the_usual_interval_is_the_median_distance_in_minutes) {
  EXPECT_FALSE(usual_interval({}));
  EXPECT_FALSE(usual_interval(every(minutes(30), minutes(30)))) << "one distance is no habit";
  EXPECT_EQ(usual_interval(every(seconds(15), hours(1))), minutes(1));
  EXPECT_EQ(usual_interval(every(minutes(5), hours(1))), minutes(5));
  Arrivals gap = every(minutes(5), minutes(60));
  gap.minutes &= ~(uint64_t{1} << 20);
  EXPECT_EQ(usual_interval(gap), minutes(5)) << "one gap does not change a habit";
}

TEST(Arrivals, order_does_not_matter_and_what_is_too_old_changes_nothing) {
  Arrivals forth;
  Arrivals back;
  for (int i = 0; i < 30; ++i) {
    forth.note(kNow + minutes(i));
    back.note(kNow + minutes(29 - i));
  }
  EXPECT_EQ(forth.minutes, back.minutes);
  EXPECT_EQ(forth.newest, back.newest);
  forth.note(kNow - hours(5));
  EXPECT_EQ(forth.minutes, back.minutes);
  forth.note(kNow + hours(5));
  EXPECT_EQ(forth.minutes, 1U);
}

TEST(Arrivals, steadiness_counts_the_steps_of_the_last_hour_that_have_data) {
  const auto whole = steadiness(every(minutes(1), hours(2)), minutes(1), kNow);
  EXPECT_EQ(whole.seen, 60);
  EXPECT_EQ(whole.expected, 60);
  const auto silent = steadiness(every(minutes(1), hours(2), kNow - minutes(16)), minutes(1), kNow);
  EXPECT_EQ(silent.seen, 45);
  EXPECT_EQ(silent.expected, 60);
  const auto slow = steadiness(every(minutes(5), hours(2)), minutes(5), kNow);
  EXPECT_EQ(slow.seen, slow.expected);
  const auto young = steadiness(every(minutes(1), minutes(9)), minutes(1), kNow);
  EXPECT_EQ(young.expected, 10) << "before its first data nothing was to be expected";
  EXPECT_EQ(steadiness({}, minutes(1), kNow).expected, 0);
}

TEST(CounterTrouble, two_senders_by_turns_are_no_restarts) {
  CounterTrouble trouble;
  // 1000, 400, 1010, 404, 1020, ...: each of the two only grows.
  for (int i = 0; i < 3; ++i)
    trouble.note_reset(kNow + seconds(30 * i), 1000 + 10 * i, 400 + 4 * i);
  EXPECT_FALSE(doubt_in(trouble, kNow + minutes(2)));
  trouble.note_reset(kNow + seconds(90), 1030, 412);
  EXPECT_EQ(doubt_in(trouble, kNow + minutes(2)), model::DoubtReason::duplicate_series);
  EXPECT_FALSE(doubt_in(trouble, kNow + minutes(17))) << "it stopped";
}

TEST(CounterTrouble, a_process_that_starts_again_and_again_loses_counts_but_is_one) {
  CounterTrouble trouble;
  const double heights[] = {50, 48, 53, 20, 51};
  for (int i = 0; i < 4; ++i) trouble.note_reset(kNow + minutes(i), heights[i], 3 - i % 2);
  EXPECT_FALSE(doubt_in(trouble, kNow + minutes(4))) << "four restarts can be a bad release";
  trouble.note_reset(kNow + minutes(4), heights[4], 3);
  EXPECT_EQ(doubt_in(trouble, kNow + minutes(4)), model::DoubtReason::counter_resets);
}

TEST(CounterTrouble, single_restarts_over_days_are_nothing) {
  CounterTrouble trouble;
  for (int i = 0; i < 20; ++i) {
    trouble.note_reset(kNow + hours(i), 1000 + i, i);
    EXPECT_FALSE(doubt_in(trouble, kNow + hours(i)));
  }
}

TEST(CounterTrouble, values_that_contradict_each_other_are_two_senders) {
  CounterTrouble trouble;
  for (int i = 0; i < 3; ++i) trouble.note_conflict(kNow + seconds(15 * i));
  EXPECT_EQ(doubt_in(trouble, kNow + minutes(1)), model::DoubtReason::duplicate_series);
}

TEST(CounterTrouble, a_target_is_down_until_it_answers) {
  CounterTrouble trouble;
  trouble.note_up(kNow, false);
  EXPECT_EQ(doubt_in(trouble, kNow + minutes(1)), model::DoubtReason::target_down);
  trouble.note_up(kNow - minutes(1), true);
  EXPECT_EQ(doubt_in(trouble, kNow + minutes(1)), model::DoubtReason::target_down)
      << "what is older says nothing";
  trouble.note_up(kNow + minutes(1), true);
  EXPECT_FALSE(doubt_in(trouble, kNow + minutes(1)));
  EXPECT_FALSE(doubt_in(trouble, kNow - hours(1))) << "it was not known then";
}

TEST(Traffic, far_less_than_in_the_weeks_before_is_missing_data) {
  const int64_t weeks[] = {10'000, 12'000, 8'000, 11'000};
  EXPECT_FALSE(traffic_drop(2'000, weeks, kTrafficDropMax));
  const auto drop = traffic_drop(500, weeks, kTrafficDropMax);
  ASSERT_TRUE(drop);
  EXPECT_EQ(drop->expected, 10'000);
  EXPECT_EQ(drop->missing, Ppm{950'000});
  EXPECT_TRUE(traffic_drop(0, weeks, kTrafficDropMax));
  EXPECT_FALSE(traffic_drop(20'000, weeks, kTrafficDropMax));
  EXPECT_TRUE(traffic_drop(4'000, weeks, Ppm{500'000}));
}

TEST(Traffic, without_weeks_to_compare_with_nothing_is_expected) {
  const int64_t once[] = {10'000, 0, 99, 50};
  EXPECT_FALSE(traffic_drop(0, once, kTrafficDropMax));
  EXPECT_FALSE(traffic_drop(0, {}, kTrafficDropMax));
  const int64_t twice[] = {10'000, 0, 400, 50};
  EXPECT_EQ(traffic_drop(0, twice, kTrafficDropMax)->expected, 400) << "in doubt less";
}

TEST(SourceStates, are_late_after_three_intervals) {
  EXPECT_EQ(fresh_for(minutes(1)), minutes(5));
  EXPECT_EQ(fresh_for(minutes(10)), minutes(30));
  EXPECT_EQ(fresh_for({}), hours(1));
  EXPECT_EQ(source_state_name(SourceState::never_seen), "never seen");
}

}  // namespace
}  // namespace tollgate::slo
