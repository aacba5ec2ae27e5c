#include "edge/intake/service.hpp"

#include "edge/intake/pipeline.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/thread_name.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

namespace tollgate::intake {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
constexpr int64_t kLookMs = 1000;

}  // namespace

class Service::Implementation {
 public:
  Implementation(ServiceParts parts, const ServiceLimits& limits)
      : pipeline_(parts.cells, parts.decoders, limits, parts.keeper, parts.cpu_clock),
        limits_(limits),
        cells_(parts.cells),
        clock_(parts.clock),
        next_plan_(std::move(parts.next_plan)),
        around_replies_(std::move(parts.around_replies)),
        look_(limits.sync_every.ms == 0 ? kLookMs : std::min(kLookMs, limits.sync_every.ms)) {}
  ~Implementation() { end_threads(); }

  Result<void> open(std::unique_ptr<JournalFolder> folder, bool is_threaded) {
    TOLLGATE_CHECK(pipeline_.open(std::move(folder)));
    collected_at_ = std::chrono::steady_clock::now();
    if (!is_threaded) return {};
    worker_ = std::thread([this] { work(); });
    writer_ = std::thread([this] { write_snapshots(); });
    return {};
  }

  bool submit(Request request, Reply reply) {
    Job job{
        .request = std::move(request), .reply = std::move(reply), .arrived_ms = clock_.now().ms};
    if (!worker_.joinable()) {
      const std::lock_guard inline_lock(inline_mutex_);
      take({&job, 1});
      if (is_snapshot_due()) (void)write_snapshot();
      return true;
    }
    const size_t bytes = job.request.bytes.size();
    const std::lock_guard lock(mutex_);
    const bool is_full = queue_.size() >= limits_.queue_requests_max ||
                         (queued_bytes_ + bytes > limits_.queue_bytes_max && !queue_.empty());
    if (is_full || is_stopping_) {
      ++shed_;
      return false;
    }
    queued_bytes_ += bytes;
    queue_.push_back(std::move(job));
    wake_.notify_one();
    return true;
  }

  const Pipeline& pipeline() const { return pipeline_; }
  ServiceStatus status() const {
    ServiceStatus status = pipeline_.status();
    status.cell_series = cells_.series_count();
    status.cell_bytes = cells_.memory_bytes();
    const std::lock_guard lock(mutex_);
    status.shed = shed_;
    status.queued_requests = queue_.size();
    status.queued_bytes = queued_bytes_;
    return status;
  }

  Result<void> close() {
    end_threads();
    if (is_closed_ || pipeline_.broken() || !pipeline_.has_changes()) return {};
    is_closed_ = true;
    return write_snapshot();
  }

