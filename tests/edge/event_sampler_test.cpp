// The intake under a budget of bytes: a flood of log records and spans is sampled, errors last;
// what is kept counts for all; and a journal brings exactly that back.
#include "edge/intake/event_sampler.hpp"

#include "edge/intake/event_codec.hpp"
#include "edge/intake/service.hpp"
#include "faulty_folder.hpp"
#include "foundation/base/codes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <filesystem>
#include <random>
#include <set>

namespace tollgate::intake {
namespace {

using testing_support::FaultyDisk;

constexpr int64_t kStart = 1'772'445'600'000;
const slo::Objective kMail{
    .slo = "mail/sent", .target = {990'000}, .window = slo::rolling(days(30))};
const slo::Span kDay{Time{kStart - 86'400'000}, Time{kStart + 86'400'000}};

class Clock : public engine::Clock {
 public:
  Time now() override { return Time{now_ms}; }
  int64_t now_ms = kStart;
};

/// Virtual CPU time: reading costs by the byte, what is kept by the event.
class Cpu : public engine::CpuClock, public BatchKeeper {
 public:
  Cpu() { running = this; }
  ~Cpu() override { running = nullptr; }
  int64_t thread_ns() override { return used_ns; }
  void take(const Batch& batch, uint64_t /*sequence*/) override {
    used_ns += static_cast<int64_t>(batch.events.size()) * kEventNs;
  }
  Result<void> keep(uint64_t /*sequence*/) override { return {}; }
  static Result<void> decode(std::string_view bytes, Batch& batch) {
    if (running != nullptr) running->used_ns += static_cast<int64_t>(bytes.size()) * kReadByteNs;
    return decode_events(bytes, batch);
  }

  static constexpr int64_t kReadByteNs = 20;
  static constexpr int64_t kEventNs = 200'000;
  int64_t used_ns = 0;

 private:
  static Cpu* running;  // a decoder has no state of its own
};
Cpu* Cpu::running = nullptr;

std::shared_ptr<const Plan> plan_of(bool keeps_all) {
  auto made = std::make_shared<Plan>();
  RouteSpec total{.slo = "mail/sent", .kind = RouteKind::events, .role = Role::total};
  total.is_beside_bad = true;
  total.query = R"({"service.name"="mailer"})";
  total.keeps_all = keeps_all;
  RouteSpec bad = total;
  bad.role = Role::bad;
  bad.is_beside_bad = false;
  bad.bad = {R"({result="bounced"})"};
  made->routes = {bad, total};
  made->slos = {"mail/sent"};
  return made;
}

/// Batches of events with texts of their own.
class Writer {
 public:
  void record(int64_t time_ms, bool is_bad, int number) {
    add(time_ms, is_bad, number);
    batch_.events.back().kind = EventKind::log;
  }
  void span(int64_t time_ms, bool is_bad, int number, std::string_view trace) {
    add(time_ms, is_bad, number);
    Event& event = batch_.events.back();
    event.kind = EventKind::span;
    event.duration_us = 1000;
    event.span = static_cast<int32_t>(batch_.spans.size());
    SpanPlace place;
    place.trace_id = keep(std::string(trace));
    place.span_id = keep(fmt::format("{:08}", number));
    batch_.spans.push_back(place);
  }
  Batch& batch() { return batch_; }

 private:
  void add(int64_t time_ms, bool is_bad, int number) {
    Event event;
    event.time_ms = time_ms;
    event.first_label = static_cast<uint32_t>(batch_.labels.size());
    event.label_count = 3;
    batch_.labels.push_back({"service.name", "mailer"});
    batch_.labels.push_back({"result", is_bad ? "bounced" : "delivered"});
    batch_.labels.push_back({"message", keep(fmt::format("message {}", number))});
    batch_.events.push_back(event);
  }
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  std::deque<std::string> texts_;
  Batch batch_;
};

class House {
 public:
  House(const std::string& name, const SamplingLimits& sampling, bool keeps_all = false)
      : disk(1), plan_(plan_of(keeps_all)) {
    limits_.sampling = sampling;
    path_ = ::testing::TempDir() + name;
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
    open();
  }
  void open() {
    cells = cells::CellStore::open(path_).value();
    Decoders decoders{};
    decoders[static_cast<size_t>(Encoding::events)] = Cpu::decode;
    service = Service::open({.cells = *cells,
                             .clock = clock,
                             .folder = disk.folder(),
                             .decoders = decoders,
                             .next_plan = [this] { return plan_; },
                             .keeper = &cpu,
                             .cpu_clock = &cpu},
                            limits_, false)
                  .value();
  }
  /// As if the process had died, and started again.
  void crash() {
    service.reset();
    cells.reset();
    disk.restart();
    open();
  }
  Receipt take(Writer& writer, const std::string& source = "collector") {
    return service
        ->submit_and_wait({.encoding = Encoding::events,
                           .source = source,
                           .bytes = encode_events(writer.batch())})
        .value();
  }
  cells::Aggregate aggregate() const { return cells->aggregate(kMail, "", kDay).value(); }

  FaultyDisk disk;
  Clock clock;
  Cpu cpu;
  std::unique_ptr<cells::CellStore> cells;
  std::unique_ptr<Service> service;

 private:
  std::shared_ptr<const Plan> plan_;
  ServiceLimits limits_;
  std::string path_;
};

struct Offered {
  int64_t good = 0;
  int64_t bad = 0;
};

/// Ten seconds of 2,000 records a second, one in fifty bad, about 240 KB/s.
Offered flood(House& house, const std::string& source = "collector") {
  std::mt19937_64 random(7);
  std::bernoulli_distribution is_bad(0.02);
  Offered offered;
  int number = 0;
  for (int batch = 0; batch < 40; ++batch) {
    house.clock.now_ms = kStart + batch * 250;
    Writer writer;
    for (int i = 0; i < 500; ++i) {
      const bool bad = is_bad(random);
      (bad ? offered.bad : offered.good) += 1;
      writer.record(house.clock.now_ms, bad, ++number);
    }
    (void)house.take(writer, source);
  }
  return offered;
}

/// Every bad record was kept; good ones are estimated, with the deviation that is returned.
double expect_estimate(const cells::Aggregate& counted, const Offered& offered) {
  EXPECT_EQ(counted.counts.bad, offered.bad);
  EXPECT_EQ(counted.squares.bad, 0);
  const auto good = static_cast<double>(counted.counts.good);
  const double deviation = std::sqrt(static_cast<double>(counted.squares.good));
  EXPECT_GT(deviation, 0);
  EXPECT_NEAR(good, static_cast<double>(offered.good), 4 * deviation);
  return deviation;
}

constexpr int64_t kRate = 20'000;

TEST(EventSampler, a_flood_is_sampled_within_its_budget_and_errors_are_kept) {
  House house("sampler_flood.db", {.bytes_per_second = kRate});
  const Offered offered = flood(house);
  const cells::Aggregate counted = house.aggregate();
  const auto good = static_cast<double>(counted.counts.good);
  EXPECT_LT(expect_estimate(counted, offered), 0.1 * good);

  const ServiceStatus status = house.service->status();
  ASSERT_EQ(status.sampling.size(), 1u);
  EXPECT_EQ(status.sampling[0].kept + status.sampling[0].left_out, 20'000);
  EXPECT_GT(status.sampling[0].left_out, 10'000);
  EXPECT_LT(status.sampling[0].share_good, 0.2);
  EXPECT_EQ(status.sampling[0].share_bad, 1);
  EXPECT_EQ(status.sources[0].counts.sampled_out, status.sampling[0].left_out);
  EXPECT_LE(status.journal_bytes, static_cast<uint64_t>(kRate) * 16);

  const SourceSampling& sampling = status.sources[0].sampling;
  const stats::SampleTally recent = sampling.watch.recent(house.clock.now());
  EXPECT_EQ(sampling.probability_good, status.sampling[0].share_good);
  EXPECT_EQ(sampling.probability_bad, 1);
  EXPECT_EQ(recent.offered, 20'000);
  EXPECT_EQ(recent.kept, status.sampling[0].kept);
  EXPECT_EQ(recent.bad.weight, static_cast<double>(offered.bad));
  EXPECT_NEAR(recent.good.weight, good, 0.001 * good);
  EXPECT_GT(recent.effective(), static_cast<double>(offered.bad));
  EXPECT_LT(recent.effective(), 20'000);
  EXPECT_EQ(sampling.watch.recent(house.clock.now() + minutes(70)).offered, 0);
}

TEST(EventSampler, a_journal_brings_back_what_was_kept_to_the_last_bit) {
  House house("sampler_crash.db", {.bytes_per_second = kRate});
  (void)flood(house);
  const cells::Aggregate before = house.aggregate();
  house.crash();
  const cells::Aggregate after = house.aggregate();
  EXPECT_EQ(after.counts, before.counts);
  EXPECT_EQ(after.squares, before.squares);
}

TEST(EventSampler, an_slo_may_forbid_that_its_events_are_sampled) {
  House house("sampler_never.db", {.bytes_per_second = kRate}, true);
  const Offered offered = flood(house);
  EXPECT_EQ(house.aggregate().counts, (slo::Counts{offered.good, offered.bad}));
  EXPECT_EQ(house.aggregate().squares, slo::Counts{});
}

TEST(EventSampler, a_source_may_have_a_budget_of_its_own_or_none) {
  const SamplingLimits limits = parse_sampling({"20KB/s", "edge=5KB/s", "batch=0B/s"}, {}).value();
  House exempt("sampler_exempt.db", limits);
  const Offered offered = flood(exempt, "batch");
  EXPECT_EQ(exempt.aggregate().counts.total(), offered.good + offered.bad);
  House own("sampler_own.db", limits);
  (void)flood(own, "edge");
  for (const SamplingStatus& budget : own.service->status().sampling) {
    EXPECT_EQ(budget.left_out > 0, budget.source == "edge") << budget.source;
  }
  EXPECT_FALSE(parse_sampling({"4 apples"}, {}));
  EXPECT_FALSE(parse_sampling({"-4MB/s"}, {}));
  EXPECT_EQ(parse_sampling({"4MB/s"}, {})->bytes_per_second, 4'000'000);
}

TEST(EventSampler, a_flood_is_sampled_within_a_budget_of_cpu_time) {
  // Unsampled, the flood costs 2,000 events of 200 us a second: two fifths of a core.
  House house("sampler_cpu.db", {.cpu = Ppm{100'000}});
  const Offered offered = flood(house);
  EXPECT_LE(house.cpu.used_ns, 100'000'000 * (10 + 2));
  EXPECT_GE(house.cpu.used_ns, 100'000'000 * 7);
  const cells::Aggregate counted = house.aggregate();
  expect_estimate(counted, offered);

  const std::vector<SamplingStatus> budgets = house.service->status().sampling;
  ASSERT_EQ(budgets.size(), 1u);
  EXPECT_EQ(budgets[0].cpu, Ppm{100'000});
  EXPECT_EQ(budgets[0].cpu_used_ns, house.cpu.used_ns);
  EXPECT_LT(budgets[0].share_good, 0.5);
  EXPECT_EQ(budgets[0].share_bad, 1);
  EXPECT_EQ(budgets[0].kept + budgets[0].left_out, 20'000);

  // A trickle is kept whole again.
  for (int second = 0; second < 30; ++second) {
    house.clock.now_ms += 1'000;
    Writer writer;
    writer.record(house.clock.now_ms, false, 30'000 + second);
    (void)house.take(writer);
  }
  EXPECT_EQ(house.service->status().sampling[0].share_good, 1);
}

TEST(EventSampler, of_two_budgets_the_tighter_one_rules) {
  const auto left_out = [](const std::string& name, const SamplingLimits& limits) {
    House house(name, limits);
    (void)flood(house);
    return house.service->status().sampling;
  };
  const std::vector<SamplingStatus> by_bytes =
      left_out("sampler_tight_bytes.db", {.bytes_per_second = kRate, .cpu = Ppm{900'000}});
  ASSERT_EQ(by_bytes.size(), 2u);
  EXPECT_GT(by_bytes[0].left_out, 10'000);
  EXPECT_EQ(by_bytes[1].left_out, 0);
  EXPECT_EQ(by_bytes[1].kept, by_bytes[0].kept);
  const std::vector<SamplingStatus> by_cpu =
      left_out("sampler_tight_cpu.db", {.bytes_per_second = 10'000'000, .cpu = Ppm{50'000}});
  EXPECT_EQ(by_cpu[0].left_out, 0);
  EXPECT_GT(by_cpu[1].left_out, 10'000);
}

TEST(EventSampler, a_source_may_have_a_share_of_cpu_time_of_its_own_or_none) {
  const SamplingLimits limits = parse_sampling({}, {"90%", "edge=0.02", "batch=0%"}).value();
  House exempt("sampler_cpu_exempt.db", limits);
  const Offered offered = flood(exempt, "batch");
  EXPECT_EQ(exempt.aggregate().counts.total(), offered.good + offered.bad);
  House own("sampler_cpu_own.db", limits);
  (void)flood(own, "edge");
  for (const SamplingStatus& budget : own.service->status().sampling) {
    EXPECT_EQ(budget.left_out > 0, budget.source == "edge") << budget.source;
    EXPECT_EQ(budget.cpu_used_ns > 0, budget.source == "edge") << budget.source;
  }
}

TEST(EventSampler, a_share_of_cpu_time_that_makes_no_sense_is_refused_in_words) {
  const auto refused = [](const std::string& text) {
    const Result<SamplingLimits> limits = parse_sampling({}, {text});
    return limits ? "taken" : limits.error().message;
  };
  EXPECT_EQ(refused("much"), "\"much\" is not a share of a core such as 25% or 0.25");
  EXPECT_EQ(refused("edge=-5%"), "\"-5%\" is not a share of a core such as 25% or 0.25");
  EXPECT_EQ(refused("4MB/s"), "\"4MB/s\" is not a share of a core such as 25% or 0.25");
  EXPECT_EQ(refused("25"),
            "\"25\" is more than one core, and the intake uses no more: give 0% to 100%");
  EXPECT_EQ(parse_sampling({}, {"12.5%"})->cpu, Ppm{125'000});
}

TEST(EventSampler, the_spans_of_a_trace_stand_and_fall_together) {
  Router router([](const cells::SeriesKey&) { return 0u; });
  ASSERT_TRUE(router.set_routes(plan_of(false)->routes).empty());
  EventSampler sampler({.bytes_per_second = 5'000});
  BatchWork work;
  std::mt19937_64 random(3);
  Writer writer;
  for (int trace = 0; trace < 1000; ++trace) {
    std::string id(16, '\0');
    for (char& c : id) c = static_cast<char>(random());
    for (int i = 0; i < 4; ++i) writer.span(kStart, trace % 100 == 0 && i == 0, trace * 4 + i, id);
  }
  Batch& batch = writer.batch();
  batch.source = "collector";
  batch.arrived_ms = kStart;
  ASSERT_TRUE(sampler.thin(batch, router, work));
  std::map<std::string_view, std::pair<int, std::set<double>>> traces;
  for (const Event& event : batch.events) {
    auto& [spans, weights] = traces[batch.spans[static_cast<size_t>(event.span)].trace_id];
    ++spans;
    weights.insert(event.weight);
  }
  EXPECT_LT(traces.size(), 200u);
  EXPECT_GE(traces.size(), 10u);  // those with an error
  for (const auto& [trace, found] : traces) {
    EXPECT_EQ(found.first, 4);
    EXPECT_EQ(found.second.size(), 1u);
  }
}

TEST(EventSampler, a_weight_that_came_with_a_span_is_not_multiplied) {
  Router router([](const cells::SeriesKey&) { return 0u; });
  ASSERT_TRUE(router.set_routes(plan_of(false)->routes).empty());
  EventSampler sampler({.bytes_per_second = 2'000});
  BatchWork work;
  std::mt19937_64 random(5);
  // Upstream kept one in four: what arrives has randomness in the upper quarter.
  double estimate = 0;
  constexpr int kRounds = 40;
  constexpr int kTraces = 500;
  for (int round = 0; round < kRounds; ++round) {
    Writer writer;
    for (int trace = 0; trace < kTraces; ++trace) {
      std::string id(16, '\x40');
      for (size_t i = 9; i < 16; ++i) id[i] = static_cast<char>(random());
      id[9] = static_cast<char>(id[9] | static_cast<char>(0xC0));
      writer.span(kStart, false, trace, id);
      writer.batch().events.back().weight = 4;
    }
    writer.batch().arrived_ms = kStart + round * 1000;
    ASSERT_TRUE(sampler.thin(writer.batch(), router, work));
    for (const Event& event : writer.batch().events) estimate += event.weight;
  }
  EXPECT_NEAR(estimate, 4.0 * kTraces * kRounds, 0.2 * 4 * kTraces * kRounds);
}

TEST(EventCodec, what_is_written_is_read_and_damage_is_an_error) {
  Writer writer;
  writer.record(kStart, true, 1);
  writer.span(kStart + 1, false, 2, "0123456789abcdef");
  writer.batch().events[1].weight = 16;
  const std::string bytes = encode_events(writer.batch());
  Batch back;
  ASSERT_TRUE(decode_events(bytes, back));
  ASSERT_EQ(back.events.size(), 2u);
  EXPECT_EQ(back.events[1].weight, 16);
  EXPECT_EQ(back.spans[0].trace_id, "0123456789abcdef");
  EXPECT_EQ(back.labels[1].value, "bounced");
  EXPECT_EQ(encode_events(back), bytes);

  std::mt19937_64 random(9);
  for (int i = 0; i < 20'000; ++i) {
    std::string broken = bytes.substr(0, random() % (bytes.size() + 1));
    for (int changes = 0; changes < 3 && !broken.empty(); ++changes)
      broken[random() % broken.size()] = static_cast<char>(random());
    Batch batch;
    const Result<void> read = decode_events(broken, batch);
    if (read) continue;
    EXPECT_TRUE(read.error().code == codes::bad_request || read.error().code == codes::too_large);
  }
  EXPECT_FALSE(decode_events(bytes.substr(0, bytes.size() - 1), back));
}

}  // namespace
}  // namespace tollgate::intake
