// The past tells of alerts what the present told: rules that are tried on recorded counts go on and
// off when the running ones did, also where events were sampled.
#include "domain/slo/retention.hpp"
#include "domain/slo/weighed_cells.hpp"
#include "edge/store/memory_store.hpp"
#include "engine/engine.hpp"
#include "sim/parts.hpp"

#include <gtest/gtest.h>

namespace tollgate::engine {
namespace {

constexpr Time kStart{1'772'445'600'000};  // 2026-03-02T10:00Z
constexpr Duration kBefore = days(30);
constexpr Duration kLived = hours(12);

/// Answers out of cells that are known beforehand.
class Recorded : public SignalSource {
 public:
  std::string_view name() const override { return "recorded"; }
  model::Reading read(const ReadingRequest& request) override {
    model::Reading reading;
    reading.slo = request.objective->slo;
    reading.environment = request.environment;
    reading.from = request.span.from;
    reading.to = request.span.to;
    reading.watermark = reading.fetched_at = request.as_of;
    const slo::Counts whole = counts.counts(request.span);
    reading.good = whole.good;
    reading.bad = whole.bad;
    reading.total = whole.total();
    if (const slo::Counts more = surplus.counts(request.span); more != slo::Counts{})
      reading.squares = {.good = whole.good + more.good, .bad = whole.bad + more.bad};
    if (request.objective->method == slo::BudgetingMethod::timeslices) {
      const slo::Counts judged = slices.counts(request.span);
      reading.slices = model::Slices{.good = judged.good, .bad = judged.bad};
    }
    return reading;
  }
  /// Events that were seen; each stands for `weight`.
  void see(Time at, slo::Counts seen, int64_t weight) {
    const auto times = [&seen](int64_t by) {
      return slo::Counts{.good = seen.good * by, .bad = seen.bad * by};
    };
    EXPECT_TRUE(counts.add(at, times(weight)));
    EXPECT_TRUE(surplus.add(at, times(weight * weight - weight)));
  }
  slo::CellSeries counts;
  slo::CellSeries surplus;
  slo::CellSeries slices;  // of a time-slice SLO
};

constexpr std::string_view kPolicy = R"(
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells.}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: on-call}
spec: {target: slack}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: burn, annotations: {tollgate.dev/rules: default}}
spec:
  alertWhenBreaching: true
  alertWhenResolved: true
  conditions:
    - kind: AlertCondition
      metadata: {name: page}
      spec: {severity: page, condition: {kind: burnrate, threshold: 14.4, lookbackWindow: 1h}}
  notificationTargets: [{targetRef: on-call}]
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  service: shop
  indicator:
    metadata: {name: shop}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: cells, spec: {query: good}}}
        total: {metricSource: {type: cells, spec: {query: total}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: x, target: 0.999}]
  alertPolicies: [{alertPolicyRef: burn}]
)";

struct Episode {
  Time raised;
  Time cleared;
  model::AlertReason reason;
  friend bool operator==(const Episode&, const Episode&) = default;
};
std::ostream& operator<<(std::ostream& out, const Episode& episode) {
  return out << time_text(episode.raised) << " to " << time_text(episode.cleared);
}

