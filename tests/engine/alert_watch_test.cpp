// Alerts in the engine: raised once, over restarts too; told once for one cause; cleared after
// calm; silent inside no service's fault of its source.
#include "edge/store/memory_store.hpp"
#include "engine/engine.hpp"
#include "foundation/base/codes.hpp"
#include "sim/parts.hpp"

#include <gtest/gtest.h>

namespace tollgate::engine {
namespace {

constexpr Time kStart{1'772'445'600'000};  // 2026-03-02T10:00Z

/// Shares of bad events by SLO, from now on.
class Traffic : public SignalSource {
 public:
  std::string_view name() const override { return "traffic"; }
  model::Reading read(const ReadingRequest& request) override {
    ++questions;
    model::Reading reading;
    reading.slo = request.objective->slo;
    reading.environment = request.environment;
    reading.from = request.span.from;
    reading.to = request.span.to;
    reading.watermark = reading.fetched_at = request.as_of;
    if (is_failing) {
      reading.error = "no answer";
      reading.watermark = {};
      return reading;
    }
    if (is_absent) return reading;  // its sender lives: the watermark is fresh
    const int64_t minutes_long = (request.span.to - request.span.from).ms / 60'000;
    const bool is_long = minutes_long > 24 * 60;
    reading.total = is_silent && !is_long ? 0 : minutes_long * 1000;
    reading.bad = reading.total * bad_ppm[reading.slo] / 1'000'000 / (is_long ? 100 : 1);
    reading.good = reading.total - reading.bad;
    return reading;
  }
  std::vector<std::string> feeders(const ReadingRequest&) override { return {"edge-agent"}; }
  std::map<std::string, int64_t> bad_ppm;
  bool is_failing = false;
  bool is_silent = false;
  bool is_absent = false;  // no event in any window
  int questions = 0;
};

class Receiver : public Deliverer {
 public:
  Result<void> deliver(const Notification& notification) override {
    told.push_back(notification);
    return {};
  }
  Duration repeat_every(const Notification& notification) const override {
    return notification.target_type == "alertmanager" ? minutes(1) : Duration{};
  }
  int count(std::string_view type) const {
    return static_cast<int>(std::count_if(told.begin(), told.end(),
                                          [type](const auto& each) { return each.type == type; }));
  }
  std::vector<Notification> told;
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
spec: {target: TARGET}
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: burn, annotations: {tollgate.dev/rules: default}}
spec:
  alertWhenBreaching: true
  alertWhenResolved: true
  alertWhenNoData: true
  conditions:
    - kind: AlertCondition
      metadata: {name: page}
      spec: {severity: page, condition: {kind: burnrate, threshold: 14.4, lookbackWindow: 1h}}
  notificationTargets: [{targetRef: on-call}]
)";

constexpr std::string_view kMaintenance = R"(
---
apiVersion: tollgate/v1
kind: Calendar
metadata: {name: planned}
spec:
  timeZone: UTC
  entries:
    - name: database move
      type: maintenance
      start: 2026-03-02T10:00
      end: 2026-03-02T10:30
      excludeFromBudgets: true
)";

std::string slo_text(std::string_view name) {
  return fmt::format(R"(
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {}}}
spec:
  service: shop
  indicator:
    metadata: {{name: shop}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: cells, spec: {{query: good}}}}}}
        total: {{metricSource: {{type: cells, spec: {{query: total}}}}}}
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{displayName: x, target: 0.999}}]
  alertPolicies: [{{alertPolicyRef: burn}}]
)",
                     name);
}

class AlertWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    open();
    apply(std::string(kPolicy) + slo_text("availability") + slo_text("latency"));
  }

  void open() {
    engine.reset();
    auto opened = Engine::open({.store = *store,
                                .checkpoints = *checkpoints,
                                .signer = ledger::NoteSigner::parse(secret).value(),
                                .blobs = *blobs,
                                .signals = traffic,
                                .zones = zones,
                                .clock = clock,
                                .deliverer = &receiver},
                               {.is_threaded = false});
    ASSERT_TRUE(opened) << opened.error().text();
    engine = std::move(*opened);
  }

  void apply(std::string text, const std::string& target = "slack") {
    if (const size_t at = text.find("TARGET"); at != std::string::npos) text.replace(at, 6, target);
    const model::SourceText source{.file = "policy.yaml", .text = text};
    model::Loaded loaded = model::load(std::span(&source, 1));
    ASSERT_TRUE(loaded.problems.empty()) << loaded.problems.front().text();
    Problems problems;
    const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
    ASSERT_TRUE(problems.empty()) << problems.front().text();
    ASSERT_TRUE(engine->apply(bundle, "test", {}, {.actor = {.subject = "test"}}));
  }

  /// Lives on for a while, a tick every ten seconds.
  void live(Duration span) {
    for (Duration passed{}; passed < span; passed = passed + seconds(10)) {
      clock.advance(seconds(10));
      ASSERT_TRUE(engine->tick());
    }
  }

  template <class Event>
  std::vector<Event> all() {
    std::vector<Event> found;
    EXPECT_TRUE(engine->ledger().read(0, engine->views().size(), [&](const StoredLeaf& stored) {
      const auto event = model::decode_event(stored.leaf);
      if (const auto* each = std::get_if<Event>(&event->data)) found.push_back(*each);
      return Result<void>{};
    }));
    return found;
  }

  std::string secret = ledger::NoteSigner::generate("test").value().secret_text();
  std::unique_ptr<LedgerStore> store = store::make_memory_ledger();
  std::unique_ptr<CheckpointStore> checkpoints = store::make_memory_checkpoint();
  std::unique_ptr<BlobStore> blobs = store::make_memory_blobs();
  Traffic traffic;
  Receiver receiver;
  sim::Zones zones;
  sim::Clock clock{kStart};
  std::unique_ptr<Engine> engine;
};

