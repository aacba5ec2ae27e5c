// The cell store on a disk that fails at every one of its operations, alone and under the intake:
// what was acknowledged is there, once and whole, and nothing else is.
#include "edge/intake/counters_json.hpp"
#include "edge/intake/service.hpp"
#include "faulty_folder.hpp"
#include "sim/fault_vfs.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace tollgate::cells {
namespace {

using sim::Fault;
using sim::FaultVfs;
using testing_support::FaultyDisk;

constexpr int64_t kStart = 1'772'445'600'000;
constexpr int kSteps = 8;
const slo::Span kAll{Time{kStart} - days(2), Time{kStart} + days(2)};

/// A store and what it promised. Each step adds one unit to two series or, every third time,
/// imports one; both series must always agree.
struct Process {
  explicit Process(uint64_t seed) : disk(seed) {}
  Result<void> start() {
    TOLLGATE_TRY(store, CellStore::open("cells.db", {.vfs = disk.name(), .is_exclusive = true}));
    for (const char* slo : {"shop/a", "shop/b"})
      handles[slo[5] == 'a' ? 0 : 1] = store->open_series({.slo = slo});
    return {};
  }
  Result<void> import(int step, int64_t unit) {
    for (const char* slo : {"shop/a", "shop/b"}) {
      slo::CellSeries cells;
      (void)cells.add(Time{kStart + step * 10'000}, {unit, 0});
      TOLLGATE_CHECK(store->import({.slo = slo}, {.cells = &cells,
                                                  .digest = sha256(fmt::format("{}", step)),
                                                  .last = Time{kStart + step * 10'000}}));
    }
    return {};
  }
  Result<void> push(int step, int64_t unit) {
    const int64_t slot = kStart / 10'000 + step;
    const std::array additions = {Addition{handles[0], slot, unit, 0, kStart + step * 10'000},
                                  Addition{handles[1], slot, unit, 0, kStart + step * 10'000}};
    const std::array latencies = {LatencyAddition{handles[0], kStart + step * 10'000, 0.1, unit}};
    TOLLGATE_CHECK(
        store->push({.source = "p", .additions = additions, .latencies = latencies}).map([](auto) {
        }));
    TOLLGATE_CHECK(store->write(store->collect(fmt::format("state {}", step))));
    state = step;
    return {};
  }
  /// Works until something fails. Units are powers of two: the sum tells which are there.
  Result<void> work() {
    for (int step = 0; step < kSteps; ++step) {
      const int64_t unit = int64_t{1} << step;
      in_flight = unit;
      TOLLGATE_CHECK(step % 3 == 2 ? import(step, unit) : push(step, unit));
      acknowledged |= unit;
      in_flight = 0;
      TOLLGATE_CHECK(store->sweep().map([](auto) {}));
    }
    return {};
  }
  int64_t sum(const char* slo) const {
    const slo::Objective objective{
        .slo = slo, .target = {999'000}, .window = slo::rolling(days(30))};
    const auto found = store->aggregate(objective, "", kAll);
    return found ? found->counts.good : -1;
  }

  FaultVfs disk;
  std::unique_ptr<CellStore> store;
  std::array<uint32_t, 2> handles{};
  int64_t acknowledged = 0;
  int64_t in_flight = 0;
  int state = -1;
};

void audit(const Process& process) {
  for (const char* slo : {"shop/a", "shop/b"}) {
    const int64_t sum = process.sum(slo);
    EXPECT_EQ(sum & process.acknowledged, process.acknowledged) << slo << " has " << sum;
    EXPECT_EQ(sum & ~(process.acknowledged | process.in_flight), 0) << slo << " has " << sum;
  }
  if ((process.in_flight & 0b00100100) == 0) {  // an import is two transactions, a snapshot is one
    EXPECT_EQ(process.sum("shop/a"), process.sum("shop/b")) << "a snapshot was torn";
  }
  const std::string state = process.store->intake_state().value();
  if (process.state >= 0 && process.in_flight == 0) {
    EXPECT_EQ(state, fmt::format("state {}", process.state));
  }
}

struct Case {
  Fault fault;
  const char* name;
};
class CellsCrash : public ::testing::TestWithParam<Case> {};

TEST_P(CellsCrash, at_any_operation_loses_nothing_that_was_acknowledged) {
  Process whole(0);
  ASSERT_TRUE(whole.start());
  ASSERT_TRUE(whole.work());
  audit(whole);
  whole.store.reset();
  const int64_t operations = whole.disk.operations();
  ASSERT_GT(operations, 30);
  for (int64_t at = 0; at < operations; ++at) {
    SCOPED_TRACE(fmt::format("operation {} of {}", at, operations));
    Process process(static_cast<uint64_t>(at) + 11);
    process.disk.plan(GetParam().fault, at);
    Result<void> outcome = process.start();
    if (outcome) outcome = process.work();
    process.store.reset();
    process.disk.restart();
    const Result<void> again = process.start();
    ASSERT_TRUE(again) << again.error().text();
    ASSERT_NO_FATAL_FAILURE(audit(process));
    ASSERT_TRUE(process.push(kSteps, int64_t{1} << kSteps)) << "the store works on";
  }
}

TEST_P(CellsCrash, a_snapshot_that_failed_is_written_by_the_next_one) {
  if (GetParam().fault == Fault::power_loss) GTEST_SKIP() << "nothing works on after it";
  for (int64_t at = 0; at < 12; ++at) {
    SCOPED_TRACE(at);
    Process process(static_cast<uint64_t>(at) + 5);
    ASSERT_TRUE(process.start());
    ASSERT_TRUE(process.push(0, 1));
    process.disk.plan(GetParam().fault, at);
    const bool is_written = process.push(1, 2).has_value();
    process.disk.plan(Fault::none, 0);
    ASSERT_TRUE(process.push(3, 8)) << "after " << (is_written ? "success" : "failure");
    process.store.reset();
    process.disk.restart();
    ASSERT_TRUE(process.start());
    EXPECT_EQ(process.sum("shop/a"), 11);
    EXPECT_EQ(process.sum("shop/b"), 11);
  }
}

INSTANTIATE_TEST_SUITE_P(faults, CellsCrash,
                         ::testing::Values(Case{Fault::power_loss, "power_loss"},
                                           Case{Fault::sync_error, "sync_error"},
                                           Case{Fault::disk_full, "disk_full"},
                                           Case{Fault::short_write, "short_write"}),
                         [](const auto& test) { return test.param.name; });

class Clock : public engine::Clock {
 public:
  Time now() override { return Time{kStart}; }
};

/// Journal and cells, each on a disk of its own that loses power.
struct House {
  explicit House(uint64_t seed) : disk(seed), journal(seed + 1) {}
  Result<void> open() {
    TOLLGATE_TRY(cells, CellStore::open("cells.db", {.vfs = disk.name(), .is_exclusive = true}));
    auto plan = std::make_shared<intake::Plan>();
    plan->slos = {"shop/a"};
    intake::Decoders decoders{};
    decoders[static_cast<size_t>(intake::Encoding::counters_json)] = intake::decode_counters;
    intake::ServiceLimits limits;
    limits.snapshot_bytes = 400;
    limits.journal = {.file_bytes = 500, .total_bytes = 1 << 20, .ahead_bytes = 0};
    TOLLGATE_TRY(service, intake::Service::open({.cells = *cells,
                                                 .clock = clock,
                                                 .folder = journal.folder(),
                                                 .decoders = decoders,
                                                 .next_plan = [plan] { return plan; }},
                                                limits, false));
    return {};
  }
  bool count(int64_t unit) {
    const std::string body = fmt::format(R"({{"slo":"shop/a","good":{},"time":{}}})", unit, kStart);
    return service
        ->submit_and_wait({.encoding = intake::Encoding::counters_json,
                           .source = "test",
                           .bytes = intake::counters_envelope(body, "", kStart)})
        .has_value();
  }
  void crash() {
    service.reset();
    cells.reset();
    disk.restart();
    journal.restart();
  }
  FaultVfs disk;
  FaultyDisk journal;
  Clock clock;
  std::unique_ptr<CellStore> cells;
  std::unique_ptr<intake::Service> service;
};

TEST(IntakeOnFailingDisks, counts_once_what_it_acknowledged_wherever_a_snapshot_ended) {
  int64_t operations = 1;
  for (int64_t at = 0; at < operations; ++at) {
    SCOPED_TRACE(fmt::format("operation {} of the cells", at));
    House house(static_cast<uint64_t>(at) * 2 + 3);
    ASSERT_TRUE(house.open());
    house.disk.plan(at == 0 ? Fault::none : Fault::power_loss, at);
    int64_t acknowledged = 0;
    int64_t unknown = 0;
    for (int i = 0; i < 14 && unknown == 0; ++i)
      (house.count(int64_t{1} << i) ? acknowledged : unknown) |= int64_t{1} << i;
    if (at == 0) operations = house.disk.operations();
    house.crash();
    const Result<void> opened = house.open();
    ASSERT_TRUE(opened) << opened.error().text();
    const slo::Objective objective{
        .slo = "shop/a", .target = {999'000}, .window = slo::rolling(days(30))};
    const int64_t sum = house.cells->aggregate(objective, "", kAll)->counts.good;
    EXPECT_EQ(sum & acknowledged, acknowledged);
    EXPECT_EQ(sum & ~(acknowledged | unknown), 0) << "nothing counts twice";
  }
  EXPECT_GT(operations, 10);
}

TEST(CellSweep, versions_that_are_long_silent_leave_the_disk_and_memory) {
  const std::string path = ::testing::TempDir() + "cells_sweep.db";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  const slo::Objective objective{
      .slo = "shop/a", .target = {999'000}, .window = slo::rolling(days(30))};
  const auto push = [](CellStore& store, const std::string& slo, const std::string& version,
                       Time time) {
    const uint32_t series = store.open_series({.slo = slo, .version = version});
    std::vector<Addition> additions;
    for (int64_t i = 0; i < 2000; ++i) {
      const int64_t ms = time.ms + i * 10'000;
      additions.push_back({series, ms / 10'000, 1'000'000 + i, i, ms});
    }
    ASSERT_TRUE(store.push({.source = "p", .additions = additions}));
    ASSERT_TRUE(store.write(store.collect("")));
  };
  const Time old{kStart};
  const Time now = old + days(401);
  {
    const auto store = CellStore::open(path).value();
    for (int i = 0; i < 50; ++i) push(*store, "shop/a", fmt::format("1.{}", i), old);
    push(*store, "shop/quiet", "1.0", old);
    EXPECT_EQ(store->sweep()->series, 0) << "nothing newer came";
    push(*store, "shop/a", "2.0", now);
    EXPECT_EQ(store->sweep()->series, 50);
    EXPECT_EQ(store->sweep()->series, 0);
    EXPECT_GT(store->aggregate(objective, "", {now, now + days(1)})->counts.good, 0);
    EXPECT_EQ(store->aggregate(objective, "", {old, old + days(1)})->counts.good, 0);
    push(*store, "shop/a", "1.7", now);  // it comes back: its handle is still good
    EXPECT_EQ(
        store->aggregate(objective, Place{.version = "1.7"}, {now, now + days(1)})->counts.good,
        2'001'999'000);
  }
  const auto store = CellStore::open(path).value();
  EXPECT_EQ(store->series("shop/a").size(), 2U);
  EXPECT_EQ(store->series("shop/quiet").size(), 1U) << "an SLO that is silent as a whole";
  EXPECT_LT(std::filesystem::file_size(path), 250'000U) << "the room was given back";
}

TEST(CellMemory, stays_below_its_limit_and_reads_back_what_had_to_go) {
  const std::string path = ::testing::TempDir() + "cells_memory.db";
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  constexpr size_t kLimit = 2'000'000;
  const auto store = CellStore::open(path, {.memory_bytes = kLimit}).value();
  constexpr int kSeries = 400;
  constexpr int64_t kCells = 2000;
  for (int i = 0; i < kSeries; ++i) {
    const uint32_t series = store->open_series({.slo = fmt::format("shop/{}", i)});
    std::vector<Addition> additions;
    for (int64_t cell = 0; cell < kCells; ++cell)
      additions.push_back({series, kStart / 10'000 + cell, 1, 0, kStart + cell * 10'000});
    ASSERT_TRUE(store->push({.source = "p", .additions = additions}));
    ASSERT_TRUE(store->write(store->collect("")));
    ASSERT_LT(store->memory_bytes(), kLimit * 11 / 10) << i;
  }
  for (int i = 0; i < kSeries; ++i) {
    const slo::Objective objective{
        .slo = fmt::format("shop/{}", i), .target = {999'000}, .window = slo::rolling(days(30))};
    EXPECT_EQ(store->aggregate(objective, "", kAll)->counts.good, kCells) << i;
    ASSERT_LT(store->memory_bytes(), kLimit * 11 / 10) << i;
  }
}

}  // namespace
}  // namespace tollgate::cells
