// Rules of which nothing can have changed are not looked at again, and nobody can tell: two engines
// on one feed, one of which always looks, record the same, byte for byte, whatever the feed does.
#include "edge/cells/cell_store.hpp"
#include "edge/sources/source.hpp"
#include "edge/store/memory_store.hpp"
#include "engine/engine.hpp"
#include "sim/parts.hpp"

#include <gtest/gtest.h>

namespace tollgate::engine {
namespace {

constexpr Time kStart{1'772'445'600'000};  // 2026-03-02T10:00Z
constexpr int64_t kSlos = 6;

/// Feeders that are doubted while `is_calm_now` is false: those of the first SLO.
class Doubts : public sources::CellDoubts {
 public:
  bool is_calm() const override { return is_calm_now; }
  std::optional<model::Doubt> find(std::string_view slo, std::string_view,
                                   const std::vector<std::string>&, Time) const override {
    if (is_calm_now || slo != "shop/slo-0") return std::nullopt;
    return model::Doubt{.reason = model::DoubtReason::quarantined, .source = "a", .detail = "odd"};
  }
  bool is_calm_now = true;
};

class NoHttp : public HttpClient {
 public:
  Result<HttpResponse> send(const HttpRequest&) override { std::abort(); }
};

std::string policy_text(int64_t variant) {
  std::string text = R"(
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells.}
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: nobody}
spec: {target: none}
---
apiVersion: tollgate/v1
kind: Calendar
metadata: {name: company}
spec:
  timeZone: UTC
  selects: {environments: [production]}
  overrideRoles: [admin]
  entries:
    - {name: evening, type: freeze, start: 2026-03-02T18:00, duration: 12h}
)";
  const auto rules = [&](std::string_view name, std::string_view set, std::string_view severity,
                         bool alerts_silence) {
    text += fmt::format(R"(---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {{name: {0}, annotations: {{tollgate.dev/rules: {1}}}}}
spec:
  alertWhenBreaching: true
  alertWhenNoData: {3}
  conditions:
    - kind: AlertCondition
      metadata: {{name: {0}}}
      spec: {{severity: {2}, condition: {{kind: burnrate, threshold: 1, lookbackWindow: 1h}}}}
  notificationTargets: [{{targetRef: nobody}}]
)",
                        name, set, severity, alerts_silence);
  };
  rules("page", "default", "page", true);
  rules("ticket", "default", "ticket", false);
  rules("scaled", "pyrra", "page", false);
  for (int64_t slo = 0; slo < kSlos; ++slo) {
    text += fmt::format(R"(---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: slo-{}}}
spec:
  service: shop
  indicator: {{metadata: {{name: i-{}}}, spec: {{ratioMetric: {{counter: true,
    good: {{metricSource: {{type: cells, spec: {{query: good}}}}}},
    total: {{metricSource: {{type: cells, spec: {{query: total}}}}}}}}}}}}
  timeWindow: [{{duration: {}d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: {}}}]
  alertPolicies: [{{alertPolicyRef: page}}, {{alertPolicyRef: {}}}]
)",
                        slo, slo, slo % 2 == 0 ? 30 : 7, variant % 2 == 0 ? "0.999" : "0.99",
                        slo % 3 == 0 ? "scaled" : "ticket");
  }
  return text;
}

/// An engine with cells of its own.
class Side {
 public:
  Side(bool always_looks, sim::Clock& clock) {
    auto opened = Engine::open({.store = *store_,
                                .checkpoints = *checkpoints_,
                                .signer = ledger::NoteSigner::generate("test").value(),
                                .blobs = *blobs_,
                                .signals = router_,
                                .zones = zones_,
                                .clock = clock},
                               {.is_threaded = false, .alerts = {.always_looks = always_looks}});
    EXPECT_TRUE(opened) << opened.error().text();
    engine = std::move(*opened);
    for (int64_t slo = 0; slo < kSlos; ++slo) {
      for (const char* version : {"1", "2"}) {
        cells::SeriesKey key;
        key.slo = fmt::format("shop/slo-{}", slo);
        key.environment = "production";
        key.version = version;
        handles.push_back(cells->open_series(key));
      }
    }
  }

  void apply(const std::string& text) {
    const model::SourceText source{.file = "policy.yaml", .text = text};
    model::Loaded loaded = model::load(std::span(&source, 1));
    ASSERT_TRUE(loaded.problems.empty()) << loaded.problems.front().text();
    Problems problems;
    const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
    ASSERT_TRUE(problems.empty()) << problems.front().text();
    ASSERT_TRUE(engine->apply(bundle, "test", {}, {.actor = {.subject = "test"}}));
  }

  /// Every alert that was raised or cleared, as it stands in the ledger.
  std::vector<std::string> alerts() const {
    std::vector<std::string> found;
    EXPECT_TRUE(engine->ledger().read(0, engine->views().size(), [&](const StoredLeaf& stored) {
      const auto event = model::decode_event(stored.leaf);
      const bool is_alert = std::holds_alternative<model::AlertRaised>(event->data) ||
                            std::holds_alternative<model::AlertCleared>(event->data);
      if (is_alert) found.emplace_back(stored.leaf);
      return Result<void>{};
    }));
    return found;
  }

  std::unique_ptr<cells::CellStore> cells = cells::CellStore::open(":memory:").value();
  Doubts doubts;
  std::unique_ptr<Engine> engine;
  std::vector<uint32_t> handles;

