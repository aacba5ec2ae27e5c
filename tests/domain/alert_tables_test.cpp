// The behaviour of alert rules on simulated traffic: false pages while the objective is met, and
// the time to the first page after a step. TOLLGATE_ALERT_TABLE=FILE writes the table of
// docs/ALERTS.md.
#include "alert_simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace tollgate::slo::simulation {
namespace {

constexpr int64_t kMonth = 30 * 24 * 60;
constexpr int64_t kWarmUp = 12 * 60;
constexpr int64_t kPatience = 24 * 60;
constexpr std::array kRates = {10.0, 100.0, 1000.0};
constexpr std::array kSteps = {0.05, 0.20, 1.0};

const Objective kObjective{.slo = "s/o", .target = {999'000}, .window = rolling(days(30))};

struct Row {
  std::string name;
  std::function<Pager(double rate)> make;
};

AlertRule burn_rule(int64_t bad_min, int64_t confidence) {
  AlertRule rule = standard_rule(kObjective, RuleSet::ratio_only, "page");
  rule.guards = {.bad_events_min = bad_min, .events_min = 0, .confidence = {confidence}};
  return rule;
}

Pager scaled_pager(double rate) {
  const AlertRule rule = burn_rule(0, 0);
  return edges([rule, rate](const Minutes& traffic, int64_t at) {
    const auto over = [&](const BurnPair& pair, Duration window) {
      const double expected = rate * static_cast<double>(window.ms) / 3'600'000.0;
      const double limit = static_cast<double>(pair.limit.thousandths) / 1000 * 0.001 * expected;
      return static_cast<double>(traffic.window(at, window).bad) > limit;
    };
    return std::any_of(rule.pairs.begin(), rule.pairs.end(), [&](const BurnPair& pair) {
      return over(pair, pair.short_window) && over(pair, pair.long_window);
    });
  });
}

Pager single_cusum_pager(double limit) {
  const Cusum cusum = make_single_cusum(0.001, 0.0144, limit);
  auto levels = std::make_shared<CusumLevels>();
  return [cusum, levels, limit](const Minutes& traffic, int64_t at) {
    *levels = advance(cusum, *levels, traffic.minute(at));
    if (highest(*levels) <= limit) return false;
    *levels = {};
    return true;
  };
}

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"ratio only", [](double) { return burn_pager(burn_rule(0, 0)); }},
      {"dynamic traffic scaling", [](double rate) { return scaled_pager(rate); }},
      {"at least 3 bad events", [](double) { return burn_pager(burn_rule(3, 0)); }},
      {"lower bound 95 %", [](double) { return burn_pager(burn_rule(0, 950'000)); }},
      {"lower bound 99 %", [](double) { return burn_pager(burn_rule(0, 990'000)); }},
      {"one CUSUM, h = 8", [](double) { return single_cusum_pager(8); }},
      {"one CUSUM, h = 10", [](double) { return single_cusum_pager(10); }},
      {"**shipped default**",
       [](double rate) {
         return rule_pager(standard_rule(kObjective, RuleSet::defaults, "page"), rate);
       }},
  };
  return all;
}

/// Pages in 30 days at exactly the error rate that the objective allows.
int64_t false_pages(const Row& row, double rate, uint64_t seed) {
  Chance chance(seed);
  Minutes traffic;
  fill(traffic, chance, rate, 0.001, kWarmUp + kMonth);
  const Pager pager = row.make(rate);
  int64_t pages = 0;
  for (int64_t at = 0; at < traffic.size(); ++at) pages += pager(traffic, at) && at >= kWarmUp;
  return pages;
}

/// Minutes from the step to the first page; kPatience if none came.
int64_t detection(const Row& row, double rate, double share, uint64_t seed) {
  Chance chance(seed);
  Minutes traffic;
  fill(traffic, chance, rate, 0.0001, kWarmUp);
  fill(traffic, chance, rate, share, kPatience);
  const Pager pager = row.make(rate);
  for (int64_t at = 0; at < traffic.size(); ++at) {
    if (pager(traffic, at) && at >= kWarmUp) return at - kWarmUp + 1;
  }
  return kPatience;
}

struct Figures {
  double pages = 0;  // mean per 30 days
  int64_t least = 0;
  int64_t most = 0;
  std::array<int64_t, 3> minutes = {};  // medians
};

Figures measure(const Row& row, double rate, uint64_t months, uint64_t repeats) {
  Figures figures{.least = INT64_MAX};
  for (uint64_t seed = 1; seed <= months; ++seed) {
    const int64_t pages = false_pages(row, rate, seed * 7919);
    figures.pages += static_cast<double>(pages) / static_cast<double>(months);
    figures.least = std::min(figures.least, pages);
    figures.most = std::max(figures.most, pages);
  }
  for (size_t i = 0; i < kSteps.size(); ++i) {
    std::vector<int64_t> times;
    for (uint64_t seed = 1; seed <= repeats; ++seed) {
      times.push_back(detection(row, rate, kSteps[i], seed * 104'729 + i));
    }
    std::nth_element(times.begin(), times.begin() + static_cast<int64_t>(times.size() / 2),
                     times.end());
    figures.minutes[i] = times[times.size() / 2];
  }
  return figures;
}

std::string cell(const Figures& figures) {
  return fmt::format("{:.2f} ({}-{}); {}/{}/{}", figures.pages, figures.least, figures.most,
                     figures.minutes[0], figures.minutes[1], figures.minutes[2]);
}

TEST(alert_tables, the_table_is_written_when_asked_for) {
  const char* path = std::getenv("TOLLGATE_ALERT_TABLE");
  if (path == nullptr) GTEST_SKIP() << "set TOLLGATE_ALERT_TABLE to write it";
  std::ofstream file(path);
  file << "| rule | 10 events/h | 100 events/h | 1000 events/h |\n|---|---|---|---|\n";
  for (const Row& row : rows()) {
    file << "| " << row.name;
    for (const double rate : kRates) file << " | " << cell(measure(row, rate, 20, 101));
    file << " |\n";
    file.flush();
  }
}

// A small part of the table, so that a change of the defaults that makes them loud or slow is
// found.
TEST(alert_tables, ratios_alone_page_every_few_days_at_low_traffic_and_the_default_does_not) {
  const Figures ratio = measure(rows().front(), 100, 2, 5);
  const Figures shipped = measure(rows().back(), 100, 2, 5);
  EXPECT_GE(ratio.pages, 4) << cell(ratio);
  EXPECT_LE(shipped.pages, 0.5) << cell(shipped);
  EXPECT_LE(shipped.minutes[2], 6) << cell(shipped);
}

TEST(alert_tables, at_a_thousand_events_an_hour_the_default_is_faster_than_ratios) {
  const Figures ratio = measure(rows().front(), 1000, 1, 15);
  const Figures shipped = measure(rows().back(), 1000, 1, 15);
  EXPECT_EQ(shipped.pages, 0) << cell(shipped);
  EXPECT_LT(shipped.minutes[0] * 2, ratio.minutes[0])
      << cell(shipped) << " against " << cell(ratio);
  EXPECT_LE(shipped.minutes[1], ratio.minutes[1]);
  EXPECT_LE(shipped.minutes[2], ratio.minutes[2]);
}

}  // namespace
}  // namespace tollgate::slo::simulation
