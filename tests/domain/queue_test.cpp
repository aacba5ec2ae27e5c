// Queues: order, leases, fencing, rings of waiting, and what holds under any interleaving.
#include "domain/queue/board.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace tollgate::queue {
namespace {

using model::QueueEmergency;
using model::QueueMode;
using State = Standing::State;

/// A board with the events that made it, so that it can be made again.
class Scene {
 public:
  explicit Scene(model::Queue queue) : queue_(std::move(queue)) {}

  std::string join(const std::string& version, model::QueueJoined request = {}) {
    request.queue = queue_.name;
    request.service = "shop";
    request.environment = "production";
    request.version = version;
    const std::string id = fmt::format("q{}", size());
    record(request);
    return id;
  }
  void record(model::EventData data) {
    push(std::move(data));
    while (auto next = board_.due(queue_, now_, size())) push(std::move(*next));
  }
  void wait(Duration span) {
    now_ = now_ + span;
    while (auto next = board_.due(queue_, now_, size())) push(std::move(*next));
  }
  void restart() {
    board_ = Board();
    for (const model::Event& event : events_) board_.take(event);
  }

  State state(const std::string& ticket) const { return board_.standing(ticket, &queue_).state; }
  int64_t token(const std::string& ticket) const {
    const Standing standing = board_.standing(ticket, &queue_);
    return standing.lease == nullptr ? 0 : standing.lease->token;
  }
  /// Versions in the order in which they get their leases when each leaves at once.
  std::vector<std::string> order() {
    std::vector<std::string> versions;
    while (const Line* line = board_.line(queue_.name)) {
      if (line->leases.empty()) break;
      const Ticket ticket = line->leases.begin()->second.ticket;
      versions.push_back(ticket.request.version);
      record(model::QueueLeft{.ticket = ticket.id});
    }
    return versions;
  }

  int64_t size() const { return static_cast<int64_t>(events_.size()); }
  const Board& board() const { return board_; }
  const model::Queue& queue() const { return queue_; }
  const std::vector<model::Event>& events() const { return events_; }
  Time now() const { return now_; }

 private:
  void push(model::EventData data) {
    events_.push_back({.position = size(), .time = now_, .data = std::move(data)});
    board_.take(events_.back());
  }