 private:
  NoHttp http_;
  sources::SourceRouter router_{{.cells = *cells, .http = http_, .doubts = &doubts}};
  std::unique_ptr<LedgerStore> store_ = store::make_memory_ledger();
  std::unique_ptr<CheckpointStore> checkpoints_ = store::make_memory_checkpoint();
  std::unique_ptr<BlobStore> blobs_ = store::make_memory_blobs();
  sim::Zones zones_;
};

/// Some hours of a world with two observers.
class World {
 public:
  explicit World(uint64_t seed) : chance_(seed) {
    for (Side* side : both()) side->apply(policy_text(0));
  }

  /// A second, and now and then something that matters.
  void live() {
    clock_.advance(chance_.percent(2) ? milliseconds(1700) : seconds(1));
    if (chance_.pick(300) == 0) mood_ = chance_.pick(5);
    push();
    if (chance_.pick(1500) == 0) happen();
    for (Side* side : both()) ASSERT_TRUE(side->engine->tick());
  }

  Side& looks_always() { return looks_always_; }
  Side& holds() { return holds_; }

 private:
  std::array<Side*, 2> both() { return {&looks_always_, &holds_}; }

  /// Each series brings what it has each 30 s; sometimes late, ahead, twice or not at all.
  void push() {
    std::vector<cells::Addition> additions;
    const int64_t second = clock_.now().ms / 1000;
    for (size_t series = 0; series < looks_always_.handles.size(); ++series) {
      const bool is_silent = mood_ == 1 && series % 4 < 2;
      if (second % 30 != static_cast<int64_t>(series * 7 % 30) || is_silent) continue;
      int64_t time_ms = clock_.now().ms - static_cast<int64_t>(chance_.pick(9000));
      if (chance_.percent(3)) time_ms -= static_cast<int64_t>(chance_.pick(7'200'000));
      if (chance_.percent(1)) time_ms += static_cast<int64_t>(chance_.pick(300'000));
      const int64_t total = 200 + static_cast<int64_t>(chance_.pick(100));
      const bool is_burning = (mood_ == 2 && series % 3 == 0) || (mood_ == 3 && series < 5);
      const int64_t bad = is_burning ? total / 3 : chance_.percent(20) ? 1 : 0;
      additions.push_back(
          {looks_always_.handles[series], time_ms / 10'000, total - bad, bad, time_ms});
    }
    if (additions.empty()) return;
    for (Side* side : both())
      ASSERT_TRUE(side->cells->push({.source = "a", .additions = additions}));
  }

  void happen() {
    const size_t what = chance_.pick(6);
    const Duration span = minutes(1 + static_cast<int64_t>(chance_.pick(20)));
    const size_t variant = chance_.pick(2);
    const std::string start = time_text(clock_.now() + minutes(2)).substr(0, 16);
    for (Side* side : both()) {
      const Caller anna{.actor = {.subject = "anna", .issuer = "local", .roles = {"admin"}}};
      if (what == 0) side->apply(policy_text(static_cast<int64_t>(variant)));
      if (what == 1) side->doubts.is_calm_now = !side->doubts.is_calm_now;
      if (what == 2)
        (void)side->engine->quarantine_source(
            {.source = "a", .reason = "odd", .until = clock_.now() + span}, anna);
      if (what == 3) (void)side->engine->release_source({.source = "a", .reason = "fine"}, anna);
      if (what == 4) {
        model::CalendarEntry entry{.name = "move",
                                   .type = model::EntryType::maintenance,
                                   .start = start,
                                   .reason = "CHG-1",
                                   .is_excluded = true};
        entry.duration = span;
        const auto added =
            side->engine->add_calendar_entry({.calendar = "company", .entry = entry}, anna);
        EXPECT_TRUE(added) << added.error().text();
      }
    }
    // A clock that was corrected.
    if (what == 5) clock_.advance(Duration{-3000});
  }

  sim::Chance chance_;
  sim::Clock clock_{kStart};
  Side looks_always_{true, clock_};
  Side holds_{false, clock_};
  size_t mood_ = 0;
};

TEST(AlertHold, what_is_not_looked_at_again_would_have_said_the_same) {
  size_t alerts = 0;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    World world(seed);
    for (int second = 0; second < 5400 && !testing::Test::HasFailure(); ++second) world.live();
    const auto expected = world.looks_always().alerts();
    EXPECT_EQ(world.holds().alerts(), expected) << "seed " << seed;
    alerts += expected.size();
    const AlertRounds all = world.looks_always().engine->alert_rounds();
    const AlertRounds some = world.holds().engine->alert_rounds();
    EXPECT_EQ(all.held, 0);
    EXPECT_EQ(all.looks, some.looks + some.held);
    EXPECT_GT(some.held, some.looks / 4) << "seed " << seed << ": something is spared";
    const auto shown = world.holds().engine->last_alerts(1000);
    const auto shown_always = world.looks_always().engine->last_alerts(1000);
    ASSERT_EQ(shown.size(), shown_always.size());
    for (size_t i = 0; i < shown.size(); ++i) {
      EXPECT_EQ(shown[i].at, shown_always[i].at) << i;
      EXPECT_EQ(shown[i].state, shown_always[i].state) << i;
      EXPECT_EQ(shown[i].figures.bad, shown_always[i].figures.bad) << i;
      EXPECT_EQ(shown[i].figures.newest, shown_always[i].figures.newest) << i;
    }
  }
  EXPECT_GT(alerts, 20U) << "the feed has to raise and clear";
}

}  // namespace
}  // namespace tollgate::engine
