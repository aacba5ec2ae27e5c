// The intake as a whole: what it acknowledged is counted once, also after a crash at any moment,
// and whatever the order in which things arrive.
#include "edge/intake/counters_json.hpp"
#include "edge/intake/remote_write.hpp"
#include "edge/intake/service.hpp"
#include "edge/intake/snappy_block.hpp"
#include "faulty_folder.hpp"
#include "foundation/base/codes.hpp"
#include "remote_write_writer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <thread>

namespace tollgate::intake {
namespace {

using testing_support::FaultyDisk;

constexpr int64_t kStart = 1'772'445'600'000;
const slo::Objective kObjective{
    .slo = "shop/ok", .target = {999'000}, .window = slo::rolling(days(30))};
const slo::Span kDay{Time{kStart - 86'400'000}, Time{kStart + 86'400'000}};

class Clock : public engine::Clock {
 public:
  Time now() override { return Time{now_ms.load()}; }
  std::atomic<int64_t> now_ms = kStart + 3'600'000;
};

std::shared_ptr<const Plan> plan() {
  static const std::shared_ptr<const Plan> kPlan = [] {
    auto made = std::make_shared<Plan>();
    RouteSpec bad;
    bad.slo = "shop/ok";
    bad.role = Role::bad;
    bad.query = R"(requests{code=~"5.."})";
    RouteSpec total = bad;
    total.role = Role::total;
    total.is_beside_bad = true;
    total.query = "requests";
    made->routes = {bad, total};
    made->slos = {"shop/ok"};
    made->environments = {"production"};
    return made;
  }();
  return kPlan;
}

Decoders test_decoders() {
  Decoders all{};
  all[static_cast<size_t>(Encoding::remote_write_1)] = decode_remote_write_1;
  all[static_cast<size_t>(Encoding::counters_json)] = decode_counters;
  return all;
}

/// A cell store in a file and a journal on a faulty disk.
class House {
 public:
  explicit House(const std::string& name, uint64_t seed = 1) : disk(seed) {
    path_ = ::testing::TempDir() + name;
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
  }
  Result<void> open(const ServiceLimits& limits = {}, bool is_threaded = false) {
    TOLLGATE_TRY(cells, cells::CellStore::open(path_));
    TOLLGATE_TRY(service, Service::open({.cells = *cells,
                                         .clock = clock,
                                         .folder = disk.folder(),
                                         .decoders = test_decoders(),
                                         .next_plan = plan},
                                        limits, is_threaded));
    return {};
  }
  /// As if the process had died.
  void crash() {
    service.reset();
    cells.reset();
    disk.restart();
  }
  Result<Receipt> count(int64_t good, int64_t bad, int64_t time_ms, const std::string& key = {},
                        const std::string& source = "test") {
    const std::string body = fmt::format(
        R"({{"slo":"shop/ok","environment":"production","good":{},"bad":{},"time":{}}})", good, bad,
        time_ms);
    return service->submit_and_wait({.encoding = Encoding::counters_json,
                                     .source = source,
                                     .bytes = counters_envelope(body, key, clock.now().ms)});
  }
  Result<Receipt> write(const std::vector<testing::WrittenSeries>& list,
                        const std::string& source = "prometheus") {
    return service->submit_and_wait({.encoding = Encoding::remote_write_1,
                                     .source = source,
                                     .bytes = compress_snappy(testing::write_request_1(list))});
  }
  cells::Aggregate aggregate() const { return cells->aggregate(kObjective, "", kDay).value(); }
  slo::Counts counts() const { return aggregate().counts; }

  FaultyDisk disk;
  Clock clock;
  std::unique_ptr<cells::CellStore> cells;
  std::unique_ptr<Service> service;

 private:
  std::string path_;
};

testing::WrittenSeries requests(const char* code, double value, int64_t seconds) {
  return {{{"__name__", "requests"}, {"code", code}}, {{kStart + seconds * 1000, value}}};
}

TEST(Intake, counts_what_remote_write_brings_and_knows_it_after_a_crash) {
  House house("intake_crash.db");
  ASSERT_TRUE(house.open());
  ASSERT_TRUE(house.write({requests("200", 100, 0), requests("500", 10, 0)}));
  const Receipt receipt = house.write({requests("200", 150, 30), requests("500", 13, 30)}).value();
  EXPECT_EQ(receipt.counts.counted, 2);
  EXPECT_EQ(house.counts(), (slo::Counts{50, 3}));
  EXPECT_EQ(house.aggregate().watermark, Time{kStart + 30'000});
  house.crash();
  ASSERT_TRUE(house.open());
  EXPECT_EQ(house.counts(), (slo::Counts{50, 3}));
  // The counters go on where they were, too.
  ASSERT_TRUE(house.write({requests("200", 151, 60), requests("500", 15, 60)}));
  EXPECT_EQ(house.counts(), (slo::Counts{51, 5}));
}

TEST(Intake, a_snapshot_and_the_journal_behind_it_add_up_to_the_whole) {
  House house("intake_snapshot.db");
  ASSERT_TRUE(house.open());
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(house.write({requests("200", 100.0 + i, 30 * i), requests("500", i, 30 * i)}));
  ASSERT_TRUE(house.service->close());
  EXPECT_TRUE(house.disk.folder()->names()->empty());
  house.crash();
  ASSERT_TRUE(house.open());
  ASSERT_TRUE(house.count(7, 1, kStart + 200'000, "k1"));
  ASSERT_TRUE(house.write({requests("200", 110, 300), requests("500", 4, 300)}));
  house.crash();
  ASSERT_TRUE(house.open());
  EXPECT_EQ(house.counts(), (slo::Counts{10 + 7, 4 + 1}));
  EXPECT_TRUE(house.count(7, 1, kStart + 200'000, "k1")->is_duplicate);
  EXPECT_EQ(house.counts(), (slo::Counts{17, 5}));
}

TEST(Intake, a_key_counts_once_for_each_source) {
  House house("intake_keys.db");
  ASSERT_TRUE(house.open());
  EXPECT_FALSE(house.count(1, 0, kStart, "a")->is_duplicate);
  EXPECT_TRUE(house.count(1, 0, kStart, "a")->is_duplicate);
  EXPECT_FALSE(house.count(1, 0, kStart, "a", "other")->is_duplicate);
  EXPECT_FALSE(house.count(1, 0, kStart)->is_duplicate);
  EXPECT_EQ(house.counts(), (slo::Counts{3, 0}));
}

TEST(Intake, what_cannot_be_read_is_refused_whole_and_counted) {
  House house("intake_refused.db");
  ASSERT_TRUE(house.open());
  const auto garbage = house.service->submit_and_wait(
      {.encoding = Encoding::remote_write_1, .source = "p", .bytes = "garbage"});
  EXPECT_EQ(garbage.error().code, codes::bad_request);
  const std::string body = R"({"slo":"shop/okay","good":1})";
  const auto unknown = house.service->submit_and_wait({.encoding = Encoding::counters_json,
                                                       .source = "p",
                                                       .bytes = counters_envelope(body, "", 5)});
  EXPECT_EQ(unknown.error().code, codes::unknown_slo);
  EXPECT_NE(unknown.error().message.find("did you mean \"shop/ok\""), std::string::npos);
  const auto later = house.count(5, 0, house.clock.now().ms + 3'600'000);
  EXPECT_EQ(later->counts.future, 1);
  EXPECT_EQ(house.counts(), (slo::Counts{}));
  const ServiceStatus status = house.service->status();
  ASSERT_EQ(status.sources.size(), 2u);
  EXPECT_EQ(status.sources[0].source, "p");
  EXPECT_EQ(status.sources[0].malformed, 2);
  EXPECT_EQ(status.sources[1].counts.future, 1);
}

TEST(Intake, late_events_revise_cells_and_leave_a_note) {
  House house("intake_late.db");
  ASSERT_TRUE(house.open());
  ASSERT_TRUE(house.count(100, 0, kStart + 600'000));
  ASSERT_TRUE(house.count(5, 5, kStart, "", "tardy"));
  EXPECT_EQ(house.counts(), (slo::Counts{105, 5}));
  const auto check = [&] {
    const auto revisions = house.cells->revisions("shop/ok");
    ASSERT_EQ(revisions.size(), 1u);
    EXPECT_EQ(revisions[0].source, "tardy");
    EXPECT_EQ(revisions[0].count, 1);
    EXPECT_EQ(revisions[0].oldest, Time{kStart});
  };
  check();
  ASSERT_TRUE(house.service->close());
  house.crash();
  ASSERT_TRUE(house.open());
  check();
  // A source that is behind holds back the watermark of the SLO.
  EXPECT_EQ(house.aggregate().watermark, Time{kStart});
}

TEST(Intake, exclusions_are_told_apart_from_what_was_good) {
  House house("intake_exclusions.db");
  ASSERT_TRUE(house.open());
  ASSERT_TRUE(house.count(100, 0, kStart));
  ASSERT_TRUE(house.count(0, 50, kStart + 60'000));
  const slo::Span excluded{Time{kStart + 60'000}, Time{kStart + 120'000}};
  const auto raw = house.cells->aggregate(kObjective, {}, kDay, {&excluded, 1}).value();
  EXPECT_EQ(raw.counts, (slo::Counts{100, 50}));
  EXPECT_EQ(raw.adjusted(), (slo::Counts{100, 0}));
  slo::Objective slices = kObjective;
  slices.method = slo::BudgetingMethod::timeslices;
  slices.slice = minutes(1);
  slices.slice_target = {900'000};
  const slo::Span span{Time{kStart}, Time{kStart + 180'000}};
  const auto sliced = house.cells->aggregate(slices, {}, span, {&excluded, 1}).value();
  EXPECT_EQ(sliced.raw_slices.bad, 1);
  EXPECT_EQ(sliced.slices.bad, 0);
  EXPECT_EQ(sliced.slices.good, 1);
}

TEST(Intake, a_flood_is_shed_at_once_and_counted) {
  House house("intake_flood.db");
  ServiceLimits limits;
  limits.queue_requests_max = 8;
  ASSERT_TRUE(house.open(limits, true));
  std::atomic<int> answered = 0;
  int shed = 0;
  const std::string bytes =
      compress_snappy(testing::write_request_1({requests("200", 1, 0), requests("500", 1, 0)}));
  for (int i = 0; i < 2000; ++i) {
    const bool is_queued =
        house.service->submit({.encoding = Encoding::remote_write_1, .source = "p", .bytes = bytes},
                              [&](const Result<Receipt>&) { ++answered; });
    shed += !is_queued;
  }
  ASSERT_TRUE(house.service->close());
  EXPECT_EQ(answered + shed, 2000);
  EXPECT_GT(shed, 0);
  EXPECT_EQ(house.service->status().shed, shed);
}

TEST(Intake, threads_write_snapshots_behind_the_scenes_and_lose_nothing) {
  House house("intake_threads.db");
  ServiceLimits limits;
  limits.snapshot_bytes = 2000;
  limits.journal.file_bytes = 1000;
  limits.journal.ahead_bytes = 0;
  ASSERT_TRUE(house.open(limits, true));
  constexpr int kThreads = 4;
  constexpr int kEach = 100;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&house, t] {
      for (int i = 0; i < kEach; ++i)
        EXPECT_TRUE(house.count(1, 0, kStart + i * 1000, fmt::format("{}/{}", t, i)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  house.crash();
  ASSERT_TRUE(house.open(limits));
  EXPECT_EQ(house.counts(), (slo::Counts{kThreads * kEach, 0}));
}

TEST(Intake, what_was_acknowledged_is_there_whenever_the_power_went) {
  for (int64_t operation = 0; operation < 40; ++operation) {
    House house("intake_power.db", static_cast<uint64_t>(operation) + 7);
    ServiceLimits limits;
    limits.snapshot_bytes = 400;
    limits.journal = {.file_bytes = 500, .total_bytes = 1 << 20, .ahead_bytes = 0};
    ASSERT_TRUE(house.open(limits));
    house.disk.plan(FaultyDisk::Fault::power_loss, operation);
    int64_t acknowledged = 0;
    int64_t unknown = 0;
    for (int i = 0; i < 14; ++i) {
      const bool is_acknowledged = house.count(1, 0, kStart + i * 10'000).has_value();
      ++(is_acknowledged ? acknowledged : unknown);
      if (!is_acknowledged) break;
    }
    house.crash();
    const auto opened = house.open(limits);
    ASSERT_TRUE(opened.has_value()) << operation << opened.error().message;
    const int64_t counted = house.counts().good;
    EXPECT_GE(counted, acknowledged) << operation;
    EXPECT_LE(counted, acknowledged + unknown) << operation;
  }
}

RC_GTEST_PROP(IntakeProperty, any_order_of_arrival_gives_the_same_cells,
              (const std::vector<std::tuple<uint8_t, uint8_t, uint16_t>>& events, uint32_t seed)) {
  const auto sums_of = [&](const std::vector<size_t>& order) {
    const auto cells = cells::CellStore::open(":memory:").value();
    const uint32_t series = cells->open_series({.slo = "shop/ok"});
    for (const size_t i : order) {
      const auto& [good, bad, slot] = events[i];
      const cells::Addition addition{series, kStart / 10'000 + slot % 3000, good, bad, kStart};
      RC_ASSERT(cells->push({.source = "p", .additions = {&addition, 1}}).has_value());
    }
    std::vector<slo::Counts> sums;
    for (int64_t minutes_in = 0; minutes_in < 520; minutes_in += 40) {
      const slo::Span span{Time{kStart}, Time{kStart} + minutes(minutes_in)};
      sums.push_back(cells->aggregate(kObjective, "", span)->counts);
    }
    return sums;
  };
  std::vector<size_t> order(events.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto forward = sums_of(order);
  std::shuffle(order.begin(), order.end(), std::mt19937(seed));
  RC_ASSERT(sums_of(order) == forward);
}

TEST(Intake, samples_that_only_look_plain_are_read_with_care_and_all_count) {
  House house("intake-care.db");
  ASSERT_TRUE(house.open());
  const auto series = [](const char* code, std::vector<testing::Sample> samples) {
    return testing::WrittenSeries{{{"__name__", "requests"}, {"code", code}}, std::move(samples)};
  };
  ASSERT_TRUE(house.write({series("200", {{kStart, 10}}), series("500", {{kStart, 0}})}));
  // The first is plain, the second brings two samples at once.
  const auto receipt = house.write({series("200", {{kStart + 10'000, 30}}),
                                    series("500", {{kStart + 5'000, 2}, {kStart + 10'000, 5}})});
  ASSERT_TRUE(receipt) << receipt.error().text();
  EXPECT_EQ(receipt->counts.samples, 3);
  EXPECT_EQ(receipt->counts.late, 0);
  EXPECT_EQ(house.counts(), (slo::Counts{20, 5}));
  // Known series, in another order and with a new one between them.
  ASSERT_TRUE(house.write({series("500", {{kStart + 20'000, 6}}), series("404", {{kStart, 1}}),
                           series("200", {{kStart + 20'000, 31}})}));
  EXPECT_EQ(house.counts(), (slo::Counts{21, 6}));
}

Time at(int64_t seconds) { return Time{kStart + seconds * 1000}; }

/// Two processes with one set of labels, by turns, four times.
void write_by_turns(House& house, int64_t since) {
  for (int64_t i = 0; i < 4; ++i) {
    ASSERT_TRUE(
        house.write({requests("200", 1000.0 + 10.0 * static_cast<double>(i), since + 30 * i)}));
    ASSERT_TRUE(
        house.write({requests("200", 400.0 + 4.0 * static_cast<double>(i), since + 30 * i + 15)}));
  }
}

TEST(IntakeTrust, two_senders_of_one_series_are_a_doubt_also_after_a_restart_and_a_crash) {
  House house("intake_turns.db");
  ASSERT_TRUE(house.open());
  EXPECT_TRUE(house.service->is_calm());
  write_by_turns(house, 0);
  const auto doubt = house.service->doubt("shop/ok", "production", {"prometheus"}, at(120));
  ASSERT_TRUE(doubt);
  EXPECT_EQ(doubt->reason, model::DoubtReason::duplicate_series);
  EXPECT_EQ(doubt->source, "prometheus");
  EXPECT_FALSE(house.service->doubt("shop/other", "production", {"prometheus"}, at(120)));
  EXPECT_EQ(house.service->doubts_of("prometheus", at(120)).size(), 1U);
  house.crash();
  ASSERT_TRUE(house.open());
  EXPECT_TRUE(house.service->doubt("shop/ok", "", {"prometheus"}, at(120))) << "from the journal";
  ASSERT_TRUE(house.service->close());
  house.crash();
  ASSERT_TRUE(house.open());
  EXPECT_FALSE(house.service->is_calm());
  EXPECT_TRUE(house.service->doubt("shop/ok", "", {"prometheus"}, at(120))) << "from the snapshot";
  EXPECT_FALSE(house.service->doubt("shop/ok", "", {"prometheus"}, at(120 + 16 * 60)));
}

TEST(IntakeTrust, another_value_for_a_known_time_is_a_conflict_and_the_same_one_a_repeat) {
  House house("intake_conflict.db");
  ASSERT_TRUE(house.open());
  for (int64_t i = 0; i < 4; ++i) {
    const double value = 100.0 + static_cast<double>(i);
    ASSERT_TRUE(house.write({requests("200", value, 30 * i)}));
    ASSERT_TRUE(house.write({requests("200", value, 30 * i)}));
  }
  EXPECT_FALSE(house.service->doubt("shop/ok", "", {}, at(120)));
  for (int64_t i = 4; i < 7; ++i) {
    const double value = 100.0 + static_cast<double>(i);
    ASSERT_TRUE(house.write({requests("200", value, 30 * i)}));
    ASSERT_TRUE(house.write({requests("200", value - 3, 30 * i)}));
  }
  const auto doubt = house.service->doubt("shop/ok", "", {}, at(240));
  ASSERT_TRUE(doubt);
  EXPECT_EQ(doubt->reason, model::DoubtReason::duplicate_series);
  const SourceStatus status = house.service->status().sources.at(0);
  EXPECT_EQ(status.counts.repeats, 7);
  EXPECT_EQ(status.counts.conflicts, 3);
}

TEST(IntakeTrust, a_clock_that_runs_ahead_is_a_doubt_until_it_is_right) {
  House house("intake_clock.db");
  ASSERT_TRUE(house.open());
  const int64_t now = house.clock.now_ms;
  ASSERT_TRUE(house.count(1, 0, now, "", "till"));
  EXPECT_TRUE(house.service->is_calm());
  ASSERT_TRUE(house.count(1, 0, now + 180'000, "", "till"));
  const auto doubt = house.service->doubt("shop/ok", "", {"till"}, Time{now});
  ASSERT_TRUE(doubt);
  EXPECT_EQ(doubt->reason, model::DoubtReason::clock_skew);
  EXPECT_FALSE(house.service->doubt("shop/ok", "", {"another"}, Time{now}));
  ASSERT_TRUE(house.service->close());
  house.crash();
  ASSERT_TRUE(house.open());
  EXPECT_TRUE(house.service->doubt("shop/ok", "", {"till"}, Time{now})) << "after a restart";
  ASSERT_TRUE(house.count(1, 0, now + 1000, "", "till"));
  EXPECT_FALSE(house.service->doubt("shop/ok", "", {"till"}, Time{now}));
  EXPECT_TRUE(house.service->is_calm());
}

TEST(IntakeTrust, what_is_known_of_a_source_outlives_a_restart) {
  House house("intake_sources.db");
  ASSERT_TRUE(house.open());
  for (int64_t i = 0; i < 6; ++i) ASSERT_TRUE(house.count(10, 0, kStart + 60'000 * i, "", "till"));
  ASSERT_TRUE(house.service->close());
  const SourceStatus before = house.service->status().sources.at(0);
  house.crash();
  ASSERT_TRUE(house.open());
  const SourceStatus after = house.service->status().sources.at(0);
  EXPECT_EQ(after.requests, 6);
  EXPECT_EQ(after.counts.events_counted, 6);
  EXPECT_EQ(after.watermark, before.watermark);
  EXPECT_EQ(slo::usual_interval(after.arrivals), minutes(1));
}

}  // namespace
}  // namespace tollgate::intake