class AlertPastTest : public testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override {
    auto opened = Engine::open({.store = *store,
                                .checkpoints = *checkpoints,
                                .signer = ledger::NoteSigner::parse(secret).value(),
                                .blobs = *blobs,
                                .signals = source,
                                .zones = zones,
                                .clock = clock},
                               {.is_threaded = false});
    ASSERT_TRUE(opened) << opened.error().text();
    engine = std::move(*opened);
    apply(std::string(kPolicy));
  }

  void apply(const std::string& policy) {
    const model::SourceText text{.file = "policy.yaml", .text = policy};
    model::Loaded loaded = model::load(std::span(&text, 1));
    Problems problems = std::move(loaded.problems);
    const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
    ASSERT_TRUE(problems.empty()) << problems.front().text();
    ASSERT_TRUE(engine->apply(bundle, "test", {}, {.actor = {.subject = "test"}}));
  }

  /// 60 events a minute of which one in `weight` is seen; two failures stand alone, and four hours
  /// in, a third fails for forty minutes.
  void record(int64_t weight) {
    sim::Chance chance(7);
    for (Time at = kStart - kBefore; at < kStart + kLived; at = at + minutes(1)) {
      const Duration since = at - kStart;
      const bool is_broken = hours(4) <= since && since < hours(4) + minutes(40);
      slo::Counts seen{.good = 60 / weight};
      if (since == minutes(90) || since == hours(11)) seen.bad = 1;
      for (int64_t i = 0; is_broken && i < 60 / weight; ++i) seen.bad += chance.percent(33) ? 1 : 0;
      seen.good -= seen.bad;
      source.see(at + seconds(10 * static_cast<int64_t>(chance.pick(6))), seen, weight);
    }
  }

  std::vector<Episode> live() {
    while (clock.now() < kStart + kLived) {
      EXPECT_TRUE(engine->tick());
      clock.advance(minutes(1));
    }
    std::vector<Episode> episodes;
    EXPECT_TRUE(engine->ledger().read(0, engine->views().size(), [&](const StoredLeaf& stored) {
      const model::Event event = model::decode_event(stored.leaf).value();
      if (const auto* raised = std::get_if<model::AlertRaised>(&event.data))
        episodes.push_back({event.time, kStart + kLived, raised->reason});
      if (std::get_if<model::AlertCleared>(&event.data) != nullptr)
        episodes.back().cleared = event.time;
      return Result<void>{};
    }));
    return episodes;
  }

  static std::vector<Episode> episodes_of(const slo::Backtest& backtest) {
    std::vector<Episode> episodes;
    for (const slo::BacktestAlert& alert : backtest.alerts)
      episodes.push_back({alert.raised, alert.cleared, alert.reason});
    return episodes;
  }

  std::string secret = ledger::NoteSigner::generate("test").value().secret_text();
  std::unique_ptr<LedgerStore> store = store::make_memory_ledger();
  std::unique_ptr<CheckpointStore> checkpoints = store::make_memory_checkpoint();
  std::unique_ptr<BlobStore> blobs = store::make_memory_blobs();
  Recorded source;
  sim::Zones zones;
  sim::Clock clock{kStart};
  std::unique_ptr<Engine> engine;
};

TEST_P(AlertPastTest, a_backtest_goes_on_and_off_when_the_running_alert_did) {
  record(GetParam());
  const std::vector<Episode> lived = live();
  ASSERT_FALSE(lived.empty());
  const slo::Span past{kStart, kStart + kLived};
  const auto tried = engine->alert_backtest({.slo = "shop/availability", .past = past});
  ASSERT_TRUE(tried) << tried.error().text();
  ASSERT_EQ(tried->rules.size(), 1U);
  EXPECT_EQ(episodes_of(tried->rules[0].backtest), lived);
  EXPECT_EQ(tried->counts.is_sampled(), GetParam() > 1);
  EXPECT_EQ(tried->counts.effective, tried->counts.total() / GetParam());
}
INSTANTIATE_TEST_SUITE_P(Weights, AlertPastTest, testing::Values(1, 10, 60),
                         [](const auto& row) { return "one_in_" + std::to_string(row.param); });