  model::Queue queue_;
  Board board_;
  std::vector<model::Event> events_;
  Time now_{1'000'000};
};

model::Queue queue_of(QueueMode mode, int64_t capacity = 1,
                      QueueEmergency emergency = QueueEmergency::first) {
  model::Queue queue;
  queue.name = "production";
  queue.mode = mode;
  queue.capacity = capacity;
  queue.emergency = emergency;
  return queue;
}

using Versions = std::vector<std::string>;

TEST(Queue, OrderFollowsTheMode) {
  const auto order = [](QueueMode mode) {
    Scene scene(queue_of(mode));
    scene.join("first");  // gets the lease at once
    scene.join("a", {.priority = 1});
    scene.join("b", {.is_ready = false});
    scene.join("c", {.priority = 5});
    return scene.order();
  };
  EXPECT_EQ(order(QueueMode::oldest_first), (Versions{"first", "a"})) << "b is next and not ready";
  EXPECT_EQ(order(QueueMode::unordered), (Versions{"first", "a", "c"}));
  EXPECT_EQ(order(QueueMode::newest_first), (Versions{"first", "c"}));
  EXPECT_EQ(order(QueueMode::newest_ready_first), (Versions{"first", "c", "a"}));
  EXPECT_EQ(order(QueueMode::priority), (Versions{"first", "c", "a"}));
}

TEST(Queue, ATicketThatBecomesReadyGoes) {
  Scene scene(queue_of(QueueMode::oldest_first));
  const std::string a = scene.join("a", {.is_ready = false});
  const std::string b = scene.join("b");
  EXPECT_EQ(scene.state(b), State::waiting);
  scene.record(model::QueueMoved{.ticket = a, .is_ready = true});
  EXPECT_EQ(scene.state(a), State::holding);
  EXPECT_EQ(scene.state(b), State::waiting);
}

TEST(Queue, AnEmergencyGoesFirstOrPreEmptsTheYoungestLease) {
  const model::QueueJoined emergency{.change_class = model::ChangeClass::emergency};
  Scene first(queue_of(QueueMode::oldest_first));
  first.join("a");
  first.join("b");
  first.join("fix", emergency);
  EXPECT_EQ(first.order(), (Versions{"a", "fix", "b"}));

  Scene pre_empt(queue_of(QueueMode::oldest_first, 2, QueueEmergency::pre_empt));
  const std::string a = pre_empt.join("a");
  const std::string b = pre_empt.join("b");
  const int64_t stale = pre_empt.token(b);
  const std::string fix = pre_empt.join("fix", emergency);
  EXPECT_EQ(pre_empt.state(a), State::holding);
  EXPECT_EQ(pre_empt.state(fix), State::holding);
  EXPECT_EQ(pre_empt.state(b), State::waiting);
  EXPECT_EQ(pre_empt.board().lease("production", stale), nullptr) << "its token is stale";
  pre_empt.record(model::QueueLeft{.ticket = fix});
  EXPECT_EQ(pre_empt.state(b), State::holding) << "it goes on where it was";
  EXPECT_GT(pre_empt.token(b), stale);
}

TEST(Queue, ALeaseWithoutHeartbeatEndsAndTheNextGoes) {
  Scene scene(queue_of(QueueMode::oldest_first));
  const std::string a = scene.join("a");
  const std::string b = scene.join("b");
  scene.wait(minutes(20));
  scene.record(model::LeaseRenewed{
      .ticket = a, .token = scene.token(a), .until = scene.now() + minutes(30)});
  scene.wait(minutes(20));
  EXPECT_EQ(scene.state(a), State::holding);
  scene.wait(minutes(11));
  EXPECT_EQ(scene.state(a), State::absent);
  EXPECT_EQ(scene.state(b), State::holding);
}

TEST(Queue, AParentThatWaitsForItsChildInTheSameQueueIsFoundAndNamed) {
  model::Queue queue = queue_of(QueueMode::oldest_first);
  const std::string yaml = R"(apiVersion: tollgate/v1
kind: Queue
metadata: {name: production}
spec: {capacity: 1}
)";
  const model::SourceText source{.file = "q.yaml", .text = yaml};
  model::Loaded loaded = model::load(std::span(&source, 1));
  Problems problems;
  const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  ASSERT_TRUE(problems.empty());
  Scene scene(queue);
  const std::string parent = scene.join("parent");
  const std::string other = scene.join("other");
  EXPECT_TRUE(deadlocked(scene.board(), bundle).empty());
  const std::string child = scene.join("child", {.parent = parent});
  EXPECT_EQ(deadlocked(scene.board(), bundle), (Versions{parent, child}));
  scene.record(model::QueueLeft{.ticket = child});
  EXPECT_TRUE(deadlocked(scene.board(), bundle).empty());
  EXPECT_EQ(scene.state(other), State::waiting);
}

