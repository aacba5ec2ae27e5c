// What the engine keeps of deliveries says the same as the ledger read from its beginning: after
// every step of random lives, over restarts, and while others write.
#include "app/render/recommend.hpp"
#include "app/render/service_delivery.hpp"
#include "edge/store/memory_store.hpp"
#include "foundation/doc/json.hpp"
#include "sim/parts.hpp"
#include "sim/policies.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace tollgate {
namespace {

using engine::Engine;

constexpr Time kStart{1'772'445'600'000};  // 2026-03-02T10:00Z

const engine::Caller kTester{.actor = {.subject = "tester", .issuer = "local"}};

struct Scene {
  Scene() {
    open();
    EXPECT_TRUE(engine->apply(sim::policies()[0], "test", {}, kTester));
  }

  void open(bool is_threaded = false) {
    engine.reset();
    auto opened = Engine::open({.store = *store,
                                .checkpoints = *checkpoints,
                                .signer = ledger::NoteSigner::parse(secret).value(),
                                .blobs = *blobs,
                                .signals = signals,
                                .zones = zones,
                                .clock = clock},
                               {.is_threaded = is_threaded});
    ASSERT_TRUE(opened) << opened.error().text();
    engine = std::move(*opened);
  }

  void observe(model::Observation observation) {
    const auto answer = engine->observe({std::move(observation)}, {}, kTester);
    ASSERT_TRUE(answer) << answer.error().text();
  }

  std::string secret = ledger::NoteSigner::generate("test").value().secret_text();
  std::unique_ptr<engine::LedgerStore> store = store::make_memory_ledger();
  std::unique_ptr<engine::CheckpointStore> checkpoints = store::make_memory_checkpoint();
  std::unique_ptr<engine::BlobStore> blobs = store::make_memory_blobs();
  sim::Signals signals;
  sim::Zones zones;
  sim::Clock clock{kStart};
  std::unique_ptr<Engine> engine;
};

model::Observation random_deployment(sim::Chance& chance, Time now) {
  const size_t number = chance.pick(12);
  model::DeploymentObserved observed{.service = chance.percent(70) ? "checkout" : "search",
                                     .environment = chance.percent(80) ? "production" : "staging",
                                     .id = fmt::format("{}", number),
                                     .region = chance.percent(80) ? "" : "eu",
                                     .status = static_cast<model::DeploymentStatus>(chance.pick(5)),
                                     // Senders' clocks go their own ways, and reports come late.
                                     .at = now - minutes(static_cast<int64_t>(chance.pick(600))),
                                     .version = fmt::format("1.{}", number / 2),
                                     .commit = fmt::format("c{}", number)};
  observed.origin.integration = chance.percent(50) ? "github" : "argo";
  if (chance.percent(20)) observed.kind = static_cast<model::DeploymentKind>(chance.pick(7));
  if (chance.percent(30)) observed.took_traffic = chance.percent(70);
  if (chance.percent(20)) observed.incident = "I1";
  return observed;
}

model::Observation random_observation(sim::Chance& chance, Time now) {
  const Time at = now - minutes(static_cast<int64_t>(chance.pick(300)));
  const std::string service = chance.percent(70) ? "checkout" : "search";
  if (chance.percent(20)) {
    const size_t number = chance.pick(12);
    return model::ChangeObserved{.service = service,
                                 .kind = static_cast<model::ChangeKind>(chance.pick(5)),
                                 .id = fmt::format("{}", number),
                                 .at = at,
                                 .commit = fmt::format("c{}", number),
                                 .commits = {{.commit = fmt::format("c{}", chance.pick(12))},
                                             {.commit = "d", .at = at - hours(2)}}};
  }
  if (chance.percent(20)) {
    return model::IncidentObserved{
        .service = service,
        .environment = chance.percent(50) ? "production" : "",
        .id = fmt::format("I{}", chance.pick(4)),
        .status = static_cast<model::IncidentStatus>(chance.pick(3)),
        .at = at,
        .caused_by = chance.percent(50) ? fmt::format("1.{}", chance.pick(6)) : ""};
  }
  return random_deployment(chance, now);
}

std::string figures_of(const delivery::KnownDeliveries& known, const Scene& scene, Time now) {
  const auto policy = scene.engine->policy();
  const render::DoraGround ground{
      .policy = policy->bundle(),
      .find_zone = [&scene](const std::string& name) { return scene.engine->zone(name); },
      .now = now};
  const auto answer =
      render::dora_json(known, ground, {.since = now - days(9), .by = delivery::PeriodLength::day});
  if (!answer) return answer.error().text();
  std::string text = doc::compact_json(*answer);
  for (const std::string_view figure : {"change-failure-rate", "lead-time <= 1h", "restore <= 1h",
                                        "gap <= 2h", "detect <= 10m", "rework"}) {
    const auto target = render::recommend_json(
        known, policy->bundle(), {.service = "checkout", .figure = std::string(figure)}, now);
    text += target ? doc::compact_json(*target) : target.error().text();
  }
  return text;
}

TEST(DeliveryView, SaysWhatTheLedgerSaysAfterEveryStepAndOverRestarts) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    sim::Chance chance(seed);
    Scene scene;
    for (int step = 0; step < 120; ++step) {
      scene.observe(random_observation(chance, scene.clock.now()));
      scene.clock.advance(minutes(static_cast<int64_t>(chance.pick(240))));
      if (chance.percent(5)) scene.open();
      if (step % 3 != 0) continue;
      const Time now = scene.clock.now();
      const auto records =
          render::read_records(*scene.engine, scene.engine->views().size(), nullptr);
      ASSERT_TRUE(records);
      ASSERT_EQ(figures_of(scene.engine->views(), scene, now), figures_of(*records, scene, now))
          << "seed " << seed << ", step " << step;
    }
  }
}

