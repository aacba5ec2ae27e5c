// The engine with its threads: many callers at once, policies that change under them, repeats, a
// stop in the middle of work, and the outbox.
#include "engine/engine.hpp"

#include "edge/store/memory_store.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/reflect/reflect.hpp"
#include "sim/parts.hpp"
#include "sim/policies.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace tollgate::engine {
namespace {

using namespace std::chrono_literals;

class StepClock : public Clock {
 public:
  /// Each look takes a millisecond.
  Time now() override { return {now_ms_.fetch_add(1)}; }
  void advance(Duration by) { now_ms_.fetch_add(by.ms); }

 private:
  std::atomic<int64_t> now_ms_{1'772'445'600'000};
};

/// Answers as it was told to, and counts.
class FakeDeliverer : public Deliverer {
 public:
  explicit FakeDeliverer(std::function<Result<void>(int attempt)> answer)
      : answer_(std::move(answer)) {}
  Result<void> deliver(const Notification& notification) override {
    const std::lock_guard lock(mutex_);
    const int attempt = ++attempts_[notification.id];
    return answer_(attempt);
  }
  Duration repeat_every(const Notification&) const override { return {}; }
  std::map<std::string, int> attempts() {
    const std::lock_guard lock(mutex_);
    return attempts_;
  }

 private:
  std::mutex mutex_;
  std::function<Result<void>(int)> answer_;
  std::map<std::string, int> attempts_;  // guarded by mutex_
};

struct Fixture {
  explicit Fixture(Deliverer* receiver = nullptr) : deliverer(receiver) { open(); }
  ~Fixture() { engine.reset(); }

