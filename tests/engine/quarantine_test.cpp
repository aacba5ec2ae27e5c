// Quarantines of sources in the engine: recorded, in force until their time or release, and in the
// readings of every verdict, so that replay needs nobody's memory.
#include "edge/store/memory_store.hpp"
#include "engine/engine.hpp"
#include "foundation/base/codes.hpp"
#include "sim/parts.hpp"
#include "sim/policies.hpp"

#include <gtest/gtest.h>

namespace tollgate::engine {
namespace {

constexpr Time kStart{1'772'445'600'000};  // 2026-03-02T10:00Z

/// The sim's signals, brought by two agents.
class FedSignals : public sim::Signals {
 public:
  std::vector<std::string> feeders(const ReadingRequest&) override {
    return {"agent-1", "agent-2"};
  }
};

class QuarantineTest : public testing::Test {
 protected:
  void SetUp() override {
    open();
    ASSERT_TRUE(engine->apply(sim::policies()[0], "test", {}, anna()));
  }
  void open() {
    engine.reset();
    auto opened = Engine::open({.store = *store,
                                .checkpoints = *checkpoints,
                                .signer = ledger::NoteSigner::parse(secret).value(),
                                .blobs = *blobs,
                                .signals = signals,
                                .zones = zones,
                                .clock = clock},
                               {.is_threaded = false});
    ASSERT_TRUE(opened) << opened.error().text();
    engine = std::move(*opened);
  }
  static Caller anna(std::string key = {}) {
    return {.actor = {.subject = "anna", .issuer = "local"}, .idempotency_key = std::move(key)};
  }
  /// The checks over signals of a gate now: "error-budget@1 budget_left".
  std::vector<model::CheckRecord> ask() {
    const auto answer = engine->gate(
        {.service = "checkout", .environment = "production", .version = "1.0"}, anna());
    EXPECT_TRUE(answer);
    std::vector<model::CheckRecord> found;
    for (const model::CheckRecord& check : answer->verdict.checks) {
      if (!check.source.empty() && check.age_ms) found.push_back(check);
      if (check.reason == "quarantined") found.push_back(check);
    }
    return found;
  }
  bool is_trusted() {
    const auto checks = ask();
    EXPECT_FALSE(checks.empty());
    return std::none_of(checks.begin(), checks.end(), [](const model::CheckRecord& check) {
      if (check.reason == "quarantined") {
        EXPECT_EQ(check.state, model::CheckState::unknown);
      }
      return check.reason == "quarantined";
    });
  }

  std::string secret = ledger::NoteSigner::generate("test").value().secret_text();
  std::unique_ptr<LedgerStore> store = store::make_memory_ledger();
  std::unique_ptr<CheckpointStore> checkpoints = store::make_memory_checkpoint();
  std::unique_ptr<BlobStore> blobs = store::make_memory_blobs();
  FedSignals signals;
  sim::Zones zones;
  sim::Clock clock{kStart};
  std::unique_ptr<Engine> engine;
};

TEST_F(QuarantineTest, readings_of_a_quarantined_source_prove_nothing_until_its_time) {
  EXPECT_TRUE(is_trusted());
  const auto answer = engine->quarantine_source(
      {.source = "agent-2", .reason = "its clock is wrong", .until = clock.now() + hours(1)},
      anna());
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(answer->quarantine.by, "anna");
  EXPECT_FALSE(is_trusted());
  open();
  EXPECT_FALSE(is_trusted()) << "after a restart";
  clock.advance(minutes(59));
  EXPECT_FALSE(is_trusted());
  clock.advance(minutes(1));
  EXPECT_TRUE(is_trusted()) << "it ends by itself";
  const auto past = engine->gate_as_of(
      {.service = "checkout", .environment = "production", .version = "1.0"}, kStart + minutes(30));
  ASSERT_TRUE(past);
  EXPECT_TRUE(past->verdict.readings.front().doubt) << "then it was in force";
  const auto replayed = engine->replay();
  ASSERT_TRUE(replayed);
  EXPECT_EQ(replayed->identical, replayed->verdicts);
  EXPECT_EQ(replayed->verdicts, 5);
}

TEST_F(QuarantineTest, a_release_ends_it_and_says_which) {
  const auto none = engine->release_source({.source = "agent-1"}, anna());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, codes::not_found);
  const auto first = engine->quarantine_source({.source = "agent-1", .reason = "one"}, anna());
  const auto second = engine->quarantine_source({.source = "agent-1", .reason = "two"}, anna());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(engine->views().quarantines()->in_force(clock.now()).size(), 1U)
      << "the second took the place of the first";
  const auto ended = engine->release_source({.source = "agent-1", .reason = "repaired"}, anna());
  ASSERT_TRUE(ended) << ended.error().text();
  EXPECT_EQ(ended->quarantine.reason, "two");
  EXPECT_TRUE(is_trusted());
  EXPECT_EQ(engine->views().quarantines()->of("agent-1").size(), 2U);
}

TEST_F(QuarantineTest, refuses_what_would_say_nothing) {
  EXPECT_EQ(engine->quarantine_source({.source = "agent-1"}, anna()).error().code,
            codes::missing_field);
  EXPECT_EQ(
      engine
          ->quarantine_source({.source = "agent-1", .reason = "late", .until = clock.now()}, anna())
          .error()
          .code,
      codes::bad_time);
  EXPECT_FALSE(
      engine->quarantine_source({.source = std::string(500, 'x'), .reason = "long"}, anna()));
}

TEST_F(QuarantineTest, a_repeat_under_the_same_key_records_once) {
  const model::SourceQuarantined said{.source = "agent-1", .reason = "flaky"};
  const auto first = engine->quarantine_source(said, anna("k"));
  const auto again = engine->quarantine_source(said, anna("k"));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->position, again->position);
}

TEST_F(QuarantineTest, a_budget_says_that_its_counts_are_not_trusted) {
  ASSERT_TRUE(engine->quarantine_source({.source = "agent-1", .reason = "flaky"}, anna()));
  const auto budget = engine->budget("checkout/availability", "production", {});
  ASSERT_TRUE(budget) << budget.error().text();
  EXPECT_EQ(budget->budget.state, slo::BudgetState::untrusted);
  EXPECT_GT(budget->budget.total, 0) << "the figures stay visible";
}

}  // namespace
}  // namespace tollgate::engine