TEST(DeliveryView, WhatWasMergedIsGivenAgainUntilSomethingAboutThePlaceChanges) {
  Scene scene;
  const delivery::DeploymentBook::Place name{.service = "checkout", .environment = "production"};
  model::DeploymentObserved observed{.service = "checkout",
                                     .environment = "production",
                                     .id = "1",
                                     .status = model::DeploymentStatus::succeeded,
                                     .at = kStart,
                                     .version = "1.0"};
  scene.observe(observed);
  const engine::Views& views = scene.engine->views();
  const auto first = views.place(name);
  EXPECT_EQ(first, views.place(name)) << "the very same object";
  observed.service = "search";
  scene.observe(observed);
  EXPECT_EQ(first, views.place(name)) << "another service changes nothing here";
  scene.observe(model::IncidentObserved{.service = "checkout", .id = "I", .at = kStart + hours(1)});
  EXPECT_NE(first, views.place(name));
  EXPECT_EQ(views.place(name)->incidents.size(), 1U);
  EXPECT_EQ(first->incidents.size(), 0U) << "who found the earlier one keeps it";
}

TEST(DeliveryView, ReadersAndTheWriterDoNotDisturbEachOther) {
  Scene scene;
  scene.open(true);
  std::atomic<bool> is_over = false;
  std::thread reader([&] {
    size_t seen = 0;
    while (!is_over.load()) {
      const auto place =
          scene.engine->views().place({.service = "checkout", .environment = "production"});
      EXPECT_GE(place->deployments.size(), seen) << "what was there stays there";
      seen = place->deployments.size();
      scene.engine->views().deliveries("checkout", "production");
    }
  });
  for (int i = 0; i < 300; ++i) {
    scene.observe(model::DeploymentObserved{.service = "checkout",
                                            .environment = "production",
                                            .id = fmt::format("{}", i),
                                            .status = model::DeploymentStatus::succeeded,
                                            .at = kStart + days(i),
                                            .version = fmt::format("1.{}", i)});
  }
  is_over.store(true);
  reader.join();
  EXPECT_EQ(scene.engine->views()
                .place({.service = "checkout", .environment = "production"})
                ->deployments.size(),
            300U);
}

}  // namespace
}  // namespace tollgate