TEST_F(AlertWatchTest, an_alert_is_raised_once_and_a_restart_keeps_it_one) {
  live(minutes(3));
  EXPECT_TRUE(all<model::AlertRaised>().empty());
  traffic.bad_ppm["shop/availability"] = 50'000;
  live(minutes(3));
  open();
  live(minutes(3));
  const auto raised = all<model::AlertRaised>();
  ASSERT_EQ(raised.size(), 1U);
  EXPECT_EQ(raised[0].reason, model::AlertReason::burn);
  EXPECT_EQ(raised[0].burn, 50'000);
  EXPECT_EQ(raised[0].limit, 14'400);
  EXPECT_EQ(receiver.count("alert.raised"), 1);
  const auto statuses = engine->alerts();
  ASSERT_EQ(statuses.size(), 2U);
  EXPECT_TRUE(statuses[0].is_on);
  EXPECT_FALSE(statuses[1].is_on);

  traffic.bad_ppm["shop/availability"] = 100;
  live(minutes(4));
  EXPECT_TRUE(all<model::AlertCleared>().empty()) << "calm must last five minutes";
  live(minutes(3));
  const auto cleared = all<model::AlertCleared>();
  ASSERT_EQ(cleared.size(), 1U);
  EXPECT_TRUE(cleared[0].is_last);
  EXPECT_EQ(receiver.count("alert.cleared"), 1);
  EXPECT_TRUE(engine->replay());
}

TEST_F(AlertWatchTest, alerts_of_one_cause_are_one_incident_for_those_who_are_told) {
  traffic.bad_ppm["shop/availability"] = 50'000;
  live(minutes(1));
  traffic.bad_ppm["shop/latency"] = 90'000;
  live(minutes(1));
  const auto raised = all<model::AlertRaised>();
  ASSERT_EQ(raised.size(), 2U);
  EXPECT_EQ(raised[1].incident.alert, raised[0].identity.alert);
  EXPECT_EQ(receiver.count("alert.raised"), 1);
  // The first of them calms down; the incident goes on.
  traffic.bad_ppm["shop/availability"] = 0;
  live(minutes(8));
  EXPECT_EQ(receiver.count("alert.cleared"), 0);
  traffic.bad_ppm["shop/latency"] = 0;
  live(minutes(8));
  const auto cleared = all<model::AlertCleared>();
  ASSERT_EQ(cleared.size(), 2U);
  EXPECT_FALSE(cleared[0].is_last);
  EXPECT_TRUE(cleared[1].is_last);
  EXPECT_EQ(cleared[1].incident.alert, raised[0].identity.alert) << "the key that opened it";
  EXPECT_EQ(receiver.count("alert.cleared"), 1);
}

TEST_F(AlertWatchTest, a_failing_source_raises_nothing_but_silence_alerts_in_the_end) {
  traffic.bad_ppm["shop/availability"] = 0;
  live(minutes(2));
  traffic.is_failing = true;
  live(minutes(8));
  EXPECT_TRUE(all<model::AlertRaised>().empty());
  EXPECT_EQ(engine->alerts().at(0).error, "no answer");
  live(minutes(5));
  const auto raised = all<model::AlertRaised>();
  ASSERT_EQ(raised.size(), 2U) << "both SLOs";
  EXPECT_EQ(raised[0].reason, model::AlertReason::no_data);
  traffic.is_failing = false;
  live(minutes(7));
  EXPECT_EQ(all<model::AlertCleared>().size(), 2U);
}

TEST_F(AlertWatchTest, a_source_that_is_up_to_date_and_says_nothing_is_silence_too) {
  live(minutes(1));
  traffic.is_silent = true;
  live(minutes(2));
  ASSERT_EQ(all<model::AlertRaised>().size(), 2U);
  EXPECT_EQ(all<model::AlertRaised>()[0].reason, model::AlertReason::no_data);
}

TEST_F(AlertWatchTest, a_metric_that_never_appears_alerts_some_time_after_the_policy_asked_for_it) {
  traffic.is_absent = true;
  live(minutes(8));
  EXPECT_TRUE(all<model::AlertRaised>().empty());
  live(minutes(4));
  const auto raised = all<model::AlertRaised>();
  ASSERT_EQ(raised.size(), 2U);
  EXPECT_EQ(raised[0].reason, model::AlertReason::no_data);
  EXPECT_FALSE(raised[0].newest) << "there never was any";
  traffic.is_absent = false;
  live(minutes(7));
  EXPECT_EQ(all<model::AlertCleared>().size(), 2U);
}

TEST_F(AlertWatchTest, inside_a_maintenance_of_the_calendar_nothing_is_raised) {
  apply(std::string(kPolicy) + slo_text("availability") + std::string(kMaintenance));
  traffic.bad_ppm["shop/availability"] = 50'000;
  live(minutes(20));
  EXPECT_TRUE(all<model::AlertRaised>().empty());
  EXPECT_TRUE(engine->alerts().at(0).is_excluded);
  live(minutes(30));
  EXPECT_FALSE(engine->alerts().at(0).is_excluded);
  EXPECT_EQ(all<model::AlertRaised>().size(), 1U) << "it is over and still burns";
}

TEST_F(AlertWatchTest, silence_after_a_maintenance_is_counted_from_its_end) {
  apply(std::string(kPolicy) + slo_text("availability") + std::string(kMaintenance));
  traffic.bad_ppm["shop/availability"] = 0;
  live(minutes(30));
  traffic.is_silent = true;  // the first minutes after it
  live(minutes(9));
  EXPECT_TRUE(all<model::AlertRaised>().empty()) << "what is excluded is no silence";
  traffic.is_silent = false;
  live(minutes(30));
  EXPECT_TRUE(all<model::AlertRaised>().empty());
}

TEST_F(AlertWatchTest, a_service_that_does_not_come_back_after_a_maintenance_alerts) {
  apply(std::string(kPolicy) + slo_text("availability") + std::string(kMaintenance));
  live(minutes(5));
  traffic.is_silent = true;
  live(minutes(35));
  EXPECT_TRUE(all<model::AlertRaised>().empty());
  live(minutes(1));
  const auto raised = all<model::AlertRaised>();
  ASSERT_EQ(raised.size(), 1U);
  EXPECT_EQ(raised[0].reason, model::AlertReason::no_data);
  traffic.is_silent = false;
  live(minutes(7));
  EXPECT_EQ(all<model::AlertCleared>().size(), 1U);
}

TEST_F(AlertWatchTest, an_alert_that_leaves_the_policy_is_withdrawn) {
  traffic.bad_ppm["shop/availability"] = 50'000;
  live(minutes(1));
  apply(std::string(kPolicy) + slo_text("latency"));
  live(minutes(1));
  const auto cleared = all<model::AlertCleared>();
  ASSERT_EQ(cleared.size(), 1U);
  EXPECT_EQ(cleared[0].end, model::AlertEnd::withdrawn);
}

TEST_F(AlertWatchTest, a_target_that_forgets_is_told_again_and_the_ledger_does_not_grow) {
  apply(std::string(kPolicy) + slo_text("availability"), "alertmanager");
  traffic.bad_ppm["shop/availability"] = 50'000;
  live(minutes(1));
  const int64_t size = engine->views().size();
  const int told = receiver.count("alert.raised");
  live(minutes(10));
  EXPECT_EQ(engine->views().size(), size);
  EXPECT_GE(receiver.count("alert.raised") - told, 9);
  EXPECT_LE(receiver.count("alert.raised") - told, 11);
}

TEST_F(AlertWatchTest, windows_of_one_slo_are_read_once_a_round) {
  live(minutes(1));
  traffic.questions = 0;
  live(seconds(30));
  // Four windows, the silence, the whole budget and what is fresh, for each of two SLOs.
  EXPECT_LE(traffic.questions, 14);
}

TEST_F(AlertWatchTest, a_target_can_be_tested_and_a_wrong_name_gets_the_nearest) {
  EXPECT_TRUE(engine->test_target("on-call"));
  EXPECT_EQ(receiver.count("target.test"), 1);
  const auto wrong = engine->test_target("on-cal");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, codes::unknown_name);
  EXPECT_NE(wrong.error().message.find("on-call"), std::string::npos);
}

TEST_F(AlertWatchTest, a_quarantined_source_neither_raises_nor_clears) {
  const Caller anna{.actor = {.subject = "anna"}};
  ASSERT_TRUE(engine->quarantine_source({.source = "edge-agent", .reason = "counts twice"}, anna));
  traffic.bad_ppm["shop/availability"] = 50'000;
  live(minutes(10));
  EXPECT_TRUE(all<model::AlertRaised>().empty());
  EXPECT_NE(engine->alerts()[0].error.find("quarantined by anna: counts twice"), std::string::npos)
      << engine->alerts()[0].error;
  ASSERT_TRUE(engine->release_source({.source = "edge-agent"}, anna));
  live(minutes(1));
  ASSERT_EQ(all<model::AlertRaised>().size(), 1U);

  ASSERT_TRUE(engine->quarantine_source(
      {.source = "edge-agent", .reason = "counts nothing", .until = clock.now() + minutes(20)},
      anna));
  traffic.bad_ppm["shop/availability"] = 0;
  live(minutes(15));
  EXPECT_TRUE(all<model::AlertCleared>().empty()) << "wrong counts clear nothing";
  EXPECT_TRUE(engine->alerts()[0].is_on);
  live(minutes(9));
  EXPECT_TRUE(all<model::AlertCleared>().empty()) << "calm begins when the counts are trusted";
  live(minutes(4));
  EXPECT_EQ(all<model::AlertCleared>().size(), 1U) << "the quarantine ended by itself";
}

}  // namespace
}  // namespace tollgate::engine
