#include "engine/collector/collector.hpp"

#include <algorithm>

namespace tollgate::engine {
namespace {

/// A reading that only says why there is none.
model::Reading failed_reading(const gate::Need& need, std::string_view environment, Time now,
                              std::string error) {
  return {.slo = need.objective.slo,
          .environment = std::string(environment),
          .window = gate::need_window(need),
          .from = now - gate::need_window(need),
          .to = now,
          .slices = {},
          .source = need.indicator.source.empty() ? "cells" : need.indicator.source,
          .watermark = {},
          .fetched_at = now,
          .completeness = Ppm{0},
          .error = std::move(error)};
}

}  // namespace

void Collector::start() {
  for (size_t i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { run(); });
}

void Collector::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

model::Reading Collector::read_one(const gate::Need& need, std::string_view environment,
                                   Time now) const {
  slo::Span span{.from = now - need.window, .to = now};
  if (need.window.ms == 0) {
    const Result<calendar::Zone> zone = zones_.zone(need.objective.window.zone);
    if (!zone) return failed_reading(need, environment, now, zone.error().message);
    span = slo::passed_at(need.objective.window, *zone, now);
  }
  model::Reading reading = signals_.read({.objective = &need.objective,
                                          .indicator = &need.indicator,
                                          .environment = std::string(environment),
                                          .span = span,
                                          .as_of = now,
                                          .timeout = limits_.timeout});
  reading.window = gate::need_window(need);
  return reading;
}

Readings Collector::collect_now(const gate::CompiledGate& gate, const model::GateRequest& request,
                                Time now) const {
  Readings readings;
  readings.reserve(gate.needs.size());
  for (const gate::Need& need : gate.needs) {
    if (need.kind == gate::Need::Kind::reading)
      readings.push_back(read_one(need, request.environment, now));
  }
  return readings;
}

void Collector::collect(const gate::CompiledGate& gate, const model::GateRequest& request, Time now,
                        std::function<void(Readings)> done) {
  const bool is_remote =
      std::any_of(gate.needs.begin(), gate.needs.end(), [](const gate::Need& need) {
        return need.kind == gate::Need::Kind::reading && !need.indicator.source.empty();
      });
  if (!is_remote || threads_.empty()) return done(collect_now(gate, request, now));
  Job job{.needs = {}, .environment = request.environment, .now = now, .done = std::move(done)};
  for (const gate::Need& need : gate.needs) {
    if (need.kind == gate::Need::Kind::reading) job.needs.push_back(need);
  }
  {
    const std::lock_guard lock(mutex_);
    if (!is_stopping_ && queue_.size() < limits_.queue_max) {
      queue_.push_back(std::move(job));
      wake_.notify_one();
      return;
    }
  }
  job.done(refuse_all(job, "too many requests wait for their sources"));
}

Readings Collector::read_all(const Job& job) const {
  Readings readings;
  readings.reserve(job.needs.size());
  for (const gate::Need& need : job.needs)
    readings.push_back(read_one(need, job.environment, job.now));
  return readings;
}

Readings Collector::refuse_all(const Job& job, const char* reason) {
  Readings readings;
  for (const gate::Need& need : job.needs)
    readings.push_back(failed_reading(need, job.environment, job.now, reason));
  return readings;
}

void Collector::run() {
  while (true) {
    Job job;
    bool is_refused = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
      is_refused = is_stopping_;
    }
    job.done(is_refused ? refuse_all(job, "the server is stopping") : read_all(job));
  }
}

}  // namespace tollgate::engine