/// One random life of a queue; every promise is looked at after every step.
void live(uint32_t seed) {
  std::mt19937 random(seed);
  const auto pick = [&random](int n) {
    return static_cast<int>(random() % static_cast<uint32_t>(n));
  };
  Scene scene(
      queue_of(static_cast<QueueMode>(pick(5)), 1 + pick(3), static_cast<QueueEmergency>(pick(3))));
  std::vector<std::string> tickets;
  std::set<int64_t> tokens_seen;
  std::set<int64_t> tokens_ended;
  int64_t newest_token = 0;
  for (int step = 0; step < 120; ++step) {
    const std::string ticket = tickets.empty() ? "q0" : tickets[random() % tickets.size()];
    switch (pick(7)) {
      case 0:
      case 1:
        tickets.push_back(scene.join(fmt::format("{}", step),
                                     {.change_class = pick(6) == 0 ? model::ChangeClass::emergency
                                                                   : model::ChangeClass::normal,
                                      .priority = pick(3),
                                      .is_ready = pick(4) != 0}));
        break;
      case 2:
        scene.record(model::QueueLeft{.ticket = ticket});
        break;
      case 3:
        scene.record(model::QueueMoved{.ticket = ticket, .is_ready = true});
        break;
      case 4:
        scene.record(model::LeaseRenewed{
            .ticket = ticket, .token = scene.token(ticket), .until = scene.now() + minutes(30)});
        break;
      case 5:
        scene.wait(minutes(pick(40)));
        break;
      default:
        scene.restart();
    }
    const Line* line = scene.board().line("production");
    std::set<int64_t> tokens;
    if (line != nullptr) {
      ASSERT_LE(static_cast<int64_t>(line->leases.size()), scene.queue().capacity) << seed;
      for (const auto& [token, lease] : line->leases) {
        tokens.insert(token);
        ASSERT_FALSE(tokens_ended.contains(token)) << seed << ": a stale token came back";
        if (tokens_seen.insert(token).second) {
          ASSERT_GT(token, newest_token) << seed << ": tokens only grow";
          newest_token = std::max(newest_token, token);
        }
        ASSERT_GT(lease.until, scene.now()) << seed;
      }
      // Nobody who could go waits while there is room.
      ASSERT_FALSE(scene.board().due(scene.queue(), scene.now(), scene.size())) << seed;
    }
    for (const int64_t token : tokens_seen) {
      if (!tokens.contains(token)) tokens_ended.insert(token);
    }
  }
  // No starvation: once everybody is ready and leaves after its turn, everybody has had one.
  for (const std::string& ticket : tickets) {
    if (scene.state(ticket) == State::waiting)
      scene.record(model::QueueMoved{.ticket = ticket, .is_ready = true});
  }
  scene.order();
  EXPECT_EQ(scene.board().line("production"), nullptr) << seed;
}