  void open(bool is_threaded = true) {
    auto opened = Engine::open({.store = *store,
                                .checkpoints = *checkpoints,
                                .signer = ledger::NoteSigner::parse(secret).value(),
                                .blobs = *blobs,
                                .signals = signals,
                                .zones = zones,
                                .clock = clock,
                                .deliverer = deliverer},
                               {.is_threaded = is_threaded});
    ASSERT_TRUE(opened) << opened.error().text();
    engine = std::move(*opened);
  }
  void apply(size_t variant) {
    ASSERT_TRUE(engine->apply(sim::policies()[variant], "test", {}, caller()));
  }
  static Caller caller(std::string key = {}) {
    return {.actor = {.subject = "test", .issuer = "local"}, .idempotency_key = std::move(key)};
  }
  /// Every event of the ledger.
  std::vector<model::Event> events() {
    std::vector<model::Event> all;
    EXPECT_TRUE(engine->ledger().read(0, INT64_MAX / 2, [&](const StoredLeaf& stored) {
      auto event = model::decode_event(stored.leaf);
      EXPECT_TRUE(event);
      all.push_back(std::move(*event));
      return Result<void>{};
    }));
    return all;
  }
  template <class Condition>
  bool eventually(const Condition& condition) {
    for (int i = 0; i < 1000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
  int count_ended(model::EffectResult result) {
    int count = 0;
    for (const model::Event& event : events()) {
      const auto* ended = std::get_if<model::EffectEnded>(&event.data);
      count += ended != nullptr && ended->result == result;
    }
    return count;
  }

  std::string secret = ledger::NoteSigner::generate("test").value().secret_text();
  std::unique_ptr<LedgerStore> store = store::make_memory_ledger();
  std::unique_ptr<CheckpointStore> checkpoints = store::make_memory_checkpoint();
  std::unique_ptr<BlobStore> blobs = store::make_memory_blobs();
  sim::Signals signals;
  sim::Zones zones;
  StepClock clock;
  Deliverer* deliverer;
  std::unique_ptr<Engine> engine;
};

model::GateRequest request(std::string_view environment = "preview", std::string version = "1.0") {
  return {.service = "checkout",
          .environment = std::string(environment),
          .version = std::move(version)};
}

constexpr int kThreads = 4;
constexpr int kCallsPerThread = 40;

TEST(Engine, ManyCallersGetTheirOwnAnswerWhilePoliciesAndEvidenceChange) {
  Fixture house;
  house.apply(0);
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::vector<GateAnswer> answers;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCallsPerThread; ++i) {
        const std::string version = fmt::format("{}.{}", t, i);
        const auto answer =
            house.engine->gate(request("preview", version), Fixture::caller("gate-" + version));
        // Three policy changes between collecting and deciding are a reason to ask again.
        if (!answer) {
          failures += answer.error().code != codes::append_conflict;
          continue;
        }
        failures += answer->verdict.request.version != version;
        const std::lock_guard lock(mutex);
        answers.push_back(*answer);
      }
    });
  }
  threads.emplace_back([&] {
    for (size_t i = 0; i < 20; ++i) {
      const auto applied =
          house.engine->apply(sim::policies()[i % 2], "turn", {}, Fixture::caller());
      failures += !applied;
    }
  });
  threads.emplace_back([&] {
    for (uint64_t i = 0; i < kCallsPerThread; ++i) {
      failures +=
          !house.engine->record_evidence({.service = "checkout",
                                          .version = fmt::format("{}.{}", i % kThreads, i),
                                          .file = "report",
                                          .bytes = fmt::format("{}", i),
                                          .report = sim::make_report(model::ReportKind::tests, i)},
                                         Fixture::caller());
      failures += !house.engine->tick();
      (void)house.engine->views().decisions(INT64_MAX, 10, "", "");
      (void)house.engine->gate_as_of(request(), house.engine->now());
    }
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_GT(answers.size(), size_t{kThreads * kCallsPerThread / 2});

  const std::vector<model::Event> events = house.events();
  for (const GateAnswer& answer : answers) {
    const auto& event = events[static_cast<size_t>(answer.position)];
    const auto* given = std::get_if<model::VerdictGiven>(&event.data);
    ASSERT_TRUE(given != nullptr) << answer.position;
    EXPECT_EQ(given->decision, answer.decision);
    EXPECT_EQ(reflect::canonical(given->verdict), reflect::canonical(answer.verdict));
  }
  for (size_t i = 1; i < events.size(); ++i) EXPECT_GE(events[i].time, events[i - 1].time) << i;
  const ReplayReport replay = house.engine->replay().value();
  EXPECT_EQ(replay.identical, replay.verdicts);
}

TEST(Engine, OneKeyAskedByManyAtOnceIsOneDecision) {
  Fixture house;
  house.apply(0);
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::string> decisions;
  int first_answers = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        const auto answer = house.engine->gate(request(), Fixture::caller("the-key"));
        const std::lock_guard lock(mutex);
        ASSERT_TRUE(answer) << answer.error().text();
        decisions.insert(answer->decision);
        first_answers += !answer->is_repeat;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(decisions.size(), 1u);
  EXPECT_EQ(first_answers, 1);
  const auto other = house.engine->gate(request("staging"), Fixture::caller("the-key"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, codes::idempotency_conflict);
}

TEST(Engine, ARepeatGetsItsFirstAnswerAlsoWhenThePolicyNoLongerKnowsTheService) {
  Fixture house;
  house.apply(0);
  const model::GateRequest search{.service = "search", .environment = "preview", .version = "1"};
  const auto first = house.engine->gate(search, Fixture::caller("search-1"));
  ASSERT_TRUE(first);
  house.apply(3);
  const auto again = house.engine->gate(search, Fixture::caller("search-1"));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_TRUE(again->is_repeat);
  EXPECT_EQ(again->decision, first->decision);
  EXPECT_EQ(house.engine->gate(search, Fixture::caller("search-2")).error().code,
            codes::unknown_service);
}

TEST(Engine, AFileThatIsImportedTwiceIsRecordedOnce) {
  Fixture house;
  house.apply(0);
  const auto import = [&](std::string_view bytes, std::string slo) {
    const model::SignalsImported imported{.slo = std::move(slo), .blob = sha256(bytes)};
    return house.engine->record_import(imported, Fixture::caller()).value();
  };
  const int64_t first = import("log", "checkout/availability");
  EXPECT_EQ(import("log", "checkout/availability"), first);
  EXPECT_EQ(import("log", "checkout/latency"), first + 1);
  EXPECT_EQ(import("log, grown", "checkout/availability"), first + 2);
  house.engine.reset();
  house.open();
  EXPECT_EQ(import("log", "checkout/availability"), first);
}

TEST(Engine, AStopAnswersEverybodyAndKeepsWhatItAnswered) {
  Fixture house;
  house.apply(0);
  std::atomic<int> replies{0};
  std::atomic<int64_t> highest{-1};
  constexpr int kCalls = 200;
  for (int i = 0; i < kCalls; ++i) {
    house.engine->gate(request("preview", std::to_string(i)), Fixture::caller(),
                       [&](Result<GateAnswer> answer) {
                         ++replies;
                         if (answer) highest = std::max(highest.load(), answer->position);
                       });
  }
  house.engine.reset();
  EXPECT_EQ(replies, kCalls);
  house.open();
  EXPECT_GT(house.engine->ledger().head().size, highest);
}

TEST(Writer, RefusesARecordOfNobodyWhichTheNextStartCouldNotRead) {
  const auto store = store::make_memory_ledger();
  const auto checkpoints = store::make_memory_checkpoint();
  StepClock clock;
  const auto ledger =
      ledger::Ledger::open(*store, *checkpoints, ledger::NoteSigner::generate("log").value())
          .value();
  Writer writer(*ledger, clock, Memory{}, {});
  for (const std::string& who : {std::string(), std::string(201, 'a'), std::string("ci")}) {
    Result<Recorded> outcome = Recorded{};
    writer.submit(
        {.actor = {.subject = who},
         .decide = [](const State&, Time) -> Result<Decision> {
           return Decision{.data = model::EffectEnded{}};
         },
         .reply = [&outcome](Result<Recorded> recorded) { outcome = std::move(recorded); }});
    EXPECT_EQ(outcome.has_value(), who == "ci") << who.size();
    if (!outcome) {
      EXPECT_EQ(outcome.error().code, codes::bad_value);
    }
  }
  EXPECT_EQ(ledger->head().size, 1);
}

TEST(Writer, TakesCommandsOfCallersWhoWantNoReply) {
  const auto store = store::make_memory_ledger();
  const auto checkpoints = store::make_memory_checkpoint();
  StepClock clock;
  const auto ledger =
      ledger::Ledger::open(*store, *checkpoints, ledger::NoteSigner::generate("log").value())
          .value();
  Writer writer(*ledger, clock, Memory{}, {});
  const auto submit = [&writer](std::string_view key, std::string_view body) {
    writer.submit({.actor = {.subject = "tollgate"},
                   .idempotency_key = std::string(key),
                   .request_digest = sha256(body),
                   .decide = [key](const State&, Time) -> Result<Decision> {
                     if (key == "refused") return fail(codes::not_found, "there is none");
                     return Decision{.data = model::EffectEnded{}};
                   }});
  };
  submit("key", "first");
  submit("key", "first");    // a repeat, as of an effect that was delivered twice
  submit("key", "another");  // a conflict
  submit("refused", "");
  EXPECT_EQ(writer.views().size(), 1);
}

TEST(Outbox, TriesAgainUntilTheReceiverTakesItAndThenNeverMore) {
  FakeDeliverer receiver([](int attempt) -> Result<void> {
    if (attempt < 3) return fail(codes::unreachable, "no answer");
    return {};
  });
  Fixture house(&receiver);
  house.apply(0);
  house.signals.set_mood(sim::SignalMood::spent);
  ASSERT_TRUE(house.engine->gate(request("production"), Fixture::caller()));
  const auto effects = house.engine->views().pending_effects().size();
  ASSERT_GT(effects, 0u);
  ASSERT_TRUE(house.eventually([&] {
    house.clock.advance(minutes(1));
    return house.engine->views().pending_effects().empty();
  }));
  EXPECT_EQ(house.count_ended(model::EffectResult::done), static_cast<int>(effects));
  const auto attempts = receiver.attempts();
  EXPECT_EQ(attempts.size(), effects);
  for (const auto& [id, count] : attempts) EXPECT_EQ(count, 3) << id;

  house.engine.reset();
  house.open(false);
  house.clock.advance(hours(2));
  ASSERT_TRUE(house.engine->tick());
  EXPECT_EQ(receiver.attempts(), attempts) << "told again after a restart";
}

TEST(Outbox, GivesUpAtOnceWhereNoRetryHelps) {
  FakeDeliverer receiver(
      [](int) -> Result<void> { return fail(codes::bad_value, "it has no address"); });
  Fixture house(&receiver);
  house.apply(0);
  house.signals.set_mood(sim::SignalMood::spent);
  ASSERT_TRUE(house.engine->gate(request("production"), Fixture::caller()));
  ASSERT_TRUE(house.eventually([&] { return house.engine->views().pending_effects().empty(); }));
  EXPECT_GT(house.count_ended(model::EffectResult::gave_up), 0);
  for (const auto& [id, count] : receiver.attempts()) EXPECT_EQ(count, 1) << id;
}

/// A store whose commits take as long as it is told.
class SlowStore : public LedgerStore {
 public:
  explicit SlowStore(LedgerStore& inner) : inner_(inner) {}
  int64_t size() override { return inner_.size(); }
  Result<void> append(int64_t expected_size, std::span<const NewLeaf> leaves,
                      std::span<const Digest> leaf_hashes) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms.load()));
    return inner_.append(expected_size, leaves, leaf_hashes);
  }
  Result<void> read(int64_t from, int64_t count, const LeafVisitor& visit) override {
    return inner_.read(from, count, visit);
  }
  Result<void> close() override { return {}; }

  std::atomic<int> delay_ms{0};

 private:
  LedgerStore& inner_;
};

