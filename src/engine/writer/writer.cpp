#include "engine/writer/writer.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"

#include <algorithm>
#include <chrono>

namespace tollgate::engine {
namespace {

/// As the field table of model::Actor says.
constexpr size_t kActorNameMax = 200;

/// A clock that goes back, or ahead between two events by more than this while commands wait, is
/// recorded.
constexpr Duration kClockJump = seconds(2);
/// A thread that also does other things is not kept waiting by a store whose last commit took
/// longer.
constexpr std::chrono::milliseconds kHostPatience{20};
/// Records that follow from one command; more come with the next.
constexpr size_t kFollowersMax = 500;
/// Events that one command can come to: its own, a clock jump, further events, effects and
/// followers. A policy has 50 targets a threshold at the most, and effects_of names each target
/// once; a webhook tells 1000 facts at the most.
constexpr size_t kEventsOfCommandMax = 1024 + kFollowersMax;

/// Who writes what follows from a command by itself.
const model::Actor& self() {
  static const model::Actor actor{.subject = "tollgate", .issuer = "local"};
  return actor;
}

}  // namespace

/// A decided command of the batch that is being made.
struct Writer::Pending {
  Command command;
  Recorded recorded;
  std::string leaf;
};

Result<void> Memory::take(std::string_view leaf) {
  TOLLGATE_TRY(const model::Event event, model::decode_event(leaf, model::EventParts::outline));
  TOLLGATE_CHECK(state.evolve(event));
  views->take(event, state.policy());
  return {};
}

Writer::Writer(ledger::Ledger& ledger, Clock& clock, Memory memory, const WriterLimits& limits)
    : ledger_(ledger),
      clock_(clock),
      limits_(limits),
      views_(std::move(memory.views)),
      state_(std::move(memory.state)) {}

Writer::~Writer() { stop(); }

void Writer::start() {
  {
    const std::lock_guard lock(mutex_);
    has_thread_ = true;
  }
  thread_ = std::thread([this] { run(); });
}

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

size_t Writer::queue_size() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void Writer::submit(Command command) {
  if (!command.reply) command.reply = [](const Result<Recorded>&) {};
  Code refusal{};
  bool is_inline = false;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) {
      refusal = codes::stopped;
    } else if (queue_.size() >= limits_.queue_max) {
      refusal = codes::queue_full;
    } else if (has_thread_) {
      queue_.push_back(std::move(command));
    } else {
      is_inline = true;
    }
  }
  if (refusal == codes::stopped) {
    return refuse(command, {.code = refusal, .message = "the server is stopping"});
  }
  if (refusal == codes::queue_full) {
    return refuse(command,
                  {.code = refusal,
                   .message = fmt::format("{} commands are waiting already", limits_.queue_max)});
  }
  if (!is_inline) {
    // The host looks by itself before it waits for anything.
    return is_host() ? void() : wake_.notify_one();
  }
  std::vector<Command> batch;
  batch.push_back(std::move(command));
  run_batch(std::move(batch));  // without threads there is nobody to exclude
}

void Writer::decide_waiting() {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return;
  }
  std::unique_lock deciding(deciding_, std::try_to_lock);
  const bool is_free = deciding && !is_store_slow_.load(std::memory_order_relaxed);
  if (!is_free) return wake_.notify_one();
  std::vector<Command> batch = take_batch();
  const bool is_full = batch.size() == limits_.batch_max;
  run_batch(std::move(batch));
  deciding.unlock();
  if (is_full) wake_.notify_one();  // the rest, if any
}

std::vector<Command> Writer::take_batch() {
  const std::lock_guard lock(mutex_);
  const size_t count = std::min(queue_.size(), limits_.batch_max);
  std::vector<Command> batch;
  batch.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void Writer::refuse(Command& command, Error error) {
  if (command.inspect) return command.inspect(nullptr);
  if (command.reply) command.reply(tl::unexpected<Error>(std::move(error)));
}

void Writer::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
    }
    const std::lock_guard deciding(deciding_);
    run_batch(take_batch());
  }
}

void Writer::run_batch(std::vector<Command> batch) {
  std::vector<Pending> pending;
  pending.reserve(batch.size());
  std::vector<std::function<void(const State*)>> inspections;
  for (Command& command : batch) {
    if (is_broken_) {
      refuse(command, {.code = codes::store_failed,
                       .message = "the store failed earlier; nothing is decided until a restart"});
    } else if (command.inspect) {
      inspections.push_back(std::move(command.inspect));
    } else {
      decide_one(std::move(command), pending);
      if (pending.size() + kEventsOfCommandMax > ledger::kBatchLeavesMax) finish(pending);
    }
  }
  finish(pending);
  for (const auto& inspect : inspections) inspect(is_broken_ ? nullptr : &state_);
}

void Writer::finish(std::vector<Pending>& pending) {
  if (pending.empty()) return;
  if (commit(pending)) {
    const int64_t first = views_->size();
    for (const Pending& item : pending) {
      if (!item.recorded.is_repeat) views_->take(item.recorded.event, state_.policy());
    }
    if (listener_ && state_.size() > first) listener_(first, state_.size());
    const auto give = [&pending] {
      for (Pending& item : pending) {
        if (item.command.reply) item.command.reply(std::move(item.recorded));
      }
    };
    around_replies_ ? around_replies_(give) : give();
  }
  pending.clear();
}