TEST(Queue, KeepsItsPromisesUnderAnyInterleavingWithRestarts) {
  for (uint32_t seed = 1; seed <= 100; ++seed) {
    live(seed);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Queue, OldestFirstLetsNobodyOvertake) {
  for (uint32_t seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    Scene scene(queue_of(QueueMode::oldest_first, 2, QueueEmergency::wait));
    for (int i = 0; i < 60; ++i) {
      scene.join(fmt::format("{}", i));
      const Line* line = scene.board().line("production");
      if (random() % 2 == 0 && line != nullptr && !line->leases.empty())
        scene.record(model::QueueLeft{.ticket = line->leases.begin()->second.ticket.id});
    }
    int64_t newest = -1;
    for (const model::Event& event : scene.events()) {
      const auto* granted = std::get_if<model::LeaseGranted>(&event.data);
      if (granted == nullptr) continue;
      const int64_t number = std::stoll(granted->ticket.substr(1));
      EXPECT_GT(number, newest) << seed;
      newest = number;
    }
  }
}

/// Newcomers never end, and yet everybody's turn comes: whoever is ready is overtaken only by those
/// that the mode puts first.
TEST(Queue, NobodyStarvesWhileOthersKeepComingExceptByDeclaredPriority) {
  for (const QueueMode mode :
       {QueueMode::oldest_first, QueueMode::unordered, QueueMode::priority}) {
    for (uint32_t seed = 1; seed <= 20; ++seed) {
      std::mt19937 random(seed);
      Scene scene(queue_of(mode, 2, QueueEmergency::wait));
      std::map<std::string, int64_t> priorities;
      for (int i = 0; i < 80; ++i) {
        const auto priority = static_cast<int64_t>(random() % 3);
        const std::string ticket = scene.join(fmt::format("{}", i), {.priority = priority});
        priorities[ticket] = mode == QueueMode::priority ? priority : 0;
        const Line* line = scene.board().line("production");
        if (random() % 2 == 0 && line != nullptr && !line->leases.empty())
          scene.record(model::QueueLeft{.ticket = line->leases.begin()->second.ticket.id});
      }
      scene.order();
      // Among those of one priority, turns come in the order of joining.
      std::map<int64_t, int64_t> newest;
      size_t granted_count = 0;
      for (const model::Event& event : scene.events()) {
        const auto* granted = std::get_if<model::LeaseGranted>(&event.data);
        if (granted == nullptr) continue;
        ++granted_count;
        const int64_t number = std::stoll(granted->ticket.substr(1));
        int64_t& last = newest.try_emplace(priorities[granted->ticket], -1).first->second;
        EXPECT_GT(number, last) << seed;
        last = number;
      }
      EXPECT_EQ(granted_count, 80U) << seed << ": everybody had a turn";
    }
  }
}

TEST(Queue, AnEmergencyThatMustWaitWaits) {
  const model::QueueJoined emergency{.change_class = model::ChangeClass::emergency};
  Scene scene(queue_of(QueueMode::oldest_first, 1, QueueEmergency::wait));
  scene.join("a");
  scene.join("b");
  scene.join("fix", emergency);
  EXPECT_EQ(scene.order(), (Versions{"a", "b", "fix"}));
}

TEST(Queue, TheListOfThoseWhoWaitIsTheOrderInWhichTheyGo) {
  for (int mode = 0; mode < 5; ++mode) {
    Scene scene(queue_of(static_cast<QueueMode>(mode), 1, QueueEmergency::first));
    scene.join("holder");
    std::mt19937 random(static_cast<uint32_t>(mode) + 1);
    for (int i = 0; i < 12; ++i) {
      scene.join(fmt::format("{}", i),
                 {.change_class = random() % 4 == 0 ? model::ChangeClass::emergency
                                                    : model::ChangeClass::normal,
                  .priority = static_cast<int64_t>(random() % 3)});
    }
    Versions listed{"holder"};
    for (const Ticket* ticket : scene.board().order(scene.queue(), 100))
      listed.push_back(ticket->request.version);
    EXPECT_EQ(scene.board().order(scene.queue(), 3).size(), 3U);
    EXPECT_EQ(listed, scene.order()) << mode;
  }
}

TEST(Queue, WhatIsNotReadyStandsBehindThoseWhoGoBeforeItUnlessTheModeWaitsForIt) {
  const auto listed = [](QueueMode mode) {
    Scene scene(queue_of(mode, 1, QueueEmergency::first));
    scene.join("holder");
    scene.join("a");
    scene.join("b", {.is_ready = false});
    scene.join("c", {.is_ready = false});
    scene.join("fix", {.change_class = model::ChangeClass::emergency, .is_ready = false});
    Versions versions;
    int64_t place = 0;
    for (const Ticket* ticket : scene.board().order(scene.queue(), 100)) {
      versions.push_back(ticket->request.version);
      EXPECT_EQ(scene.board().standing(ticket->id, &scene.queue()).place, ++place);
    }
    return versions;
  };
  EXPECT_EQ(listed(QueueMode::newest_ready_first), (Versions{"a", "fix", "c", "b"}));
  EXPECT_EQ(listed(QueueMode::unordered), (Versions{"a", "fix", "b", "c"}));
  EXPECT_EQ(listed(QueueMode::priority), (Versions{"a", "fix", "b", "c"}));
  EXPECT_EQ(listed(QueueMode::newest_first), (Versions{"c", "b", "a", "fix"}));
  EXPECT_EQ(listed(QueueMode::oldest_first), (Versions{"a", "b", "c", "fix"}));
}

TEST(Queue, ReleasesThatHoldOneQueueAndWaitForTheOtherOfEachOtherAreARing) {
  const model::SourceText source{.file = "q.yaml", .text = R"(apiVersion: tollgate/v1
kind: Queue
metadata: {name: production}
---
apiVersion: tollgate/v1
kind: Queue
metadata: {name: database}
)"};
  model::Loaded loaded = model::load(std::span(&source, 1));
  Problems problems;
  const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  Board board;
  int64_t position = 0;
  const auto join = [&](const std::string& queue, const std::string& version) {
    board.take(
        {.position = position++,
         .data = model::QueueJoined{
             .queue = queue, .service = "shop", .environment = "production", .version = version}});
    const auto* declared = bundle.find("Queue", queue)->as<model::Queue>();
    while (auto due = board.due(*declared, Time{}, position))
      board.take({.position = position++, .data = std::move(*due)});
  };
  join("production", "1");  // q0, holds by record 1
  join("database", "2");    // q2, holds by record 3
  join("database", "1");    // q4
  EXPECT_TRUE(deadlocked(board, bundle).empty()) << "2 has all it needs";
  join("production", "2");  // q5
  const std::vector<std::string> ring = deadlocked(board, bundle);
  EXPECT_EQ(ring, (std::vector<std::string>{"q0", "q2", "q4", "q5"}));
  EXPECT_EQ(ring_words(board, ring),
            "q0 (shop 1) holds production, q2 (shop 2) holds database, q4 (shop 1) waits for "
            "database, q5 (shop 2) waits for production");
  board.take({.position = position++, .data = model::QueueLeft{.ticket = "q5"}});
  EXPECT_TRUE(deadlocked(board, bundle).empty());
}

TEST(Queue, ARingOverTwoQueuesIsFoundOnceNobodyInItCanGetOn) {
  const std::string yaml = R"(apiVersion: tollgate/v1
kind: Queue
metadata: {name: production}
spec: {capacity: 2}
---
apiVersion: tollgate/v1
kind: Queue
metadata: {name: database}
spec: {capacity: 1}
)";
  const model::SourceText source{.file = "q.yaml", .text = yaml};
  model::Loaded loaded = model::load(std::span(&source, 1));
  Problems problems;
  const model::Bundle bundle = model::Bundle::build(std::move(loaded.resources), problems);
  ASSERT_TRUE(problems.empty());
  Board board;
  int64_t position = 0;
  const auto join = [&](const std::string& queue, const std::string& version,
                        const std::string& parent = "") {
    const std::string ticket = fmt::format("q{}", position);
    board.take({.position = position++,
                .data = model::QueueJoined{.queue = queue,
                                           .service = "a",
                                           .environment = "production",
                                           .version = version,
                                           .parent = parent}});
    return ticket;
  };
  const auto settle = [&] {
    for (const std::string name : {"production", "database"}) {
      const auto* queue = bundle.find("Queue", name)->as<model::Queue>();
      while (auto due = board.due(*queue, Time{}, position))
        board.take({.position = position++, .data = std::move(*due)});
    }
  };
  const std::string a = join("production", "a");
  const std::string d = join("database", "d");
  settle();
  // a holds production and waits for its child in the database; d holds that and waits for a child
  // in production.
  const std::string a_child = join("database", "a", a);
  const std::string d_child = join("production", "d", d);
  settle();
  EXPECT_TRUE(deadlocked(board, bundle).empty()) << "production has a second lease";
  const std::string other = join("production", "other");
  settle();
  EXPECT_TRUE(deadlocked(board, bundle).empty()) << "d's child holds the second lease";
  board.take({.position = position++, .data = model::QueueLeft{.ticket = d_child}});
  settle();  // the other one gets it
  const std::string stuck = join("production", "d2", d);
  const std::string other_child = join("production", "other2", other);
  settle();
  const Versions ring = deadlocked(board, bundle);
  EXPECT_EQ(std::set<std::string>(ring.begin(), ring.end()),
            (std::set<std::string>{a, d, a_child, other, stuck, other_child}));
}

}  // namespace
}  // namespace tollgate::queue