TEST(a_host, decides_what_it_handed_in_by_itself_unless_the_store_is_slow) {
  Fixture fixture;
  fixture.engine.reset();
  const auto inner = std::move(fixture.store);
  auto slow = std::make_unique<SlowStore>(*inner);
  SlowStore& store = *slow;
  fixture.store = std::move(slow);
  fixture.open();
  fixture.apply(0);
  Engine& engine = *fixture.engine;
  engine.decide_on_this_thread();
  std::atomic<int> here{0};
  std::atomic<int> elsewhere{0};
  const auto ask = [&](int count) {
    for (int i = 0; i < count; ++i) {
      engine.gate(request(), Fixture::caller(),
                  [&, self = std::this_thread::get_id()](const Result<GateAnswer>& answer) {
                    EXPECT_TRUE(answer);
                    ++(std::this_thread::get_id() == self ? here : elsewhere);
                  });
    }
  };
  int asked = 0;
  const auto ask_and_decide = [&](int count) {
    const int before = here;
    ask(count);
    asked += count;
    EXPECT_EQ(here, before) << "nothing is decided before the host has time for it";
    engine.decide_waiting();
    return here - before;
  };
  const auto are_all_answered = [&] { return here + elsewhere == asked; };
  // The writer's thread may still be busy with what went before.
  EXPECT_TRUE(fixture.eventually([&] { return ask_and_decide(5) == 5; }));

  // One slow commit is met unawares; what comes then is the writer's, until commits are quick
  // again.
  store.delay_ms = 60;
  ask_and_decide(1);
  EXPECT_TRUE(fixture.eventually(are_all_answered));
  EXPECT_EQ(ask_and_decide(3), 0);
  EXPECT_TRUE(fixture.eventually(are_all_answered));
  store.delay_ms = 0;
  EXPECT_TRUE(fixture.eventually([&] { return ask_and_decide(1) == 1; }));
  EXPECT_TRUE(fixture.eventually(are_all_answered));
  EXPECT_EQ(engine.replay().value().identical, asked);
  fixture.engine.reset();
}

TEST(a_host, and_other_threads_never_decide_at_once) {
  Fixture fixture;
  fixture.apply(0);
  Engine& engine = *fixture.engine;
  std::atomic<int> answers{0};
  const auto reply = [&answers](const Result<GateAnswer>& answer) {
    EXPECT_TRUE(answer);
    ++answers;
  };
  std::thread host([&] {
    engine.decide_on_this_thread();
    for (int i = 0; i < 400; ++i) {
      engine.gate(request(), Fixture::caller(), reply);
      if (i % 3 == 0) engine.decide_waiting();
    }
    engine.decide_waiting();
  });
  std::thread other([&] {
    for (int i = 0; i < 400; ++i) engine.gate(request(), Fixture::caller(), reply);
  });
  host.join();
  other.join();
  EXPECT_TRUE(fixture.eventually([&] { return answers == 800; }));
  EXPECT_EQ(engine.replay().value().identical, 800);
}

}  // namespace
}  // namespace tollgate::engine