Time Writer::next_time(std::vector<Pending>& pending) {
  const Time found = clock_.now();
  const Time least = state_.time();
  if (state_.size() > 0 && found + kClockJump < least) {
    Pending jump;
    jump.recorded.event = {
        .position = state_.size(),
        .time = least,
        .actor = {.subject = "tollgate", .issuer = "local", .roles = {}, .on_behalf_of = {}},
        .subject = "clock",
        .idempotency_key = {},
        .data = model::ClockJumped{.expected = least, .found = found}};
    if (last_jump_ != least) {
      last_jump_ = least;
      jump.leaf = model::encode_event(jump.recorded.event);
      if (state_.evolve(jump.recorded.event)) pending.push_back(std::move(jump));
    }
  }
  return std::max(found, state_.time());
}

bool Writer::answer_repeat(Command& command, std::vector<Pending>& pending) {
  if (command.idempotency_key.empty()) return false;
  const auto differs = [&command](const Digest& earlier) {
    return earlier != command.request_digest;
  };
  const auto refuse = [&command] {
    command.reply(fail(codes::idempotency_conflict, "the key \"{}\" belongs to another request",
                       command.idempotency_key));
  };
  for (const Pending& item : pending) {
    if (item.command.idempotency_key != command.idempotency_key) continue;
    if (differs(item.command.request_digest)) {
      refuse();
    } else {
      pending.push_back({.command = std::move(command),
                         .recorded = {.event = item.recorded.event, .is_repeat = true},
                         .leaf = {}});
    }
    return true;
  }
  const auto earlier = ledger_.find_key(command.idempotency_key);
  if (!earlier) {
    command.reply(tl::unexpected<Error>(earlier.error()));
    return true;
  }
  if (!earlier->has_value()) return false;
  if (differs((*earlier)->request_digest)) {
    refuse();
    return true;
  }
  Result<std::string> leaf = ledger_.leaf((*earlier)->position);
  Result<model::Event> event = leaf ? model::decode_event(*leaf) : fail(leaf.error());
  if (!event) {
    command.reply(tl::unexpected<Error>(event.error()));
  } else {
    command.reply(Recorded{.event = std::move(*event), .is_repeat = true});
  }
  return true;
}

void Writer::decide_one(Command command, std::vector<Pending>& pending) {
  if (answer_repeat(command, pending)) return;
  const Time now = next_time(pending);
  Result<Decision> decision = command.decide(state_, now);
  if (!decision) return command.reply(tl::unexpected<Error>(std::move(decision).error()));
  // What cannot be read again must not be written: the next start would fail.
  const std::string& who = command.actor.subject;
  if (who.empty() || who.size() > kActorNameMax)
    return command.reply(
        fail(codes::bad_value, "a record names who caused it, in 1 to {} bytes", kActorNameMax));
  Pending item;
  item.recorded.event = {.position = state_.size(),
                         .time = now,
                         .actor = command.actor,
                         .subject = command.subject,
                         .idempotency_key = command.idempotency_key,
                         .data = std::move(decision->data)};
  item.leaf = model::encode_event(item.recorded.event);
  if (item.leaf.size() > ledger::kLeafBytesMax) {
    return command.reply(fail(codes::too_large, "the record would have {} bytes, {} is the limit",
                              item.leaf.size(), ledger::kLeafBytesMax));
  }
  const Result<void> evolved = state_.evolve(item.recorded.event);
  if (!evolved) return command.reply(tl::unexpected<Error>(evolved.error()));
  const model::Actor actor = command.actor;
  const std::string subject = command.subject;
  item.command = std::move(command);
  pending.push_back(std::move(item));
  for (FurtherEvent& further : decision->further)
    push_further(actor, std::move(further), now, pending);
  for (const model::EffectRequested& effect : decision->effects)
    push_further(self(), {.subject = "target/" + effect.target, .data = effect}, now, pending);
  if (decision->follow) push_followers(*decision, subject, now, pending);
}

void Writer::push_followers(const Decision& decision, const std::string& subject, Time now,
                            std::vector<Pending>& pending) {
  for (size_t i = 0; i < kFollowersMax; ++i) {
    std::optional<model::EventData> data = decision.follow(state_, now);
    if (!data) return;
    push_further(self(), {.subject = subject, .data = std::move(*data)}, now, pending);
  }
}

void Writer::push_further(const model::Actor& actor, FurtherEvent further, Time now,
                          std::vector<Pending>& pending) {
  Pending item;
  item.recorded.event = {.position = state_.size(),
                         .time = now,
                         .actor = actor,
                         .subject = std::move(further.subject),
                         .data = std::move(further.data)};
  item.leaf = model::encode_event(item.recorded.event);
  ASSERT(state_.evolve(item.recorded.event));
  pending.push_back(std::move(item));
}

bool Writer::commit(std::vector<Pending>& pending) {
  std::vector<NewLeaf> leaves;
  leaves.reserve(pending.size());
  for (const Pending& item : pending) {
    if (item.recorded.is_repeat) continue;
    leaves.push_back({.leaf = item.leaf,
                      .idempotency_key = item.command.idempotency_key,
                      .request_digest = item.command.request_digest});
  }
  if (leaves.empty()) return true;
  const auto begin = std::chrono::steady_clock::now();
  const auto appended = ledger_.append(leaves);
  is_store_slow_.store(std::chrono::steady_clock::now() - begin > kHostPatience,
                       std::memory_order_relaxed);
  if (appended) return true;
  is_broken_ = true;
  log::error("the batch was not committed: {}", appended.error().text());
  for (Pending& item : pending) refuse(item.command, appended.error());
  return false;
}

}  // namespace tollgate::engine
