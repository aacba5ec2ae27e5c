#include "engine/engine.hpp"

#include "engine/alerts/alert_watch.hpp"
#include "engine/almanac/almanac.hpp"
#include "engine/collector/collector.hpp"
#include "engine/confirm/confirmations.hpp"
#include "engine/outbox/outbox.hpp"
#include "engine/replay/replay.hpp"
#include "engine/waiter.hpp"
#include "engine/writer/writer.hpp"
#include "foundation/base/codes.hpp"

namespace tollgate::engine {
namespace {

constexpr Duration kScrubPass = hours(6);
constexpr int64_t kScrubRowsMin = 64;

}  // namespace

Engine::Engine(const Parts& parts, const CollectorLimits& limits)
    : blobs_(parts.blobs),
      clock_(parts.clock),
      zones_(parts.zones),
      collector_(std::make_unique<Collector>(parts.signals, parts.zones, limits)),
      almanac_(std::make_unique<Almanac>(parts.zones)) {}

Engine::~Engine() {
  // First nobody asks the writer any more, then the writer answers what waits.
  if (watch_) watch_->stop();
  if (outbox_) outbox_->stop();
  if (confirmations_) confirmations_->stop();
  collector_->stop();
  if (writer_) writer_->stop();
}

Result<std::unique_ptr<Engine>> Engine::open(Parts parts, const Options& options) {
  std::unique_ptr<Engine> engine(new Engine(parts, options.collector));
  Memory memory;
  TOLLGATE_TRY(engine->ledger_,
               ledger::Ledger::open(
                   parts.store, parts.checkpoints, std::move(parts.signer),
                   [&memory](const StoredLeaf& stored) { return memory.take(stored.leaf); }));
  engine->writer_ =
      std::make_unique<Writer>(*engine->ledger_, parts.clock, std::move(memory), options.writer);
  engine->writer_->set_around_replies(options.around_replies);
  if (parts.deliverer != nullptr) {
    engine->outbox_ = std::make_unique<Outbox>(*engine->ledger_, *engine->writer_, *parts.deliverer,
                                               parts.clock, options.outbox);
  }
  if (parts.confirmer != nullptr) {
    engine->confirmations_ = std::make_unique<Confirmations>(*engine->writer_, *parts.confirmer,
                                                             parts.clock, options.confirm);
  }
  Engine* self = engine.get();
  engine->collector_->set_exclusions([self](std::string_view slo, std::string_view environment,
                                            slo::Span span) {
    return self->almanac_->excluded(*self->policy(), *self->views().calendar_book(),
                                    slo.substr(0, slo.find('/')), environment, span.from, span.to);
  });
  engine->collector_->set_quarantines([self] { return self->views().quarantines(); });
  engine->watch_ = std::make_unique<AlertWatch>(*engine->collector_, *engine->writer_, parts.clock,
                                                self->maintenance_facts(), options.alerts);
  engine->writer_->set_listener([self](int64_t from, int64_t to) {
    if (self->outbox_ && self->views().has_effect_from(from)) self->outbox_->wake();
    if (self->confirmations_ && self->views().has_waiting_from(from)) self->confirmations_->wake();
    if (self->listener_) self->listener_(from, to);
  });
  if (options.is_threaded) {
    engine->collector_->start();
    engine->writer_->start();
    if (engine->outbox_) engine->outbox_->start();
    if (engine->confirmations_) engine->confirmations_->start();
    engine->watch_->start();
  }
  engine->is_threaded_ = options.is_threaded;
  return engine;
}

const Views& Engine::views() const { return writer_->views(); }
std::shared_ptr<const Policy> Engine::policy() const { return views().policy(); }
size_t Engine::queue_size() const { return writer_->queue_size(); }
std::vector<AlertStatus> Engine::alerts() const { return watch_->look(); }
std::vector<AlertStatus> Engine::last_alerts(size_t limit) const { return watch_->statuses(limit); }
AlertRounds Engine::alert_rounds() const { return watch_->rounds(); }

void Engine::decide_on_this_thread() { writer_->set_host(std::this_thread::get_id()); }
void Engine::decide_waiting() { writer_->decide_waiting(); }

void Engine::set_listener(std::function<void(int64_t, int64_t)> listener) {
  listener_ = std::move(listener);
}

Result<void> Engine::tick() {
  TOLLGATE_CHECK(ledger_->sign_if_due(now()));
  TOLLGATE_CHECK(ledger_->tidy());
  // At one tick a second the whole ledger is re-read within kScrubPass, however long it is.
  const int64_t rows = std::max(kScrubRowsMin, views().size() / (kScrubPass.ms / 1000));
  TOLLGATE_TRY(scrubbed_, ledger_->scrub(scrubbed_, rows));
  // A writer that is busy, or stopping, settles them the next time.
  const Result<void> settled = settle_queues();
  const bool is_busy = !settled && (settled.error().code == codes::queue_full ||
                                    settled.error().code == codes::stopped);
  if (!settled && !is_busy) return fail(settled.error());
  ask_questions();
  if (is_threaded_) return {};
  watch_->tick();
  if (outbox_) outbox_->run_due();
  if (confirmations_) confirmations_->run_due();
  return {};
}

Result<Recorded> Engine::submit_and_wait(Command command) {
  auto waiter = std::make_shared<Waiter<Recorded>>();
  command.reply = [waiter](Result<Recorded> recorded) { waiter->give(std::move(recorded)); };
  writer_->submit(std::move(command));
  writer_->before_waiting();
  return waiter->wait();
}

Result<ReplayReport> Engine::replay() const {
  Replay replay;
  TOLLGATE_CHECK(ledger_->read(
      0, views().size(), [&replay](const StoredLeaf& stored) { return replay.take(stored.leaf); }));
  return replay.report();
}

}  // namespace tollgate::engine