/// Ten days later most hours are one cell each; those that burned are kept by the minute.
TEST_F(AlertPastTest, a_backtest_finds_what_is_long_ago) {
  record(1);
  const std::vector<Episode> lived = live();
  ASSERT_FALSE(lived.empty());
  const size_t cells_before = source.counts.cell_count();
  const slo::Retention retention =
      slo::retention_of({.slo = "shop/availability", .target = {999'000}});
  (void)slo::retain(source.counts, kStart + days(10), retention);
  EXPECT_LT(source.counts.cell_count(), cells_before / 30);
  const slo::Span past{kStart, kStart + kLived};
  const auto tried = engine->alert_backtest({.slo = "shop/availability", .past = past});
  ASSERT_TRUE(tried) << tried.error().text();
  const std::vector<Episode> found = episodes_of(tried->rules.at(0).backtest);
  ASSERT_EQ(found.size(), lived.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].raised, lived[i].raised);
    EXPECT_LE(std::abs((found[i].cleared - lived[i].cleared).ms), minutes(10).ms);
  }
}

TEST_F(AlertPastTest, an_alert_of_a_time_slice_slo_counts_slices_live_and_in_the_past) {
  std::string policy(kPolicy);
  const auto replace = [&policy](std::string_view from, std::string_view to) {
    policy.replace(policy.find(from), from.size(), to);
  };
  replace("Occurrences", "Timeslices");
  replace("target: 0.999", "target: 0.999, timeSliceTarget: 0.95, timeSliceWindow: 1m");
  apply(policy);
  // A million events a minute are one slice: they are no more evidence than that.
  constexpr slo::Counts kEvents{.good = 1'000'000};
  sim::Chance chance(7);
  for (Time at = kStart - kBefore; at < kStart + kLived; at = at + minutes(1)) {
    const Duration since = at - kStart;
    const bool is_broken = hours(4) <= since && since < hours(4) + minutes(40);
    const bool is_bad = is_broken && chance.percent(40);
    ASSERT_TRUE(source.counts.add(at, kEvents));
    ASSERT_TRUE(source.slices.add(at, {.good = is_bad ? 0 : 1, .bad = is_bad ? 1 : 0}));
  }
  const std::vector<Episode> lived = live();
  ASSERT_FALSE(lived.empty());
  // Charts are for events: a slice is a verdict on many of them already.
  EXPECT_EQ(lived.front().reason, model::AlertReason::burn);
  const auto tried =
      engine->alert_backtest({.slo = "shop/availability", .past = {kStart, kStart + kLived}});
  ASSERT_TRUE(tried) << tried.error().text();
  EXPECT_EQ(episodes_of(tried->rules.at(0).backtest), lived);
  EXPECT_EQ(tried->counts.total(), kLived.ms / minutes(1).ms);
}

TEST_F(AlertPastTest, silence_and_maintenance_are_the_same_in_the_past) {
  std::string policy(kPolicy);
  const std::string_view asks = "  alertWhenResolved: true\n";
  policy.insert(policy.find(asks), "  alertWhenNoData: true\n");
  apply(policy + R"(
---
apiVersion: tollgate/v1
kind: Calendar
metadata: {name: planned}
spec:
  timeZone: UTC
  entries:
    - name: upgrade
      type: maintenance
      start: 2026-03-02T12:00
      end: 2026-03-02T13:00
      excludeFromBudgets: true
    - name: move
      type: maintenance
      start: 2026-03-02T15:00
      end: 2026-03-02T16:00
      excludeFromBudgets: true
)");
  // Events all through the upgrade; none from within the move until much later; none again in the
  // evening. Half of them fail in both.
  for (Time at = kStart - kBefore; at < kStart + kLived; at = at + minutes(1)) {
    const Duration since = at - kStart;
    if (hours(5) + minutes(30) <= since && since < hours(7)) continue;
    if (hours(9) <= since && since < hours(10)) continue;
    const bool is_planned =
        (hours(2) <= since && since < hours(3)) || (hours(5) <= since && since < hours(6));
    source.see(at, is_planned ? slo::Counts{.good = 30, .bad = 30} : slo::Counts{.good = 60}, 1);
  }
  const std::vector<Episode> lived = live();
  ASSERT_EQ(lived.size(), 2U);
  for (const Episode& each : lived) EXPECT_EQ(each.reason, model::AlertReason::no_data);
  EXPECT_EQ(lived[0].raised, kStart + hours(6) + minutes(11)) << "the move is no silence";
  const auto tried =
      engine->alert_backtest({.slo = "shop/availability", .past = {kStart, kStart + kLived}});
  ASSERT_TRUE(tried) << tried.error().text();
  EXPECT_EQ(episodes_of(tried->rules.at(0).backtest), lived);
}

TEST_F(AlertPastTest, tuning_does_not_take_a_few_sampled_failures_for_many) {
  record(60);
  const slo::Span past{kStart, kStart + kLived};
  const PastQuestion question{
      .slo = "shop/availability",
      .past = past,
      .incidents = std::vector<slo::Span>{{kStart + hours(4), kStart + hours(5)}}};
  const auto tuned = engine->alert_tuning(question, {});
  ASSERT_TRUE(tuned) << tuned.error().text();
  // The same counts as if every event had been seen: what is rare looks like a burst.
  slo::WeighedCells whole;
  source.counts.visit({kStart - days(3), past.to}, [&](Time at, const slo::Counts& counts) {
    EXPECT_TRUE(whole.add(at, counts));
  });
  const auto believed = slo::tune(tuned->objective, whole, past, *question.incidents, {});
  const auto noise = [](const std::vector<slo::Candidate>& candidates) {
    int64_t alerts = 0;
    for (const slo::Candidate& each : candidates) {
      if (each.guards.confidence.value == 990'000) alerts += each.noise.false_alerts;
    }
    return alerts;
  };
  EXPECT_GT(noise(believed), 0) << "the feed is too calm to show it";
  EXPECT_EQ(noise(tuned->candidates), 0);
}

}  // namespace
}  // namespace tollgate::engine
