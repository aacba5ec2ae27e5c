#include "edge/intake/pipeline.hpp"

#include "edge/intake/event_codec.hpp"
#include "foundation/base/assert.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tollgate::intake {
namespace {

constexpr uint32_t kStateVersion = 2;         // 1 had no sources and faults
constexpr size_t kBatchPointsKept = 100'000;  // a batch that grew beyond is given back
constexpr std::string_view kOtherSources = "(others)";

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
template <class T>
bool take(std::string_view& bytes, T& value) {
  if (bytes.size() < sizeof(value)) return false;
  std::memcpy(&value, bytes.data(), sizeof(value));
  bytes.remove_prefix(sizeof(value));
  return true;
}
void put_part(std::string& out, std::string_view part) {
  put(out, static_cast<uint64_t>(part.size()));
  out += part;
}
bool take_part(std::string_view& bytes, std::string_view& part) {
  uint64_t size = 0;
  if (!take(bytes, size) || size > bytes.size()) return false;
  part = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

Entry entry_of(const Job& job) {
  return {.kind = static_cast<uint8_t>(job.request.encoding),
          .arrived_ms = job.arrived_ms,
          .source = job.request.source,
          .bytes = job.request.bytes};
}

}  // namespace

Pipeline::Pipeline(cells::CellStore& cells, const Decoders& decoders, const ServiceLimits& limits,
                   BatchKeeper* keeper, engine::CpuClock* cpu_clock)
    : cells_(cells),
      keeper_(keeper),
      decoders_(decoders),
      limits_(limits),
      router_(
          [this](const cells::SeriesKey& key) {
            const uint32_t series = cells_.open_series(key);
            const std::lock_guard lock(status_mutex_);
            faults_.name_series(series, key);
            return series;
          },
          limits.router),
      sampler_(limits.sampling),
      cpu_clock_(limits.sampling.has_cpu() ? cpu_clock : nullptr) {
  ASSERT(cpu_clock_ != nullptr || !limits.sampling.has_cpu());
}

void Pipeline::set_routes(std::string_view text) {
  const Result<std::vector<RouteSpec>> routes = parse_routes(text);
  if (!routes) {
    log::error("routes in the journal: {}", routes.error().text());
    return;
  }
  for (const Error& problem : router_.set_routes(*routes)) log::debug("{}", problem.text());
  routes_text_ = text;
}

bool Pipeline::load_sources_and_faults(std::string_view& state) {
  std::string_view sources;
  std::string_view faults;
  if (!take_part(state, sources) || !take_part(state, faults)) return false;
  const std::lock_guard lock(status_mutex_);
  const bool is_loaded = load_sources(sources, sources_) && faults_.load(faults);
  note_calm();
  return is_loaded;
}

Result<void> Pipeline::load_state(std::string_view state, uint64_t& sequence) {
  sequence = 0;
  if (state.empty()) return {};
  uint32_t version = 0;
  std::string_view routes;
  std::string_view keys;
  const bool is_read = intake::take(state, version) && version >= 1 && version <= kStateVersion &&
                       intake::take(state, sequence) && take_part(state, routes) &&
                       take_part(state, keys) && keys_.load(keys) &&
                       (version == 1 || load_sources_and_faults(state));
  if (!is_read)
    return fail(codes::store_failed, "the state of the intake in the cell store is damaged");
  TOLLGATE_CHECK(router_.load(state));
  if (!routes.empty()) set_routes(routes);
  return {};
}

std::string Pipeline::save_state() const {
  std::string state;
  put(state, kStateVersion);
  put(state, journal_->last_sequence());
  put_part(state, routes_text_);
  std::string keys;
  keys_.save(keys);
  put_part(state, keys);
  {
    const std::lock_guard lock(status_mutex_);
    put_part(state, save_sources(sources_));
    put_part(state, faults_.save());
  }
  state += router_.save();
  return state;
}

Result<void> Pipeline::open(std::unique_ptr<JournalFolder> folder) {
  uint64_t sequence = 0;
  TOLLGATE_TRY(const std::string state, cells_.intake_state());
  TOLLGATE_CHECK(load_state(state, sequence));
  const auto visit = [&](uint64_t number, const Entry& entry) { return repeat(entry, number); };
  TOLLGATE_TRY(journal_, Journal::open(std::move(folder), limits_.journal, sequence, visit));
  collected_ = sequence;
  bytes_since_ = journal_->bytes();
  return {};
}

/// Counts an entry of the journal as it was counted when it came.
Result<void> Pipeline::repeat(const Entry& entry, uint64_t sequence) {
  if (entry.kind == kRoutes) {
    set_routes(entry.bytes);
    return {};
  }
  Batch& batch = batch_of(0);
  TOLLGATE_CHECK(read(batch, entry));
  TOLLGATE_CHECK(apply(batch, sequence));
  if (!batch.idempotency_key.empty())
    keys_.add(batch.source, batch.idempotency_key, entry.arrived_ms);
  return {};
}

void Pipeline::adopt(std::shared_ptr<const Plan> plan) {
  plan_ = std::move(plan);
  std::string text = routes_text(plan_->routes);
  std::vector<std::string> problems;
  if (text != routes_text_ || routes_text_.empty()) {
    for (const Error& problem : router_.set_routes(plan_->routes))
      problems.push_back(problem.text());
    routes_text_ = std::move(text);
    are_routes_journaled_ = false;
  }
  const std::lock_guard lock(status_mutex_);
  status_.problems = std::move(problems);
}

Batch& Pipeline::batch_of(size_t index) {
  while (batches_.size() <= index) batches_.push_back(std::make_unique<Batch>());
  std::unique_ptr<Batch>& batch = batches_[index];
  if (batch->points.capacity() > kBatchPointsKept) batch = std::make_unique<Batch>();
  batch->clear();
  return *batch;
}

Result<void> Pipeline::read(Batch& batch, const Entry& entry) {
  const Decode decode = entry.kind < decoders_.size() ? decoders_[entry.kind] : nullptr;
  if (decode == nullptr) {
    return fail(codes::unsupported_media, "this server cannot read encoding {} of signals",
                static_cast<int>(entry.kind));
  }
  batch.source = entry.source;
  batch.arrived_ms = entry.arrived_ms;
  TOLLGATE_CHECK(decode(entry.bytes, batch));
  const Result<void> resolved = router_.resolve(batch);
  if (!batch.is_ambiguous) return resolved;
  batch.clear();
  batch.is_careful = true;
  TOLLGATE_CHECK(decode(entry.bytes, batch));
  return router_.resolve(batch);
}

/// Counters name their SLO themselves: it must exist.
Result<void> Pipeline::check(const Batch& batch) const {
  if (batch.increments.empty()) return {};
  for (size_t i = 0; i < batch.increments.size(); ++i) {
    const Increment& increment = batch.increments[i];
    if (plan_ == nullptr || !plan_->slos.contains(increment.slo)) {
      const std::vector<std::string> known =
          plan_ == nullptr ? std::vector<std::string>()
                           : std::vector<std::string>(plan_->slos.begin(), plan_->slos.end());
      return fail(codes::unknown_slo, "counter {}: there is no SLO \"{}\"{}", i, increment.slo,
                  did_you_mean(increment.slo, known));
    }
    if (!increment.environment.empty() && !plan_->environments.contains(increment.environment)) {
      const std::vector<std::string> known(plan_->environments.begin(), plan_->environments.end());
      return fail(codes::unknown_environment, "counter {}: there is no environment \"{}\"{}", i,
                  increment.environment, did_you_mean(increment.environment, known));
    }
  }
  return {};
}

/// True if the job is to be counted; otherwise it has its outcome.
Result<bool> Pipeline::prepare(Job& job, Batch& batch) {
  if (job.request.source.size() > kSourceBytesMax)
    return fail(codes::bad_request, "the name of the source is longer than {}", kSourceBytesMax);
  TOLLGATE_CHECK(read(batch, entry_of(job)));
  TOLLGATE_CHECK(check(batch));
  if (batch.idempotency_key.empty()) return true;
  const auto is_same = [&](size_t other) {
    return batches_[other]->idempotency_key == batch.idempotency_key &&
           batches_[other]->source == batch.source;
  };
  if (keys_.contains(batch.source, batch.idempotency_key) ||
      std::any_of(accepted_.begin(), accepted_.end(), is_same)) {
    job.outcome = Receipt{.is_duplicate = true};
    return false;
  }
  return true;
}

/// CPU time that this thread has used since the last call, in nanoseconds; 0 if no budget asks.
int64_t Pipeline::cpu_lap() {
  if (cpu_clock_ == nullptr) return 0;
  const int64_t before = std::exchange(cpu_ns_, cpu_clock_->thread_ns());
  return cpu_ns_ - before;
}

/// What the journal keeps of a job: its bytes, or what a budget left of its events.
Entry Pipeline::thinned_entry(const Job& job, size_t index) {
  Entry entry = entry_of(job);
  const bool is_thinned = sampler_.thin(*batches_[index], router_, works_[index]);
  works_[index].base_ns += cpu_lap();
  if (!is_thinned) return entry;
  thinned_[index] = encode_events(*batches_[index]);
  entry.kind = static_cast<uint8_t>(Encoding::events);
  entry.bytes = thinned_[index];
  return entry;
}

Result<Receipt> Pipeline::apply(Batch& batch, uint64_t sequence) {
  routed_.clear();
  router_.route(batch, routed_);
  if (batch.sample)
    routed_.counts.sampled_out = batch.sample->tally.offered - batch.sample->tally.kept;
  const Result<cells::Pushed> pushed = cells_.push({.source = batch.source,
                                                    .additions = routed_.additions,
                                                    .weights = routed_.weights,
                                                    .latencies = routed_.latencies});
  if (!pushed) {
    broken_ = pushed.error();
    return tl::unexpected(pushed.error());
  }
  if (keeper_ != nullptr) keeper_->take(batch, sequence);
  Receipt receipt{.counts = routed_.counts,
                  .histograms = static_cast<int64_t>(batch.histograms.size()),
                  .unusable = batch.unusable,
                  .unusable_why = batch.unusable_why,
                  .refused = routed_.refused};
  const std::lock_guard lock(status_mutex_);
  SourceStatus& status = source_status(batch.source);
  status.counts += routed_.counts;
  status.revised += pushed->revised;
  status.too_old += pushed->too_old;
  if (batch.sample) status.sampling.note(Time{batch.arrived_ms}, *batch.sample);
  const bool was_wrong = status.is_clock_wrong();
  note_times(batch, status);
  for (const Fault& fault : routed_.faults) faults_.note(fault, batch.source);
  if (!routed_.faults.empty() || was_wrong != status.is_clock_wrong()) note_calm();
  if (!receipt.refused.empty()) {
    status.last_refusal = receipt.refused;
    status.last_refused = Time{batch.arrived_ms};
  }
  return receipt;
}

/// How recent and how right the times of a batch are. Under status_mutex_.
void Pipeline::note_times(const Batch& batch, SourceStatus& status) const {
  if (routed_.last_ms != 0) {
    status.watermark = std::max(status.watermark, Time{routed_.last_ms});
    status.arrivals.note(Time{routed_.last_ms});
  }
  const int64_t newest_ms = std::max(routed_.last_ms, routed_.future_ms);
  if (newest_ms == 0 || batch.arrived_ms == 0) return;
  status.ahead = Duration{newest_ms - batch.arrived_ms};
  if (routed_.future_ms == 0) return;
  status.last_refusal = fmt::format("samples lie {} ahead of their arrival: a wrong clock",
                                    duration_words(Duration{routed_.future_ms - batch.arrived_ms}));
  status.last_refused = Time{batch.arrived_ms};
}

/// Under status_mutex_.
void Pipeline::note_calm() {
  const bool has_wrong_clock = std::any_of(sources_.begin(), sources_.end(), [](const auto& each) {
    return each.second.is_clock_wrong();
  });
  is_calm_.store(faults_.is_empty() && !has_wrong_clock, std::memory_order_relaxed);
}

std::optional<model::Doubt> Pipeline::doubt(std::string_view slo, std::string_view environment,
                                            const std::vector<std::string>& feeders,
                                            Time now) const {
  const std::lock_guard lock(status_mutex_);
  std::optional<model::Doubt> found;
  if (!faults_.is_empty()) found = faults_.find(slo, environment, now);
  if (found) return found;
  for (const std::string& feeder : feeders) {
    const auto source = sources_.find(feeder);
    const bool is_wrong = source != sources_.end() && source->second.is_clock_wrong() &&
                          source->second.last_arrival <= now;
    if (!is_wrong) continue;
    return model::Doubt{.reason = model::DoubtReason::clock_skew,
                        .source = feeder,
                        .detail = fmt::format("{}: its clock is {} ahead of ours", feeder,
                                              duration_words(source->second.ahead))};
  }
  return std::nullopt;
}

std::vector<FaultBook::Named> Pipeline::doubts_of(std::string_view source, Time now) const {
  const std::lock_guard lock(status_mutex_);
  return faults_.of_source(source, now);
}

/// Under status_mutex_.
SourceStatus& Pipeline::source_status(const std::string& source) {
  const auto found = sources_.find(source);
  if (found != sources_.end()) return found->second;
  const std::string name(sources_.size() < limits_.sources_max ? source : kOtherSources);
  SourceStatus& status = sources_[name];
  status.source = name;
  return status;
}

void Pipeline::note_refusal(const Job& job) {
  const std::lock_guard lock(status_mutex_);
  SourceStatus& status = source_status(job.request.source);
  ++status.malformed;
  status.last_refusal = job.outcome.error().message;
  status.last_refused = Time{job.arrived_ms};
}

/// A group is written at once: each job pays by its bytes.
void Pipeline::share_journal_time(int64_t spent_ns) {
  // The routes, if they are there, come first and are nobody's.
  const size_t first = entries_.size() - accepted_.size();
  size_t all = 0;
  for (size_t i = first; i < entries_.size(); ++i) all += entries_[i].bytes.size();
  if (all == 0) return;
  for (size_t i = 0; i < accepted_.size(); ++i) {
    const double part =
        static_cast<double>(entries_[first + i].bytes.size()) / static_cast<double>(all);
    works_[accepted_[i]].kept_ns += static_cast<int64_t>(static_cast<double>(spent_ns) * part);
  }
}

void Pipeline::take(std::span<Job> jobs) {
  accepted_.clear();
  entries_.clear();
  thinned_.resize(jobs.size());
  works_.assign(jobs.size(), {});
  (void)cpu_lap();
  if (!are_routes_journaled_) entries_.push_back({.kind = kRoutes, .bytes = routes_text_});
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (broken_) {
      jobs[i].outcome = tl::unexpected(*broken_);
      continue;
    }
    const Result<bool> is_new = prepare(jobs[i], batch_of(i));
    works_[i].base_ns = cpu_lap();
    if (!is_new) {
      jobs[i].outcome = tl::unexpected(is_new.error());
      note_refusal(jobs[i]);
    }
    if (!is_new || !*is_new) continue;
    accepted_.push_back(i);
    entries_.push_back(thinned_entry(jobs[i], i));
    works_[i].kept_ns = cpu_lap();
  }
  if (!accepted_.empty()) {
    const Result<uint64_t> appended = journal_->append(entries_, limits_.sync_every.ms == 0);
    are_routes_journaled_ = are_routes_journaled_ || appended;
    share_journal_time(cpu_lap());
    uint64_t sequence = journal_->last_sequence() - accepted_.size();
    for (const Entry& entry : entries_) bytes_since_ += entry.bytes.size();
    for (const size_t i : accepted_) {
      if (!appended) {
        jobs[i].outcome = tl::unexpected(appended.error());
        continue;
      }
      jobs[i].outcome = apply(*batches_[i], ++sequence);
      works_[i].kept_ns += cpu_lap();
      if (!batches_[i]->idempotency_key.empty())
        keys_.add(batches_[i]->source, batches_[i]->idempotency_key, jobs[i].arrived_ms);
    }
    const std::lock_guard lock(status_mutex_);
    if (!appended) ++status_.failed_commits;
  }
  for (size_t i = 0; i < jobs.size(); ++i)
    sampler_.spend(jobs[i].request.source, jobs[i].arrived_ms, works_[i]);
  const std::lock_guard lock(status_mutex_);
  for (const Job& job : jobs) {
    SourceStatus& status = source_status(job.request.source);
    ++status.requests;
    status.duplicates += job.outcome && job.outcome->is_duplicate;
    status.last_arrival = std::max(status.last_arrival, Time{job.arrived_ms});
    if (status.first_arrival.ms == 0) status.first_arrival = Time{job.arrived_ms};
  }
  status_.series = router_.series_count();
  status_.journal_bytes = journal_->bytes();
  status_.sampling = sampler_.status();
}

Pipeline::Snapshot Pipeline::collect() {
  if (const Result<void> synced = journal_->sync(); !synced)
    log::error("journal of signals: {}", synced.error().text());
  Snapshot snapshot{cells_.collect(save_state()), journal_->last_sequence()};
  if (keeper_ != nullptr) {
    if (const Result<void> kept = keeper_->keep(snapshot.sequence); !kept)
      log::error("traces since the last snapshot: {}", kept.error().text());
  }
  collected_ = snapshot.sequence;
  bytes_since_ = 0;
  return snapshot;
}

Result<void> Pipeline::forget(uint64_t sequence) {
  TOLLGATE_CHECK(journal_->forget(sequence));
  const std::lock_guard lock(status_mutex_);
  ++status_.snapshots;
  status_.journal_bytes = journal_->bytes();
  return {};
}

ServiceStatus Pipeline::status() const {
  const std::lock_guard lock(status_mutex_);
  ServiceStatus status = status_;
  for (const auto& [name, source] : sources_) status.sources.push_back(source);
  return status;
}

}  // namespace tollgate::intake
