#include "engine/collector/collector.hpp"

#include "domain/slo/composite.hpp"

#include <algorithm>

namespace tollgate::engine {
namespace {

/// Stretches of maintenance in one reading; each is a question to the source of its own.
constexpr size_t kExcludedMax = 200;

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

Result<Duration> Collector::period_at(const slo::Window& window, Time at) const {
  TOLLGATE_TRY(const calendar::Zone zone, zones_.zone(window.zone));
  return slo::span_at(window, zone, at).length();
}

model::Reading Collector::read_span(const slo::Objective& objective,
                                    const slo::Indicator& indicator, const Where& where,
                                    const slo::Span& span, Time now) const {
  const ReadingRequest request{.objective = &objective,
                               .indicator = &indicator,
                               .environment = std::string(where.environment),
                               .part = where.part,
                               .span = span,
                               .as_of = now,
                               .timeout = limits_.timeout,
                               .care = where.care};
  model::Reading reading = signals_.read(request);
  if (auto doubt = quarantine_of(request)) reading.doubt = std::move(doubt);
  return reading;
}

std::optional<model::Doubt> Collector::quarantine_of(const ReadingRequest& request) const {
  if (!next_quarantines_) return std::nullopt;
  const std::shared_ptr<const QuarantineBook> book = next_quarantines_();
  if (book->is_empty()) return std::nullopt;
  for (const std::string& source : signals_.feeders(request)) {
    const Quarantine* quarantine = book->find(source, request.as_of);
    if (quarantine != nullptr) return doubt_of(*quarantine);
  }
  return std::nullopt;
}

model::Reading Collector::read_composite(const slo::Objective& whole, const Where& where,
                                         const slo::Span& span, Time now) const {
  std::vector<slo::Objective> objectives;
  bool is_remote = false;
  for (const slo::ObjectivePart& part : whole.parts) {
    objectives.push_back(slo::part_objective(whole, part));
    is_remote |= !part.indicator.source.empty();
  }
  const auto read_parts = [&](const slo::Span& piece) {
    std::vector<model::Reading> readings;
    for (size_t i = 0; i < objectives.size(); ++i)
      readings.push_back(read_span(objectives[i], whole.parts[i].indicator, where, piece, now));
    return slo::combine(whole, readings);
  };
  model::Reading reading = read_parts(span);
  if (whole.method != slo::BudgetingMethod::timeslices || !reading.error.empty()) return reading;
  // Which slices are bad together only the slices themselves can tell.
  const int64_t count = whole.slice.ms > 0 ? span.length().ms / whole.slice.ms : 0;
  reading.slices = model::Slices{};
  if (is_remote || count > slo::kCompositeSlicesMax) {
    reading.error = fmt::format(
        "a composite of time slices needs its parts counted here, and at most {} slices",
        slo::kCompositeSlicesMax);
    return reading;
  }
  for (int64_t i = 0; i < count; ++i) {
    const Time from = span.from + whole.slice * i;
    const model::Reading slice = read_parts({from, from + whole.slice});
    if (slice.slices) slo::add_slices(*reading.slices, *slice.slices);
  }
  return reading;
}

Result<slo::Span> Collector::span_of(const gate::Need& need, Time now) const {
  if (need.window.ms > 0) return slo::Span{.from = now - need.window, .to = now};
  TOLLGATE_TRY(const calendar::Zone zone, zones_.zone(need.objective.window.zone));
  return slo::passed_at(need.objective.window, zone, now);
}

model::Reading Collector::read_raw(const gate::Need& need, std::string_view environment, Time now,
                                   const Part& part, Care care) const {
  const Where where{environment, part, care};
  const Result<slo::Span> asked = span_of(need, now);
  if (!asked) return failed_reading(need, environment, now, asked.error().message);
  const slo::Span& span = *asked;
  const slo::Objective& objective = need.objective;
  model::Reading reading = objective.parts.empty()
                               ? read_span(objective, need.indicator, where, span, now)
                               : read_composite(objective, where, span, now);
  reading.window = gate::need_window(need);
  return reading;
}

model::Reading Collector::read_again(const gate::Need& need, const model::Reading& then) const {
  const Part whole;
  const Where where{then.environment, whole, Care::bare};
  const slo::Span span{then.from, then.to};
  model::Reading reading =
      need.objective.parts.empty()
          ? read_span(need.objective, need.indicator, where, span, then.fetched_at)
          : read_composite(need.objective, where, span, then.fetched_at);
  reading.window = then.window;
  if (find_excluded_ && reading.error.empty()) exclude(reading, need, whole, span, then.fetched_at);
  return reading;
}

slo::Counts Collector::cut_of(const gate::Need& need, const model::Reading& then) const {
  std::vector<slo::Span> spans = {{then.from, then.to}};
  if (find_excluded_) {
    const auto excluded = find_excluded_(need.objective.slo, then.environment, spans.front());
    for (const calendar::Occurrence& stretch :
         excluded.value_or(std::vector<calendar::Occurrence>{}))
      spans.push_back({stretch.from, stretch.to});
  }
  slo::Counts cut;
  const auto add = [&](const slo::Objective& objective, const slo::Indicator& indicator) {
    for (const slo::Span& span : spans) {
      cut += signals_.cut_events({.objective = &objective,
                                  .indicator = &indicator,
                                  .environment = then.environment,
                                  .span = span,
                                  .as_of = then.fetched_at});
    }
  };
  if (need.objective.parts.empty()) add(need.objective, need.indicator);
  for (const slo::ObjectivePart& part : need.objective.parts)
    add(slo::part_objective(need.objective, part), part.indicator);
  return cut;
}

model::Reading Collector::read_one(const gate::Need& need, std::string_view environment, Time now,
                                   const Part& part, Care care) const {
  model::Reading reading = read_raw(need, environment, now, part, care);
  if (!find_excluded_ || !reading.error.empty()) return reading;
  const Result<slo::Span> span = span_of(need, now);
  if (span) exclude(reading, need, part, *span, now);
  return reading;
}

std::optional<Time> Collector::count_spans(const slo::Resolved& slo, std::string_view environment,
                                           std::span<const slo::Span> spans,
                                           std::span<slo::Counts> counts) const {
  const slo::Objective& objective = slo.objective;
  if (objective.method != slo::BudgetingMethod::occurrences || !objective.parts.empty())
    return std::nullopt;
  if (find_excluded_ && !spans.empty()) {
    slo::Span whole = spans.front();
    for (const slo::Span& span : spans)
      whole = {std::min(whole.from, span.from), std::max(whole.to, span.to)};
    const auto excluded = find_excluded_(objective.slo, environment, whole);
    if (!excluded || !excluded->empty()) return std::nullopt;
  }
  const bool is_quarantined =
      !spans.empty() && quarantine_of({.objective = &objective,
                                       .indicator = &slo.indicator,
                                       .environment = std::string(environment),
                                       .span = spans.front(),
                                       .as_of = spans.front().to});
  if (is_quarantined) return std::nullopt;
  return signals_.count_spans({.objective = &objective,
                               .indicator = &slo.indicator,
                               .environment = environment,
                               .spans = spans},
                              counts);
}

std::unique_ptr<StandingCounts> Collector::stand(const slo::Resolved& slo,
                                                 std::string_view environment) const {
  const slo::Objective& objective = slo.objective;
  if (objective.method != slo::BudgetingMethod::occurrences || !objective.parts.empty())
    return nullptr;
  return signals_.stand({.objective = &objective,
                         .indicator = &slo.indicator,
                         .environment = environment,
                         .spans = {}});
}

bool Collector::are_trusted(Time now) const {
  const auto book = next_quarantines_ ? next_quarantines_() : nullptr;
  if (book != nullptr && !book->is_empty() && !book->in_force(now).empty()) return false;
  return signals_.is_steady();
}

/// Asks for the counts of each stretch of maintenance and takes them out; a stretch that cannot be
/// read leaves no reading, because half an exclusion would be neither.
void Collector::exclude(model::Reading& reading, const gate::Need& need, const Part& asked,
                        slo::Span span, Time now) const {
  const auto stretches = find_excluded_(need.objective.slo, reading.environment, span);
  if (!stretches) {
    reading.error = stretches.error().message;
    return;
  }
  if (stretches->size() > kExcludedMax) {
    reading.error =
        fmt::format("more than {} stretches of maintenance in one window", kExcludedMax);
    return;
  }
  model::Excluded out;
  for (const calendar::Occurrence& stretch : *stretches) {
    const model::Reading part = signals_.read({.objective = &need.objective,
                                               .indicator = &need.indicator,
                                               .environment = reading.environment,
                                               .part = asked,
                                               .span = {.from = stretch.from, .to = stretch.to},
                                               .as_of = now,
                                               .timeout = limits_.timeout,
                                               .care = Care::bare});
    if (!part.error.empty()) {
      reading.error = part.error;
      return;
    }
    ++out.windows;
    out.time = out.time + (stretch.to - stretch.from);
    out.good += part.good;
    out.bad += part.bad;
    if (reading.squares) {
      const model::WeightSquares gone =
          part.squares.value_or(model::WeightSquares{.good = part.good, .bad = part.bad});
      reading.squares->good = std::max<int64_t>(0, reading.squares->good - gone.good);
      reading.squares->bad = std::max<int64_t>(0, reading.squares->bad - gone.bad);
    }
    if (!reading.slices || !part.slices) continue;
    reading.slices->good = std::max<int64_t>(0, reading.slices->good - part.slices->good);
    reading.slices->bad = std::max<int64_t>(0, reading.slices->bad - part.slices->bad);
    reading.slices->no_data = std::max<int64_t>(0, reading.slices->no_data - part.slices->no_data);
    reading.slices->ratio_sum_ppm =
        std::max<int64_t>(0, reading.slices->ratio_sum_ppm - part.slices->ratio_sum_ppm);
  }
  if (out.windows == 0) return;
  reading.good = std::max<int64_t>(0, reading.good - out.good);
  reading.bad = std::max<int64_t>(0, reading.bad - out.bad);
  reading.total = reading.good + reading.bad;
  reading.excluded = out;
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