 private:
  void end_threads() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    wake_.notify_all();
    if (worker_.joinable()) worker_.join();
    wake_writer_.notify_all();
    if (writer_.joinable()) writer_.join();
    sync();
    if (const auto written = std::exchange(written_, std::nullopt))
      (void)pipeline_.forget(*written);
  }

  void sync() {
    if (limits_.sync_every.ms == 0) return;
    synced_at_ = std::chrono::steady_clock::now();
    const Result<void> synced = pipeline_.sync();
    if (!synced) log::error("journal of signals: {}", synced.error().text());
  }
  bool is_sync_due() const {
    return std::chrono::steady_clock::now() - synced_at_ >=
           std::chrono::milliseconds(limits_.sync_every.ms);
  }

  void take(std::span<Job> jobs) {
    if (auto plan = next_plan_ ? next_plan_() : nullptr; plan && plan.get() != pipeline_.plan())
      pipeline_.adopt(std::move(plan));
    pipeline_.take(jobs);
    const auto give = [&] {
      for (Job& job : jobs) job.reply(std::move(job.outcome));
    };
    if (around_replies_) return around_replies_(give);
    give();
  }

  bool is_snapshot_due() const {
    if (pipeline_.broken() || !pipeline_.has_changes()) return false;
    const auto age = std::chrono::steady_clock::now() - collected_at_;
    return pipeline_.bytes_since_snapshot() >= limits_.snapshot_bytes ||
           age >= std::chrono::milliseconds(limits_.snapshot_after.ms);
  }

  /// Collects and writes on this thread.
  Result<void> write_snapshot() {
    const Pipeline::Snapshot snapshot = pipeline_.collect();
    collected_at_ = std::chrono::steady_clock::now();
    if (Result<void> written = cells_.write(snapshot.cells); !written) {
      pipeline_.retry();
      return written;
    }
    return pipeline_.forget(snapshot.sequence);
  }

  void work() {
    name_thread("intake");
    std::vector<Job> group;
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait_for(lock, look_, [&] { return is_stopping_ || !queue_.empty() || written_; });
      const std::optional<uint64_t> written = std::exchange(written_, std::nullopt);
      size_t bytes = 0;
      while (!queue_.empty() && group.size() < limits_.group_requests_max &&
             bytes < limits_.group_bytes_max) {
        bytes += queue_.front().request.bytes.size();
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      queued_bytes_ -= bytes;
      const bool is_over = is_stopping_ && group.empty();
      const bool is_writer_free = !snapshot_.cells && !is_writing_ && !is_stopping_;
      if (std::exchange(must_retry_, false)) pipeline_.retry();
      lock.unlock();
      if (written) {
        const Result<void> forgotten = pipeline_.forget(*written);
        if (!forgotten) log::error("journal of signals: {}", forgotten.error().text());
      }
      if (is_over) return;
      if (!group.empty()) take(group);
      group.clear();
      if (is_sync_due()) sync();
      Pipeline::Snapshot due;
      if (is_writer_free && is_snapshot_due()) {
        due = pipeline_.collect();
        collected_at_ = std::chrono::steady_clock::now();
      }
      lock.lock();
      if (due.cells) {
        snapshot_ = std::move(due);
        wake_writer_.notify_one();
      }
    }
  }

  void write_snapshots() {
    name_thread("cells");
    std::unique_lock lock(mutex_);
    while (true) {
      wake_writer_.wait(lock, [&] { return snapshot_.cells || is_stopping_; });
      if (!snapshot_.cells) return;
      const Pipeline::Snapshot snapshot = std::exchange(snapshot_, {});
      is_writing_ = true;
      lock.unlock();
      const Result<void> written = cells_.write(snapshot.cells);
      if (!written) log::error("snapshot of signals: {}", written.error().text());
      if (const auto swept = written ? cells_.sweep() : Result<cells::Swept>{}; !swept)
        log::error("sweep of old signals: {}", swept.error().text());
      lock.lock();
      is_writing_ = false;
      if (written) {
        written_ = snapshot.sequence;
      } else {
        must_retry_ = true;
      }
      wake_.notify_one();
    }
  }

  Pipeline pipeline_;  // the worker's, or whoever calls without threads
  const ServiceLimits limits_;
  cells::CellStore& cells_;
  engine::Clock& clock_;
  const NextPlan next_plan_;
  const std::function<void(const std::function<void()>&)> around_replies_;
  const std::chrono::milliseconds look_;  // how often an idle intake looks for work of its own
  SteadyTime collected_at_;
  SteadyTime synced_at_;
  std::mutex inline_mutex_;  // without threads: one caller at a time
  bool is_closed_ = false;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable wake_writer_;
  std::deque<Job> queue_;  // guarded by mutex_, as all below
  size_t queued_bytes_ = 0;
  int64_t shed_ = 0;
  bool is_stopping_ = false;
  bool is_writing_ = false;
  bool must_retry_ = false;          // the last snapshot could not be written
  Pipeline::Snapshot snapshot_;      // waits for the writer
  std::optional<uint64_t> written_;  // a snapshot up to here is durable
  std::thread worker_;
  std::thread writer_;
};

Service::Service(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::open(ServiceParts parts, const ServiceLimits& limits,
                                               bool is_threaded) {
  auto folder = std::move(parts.folder);
  auto implementation = std::make_unique<Implementation>(std::move(parts), limits);
  TOLLGATE_CHECK(implementation->open(std::move(folder), is_threaded));
  return std::unique_ptr<Service>(new Service(std::move(implementation)));
}

bool Service::submit(Request request, Reply reply) {
  return implementation_->submit(std::move(request), std::move(reply));
}

Result<Receipt> Service::submit_and_wait(Request request) {
  std::promise<Result<Receipt>> promise;
  auto answer = promise.get_future();
  const bool is_taken = implementation_->submit(
      std::move(request), [&](Result<Receipt> receipt) { promise.set_value(std::move(receipt)); });
  if (!is_taken) return fail(codes::too_many_requests, "the intake of signals is full; retry");
  return answer.get();
}

ServiceStatus Service::status() const { return implementation_->status(); }
std::optional<model::Doubt> Service::doubt(std::string_view slo, std::string_view environment,
                                           const std::vector<std::string>& feeders,
                                           Time now) const {
  return implementation_->pipeline().doubt(slo, environment, feeders, now);
}
bool Service::is_calm() const { return implementation_->pipeline().is_calm(); }
std::vector<FaultBook::Named> Service::doubts_of(std::string_view source, Time now) const {
  return implementation_->pipeline().doubts_of(source, now);
}
Result<void> Service::close() { return implementation_->close(); }

}  // namespace tollgate::intake
