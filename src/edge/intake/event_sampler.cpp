#include "edge/intake/event_sampler.hpp"

#include "domain/stats/sampling.hpp"
#include "edge/intake/event_codec.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tollgate::intake {
namespace {

/// The bytes of a trace identifier that are random by W3C Trace Context Level 2.
constexpr size_t kRandomBytes = 7;
constexpr int64_t kNsPerSecond = 1'000'000'000;

uint64_t randomness_of_span(const SpanPlace& span) {
  if (span.randomness) return *span.randomness;
  uint64_t value = 0;
  const std::string_view id = span.trace_id;
  for (const char c : id.substr(id.size() - std::min(id.size(), kRandomBytes)))
    value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

/// Records that are the same in all but their place in the batch must not stand and fall together.
uint64_t randomness_of_record(const Batch& batch, const Event& event, size_t index,
                              std::string& text) {
  text.clear();
  const auto add = [&text](const auto& value) {
    text.append(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  add(event.time_ms);
  add(batch.arrived_ms);
  add(index);
  for (uint32_t i = 0; i < event.label_count; ++i) {
    const Label& label = batch.labels[event.first_label + i];
    text.append(label.name).append(1, '\0').append(label.value).append(1, '\0');
  }
  return stats::randomness_of(text);
}

/// The threshold that a weight which came with an event was made by.
uint64_t threshold_of(double weight) {
  return weight > 1 ? stats::sampling_threshold(1 / weight) : 0;
}

Result<int64_t> parse_rate(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, int64_t>, 4> kUnits = {
      {{"GB", 1'000'000'000}, {"MB", 1'000'000}, {"KB", 1'000}, {"B", 1}}};
  std::string_view number = text;
  if (number.ends_with("/s")) number.remove_suffix(2);
  for (const auto& [unit, size] : kUnits) {
    if (!number.ends_with(unit)) continue;
    number.remove_suffix(unit.size());
    const Result<int64_t> count = parse_integer(number);
    if (!count || *count < 0 || *count > INT64_MAX / size) break;
    return *count * size;
  }
  return fail(codes::bad_usage, "\"{}\" is not a rate such as 4MB/s", text);
}

Result<Ppm> parse_cpu_share(std::string_view text) {
  const Result<int64_t> ppm = parse_ppm(text);
  if (!ppm || *ppm < 0) {
    return fail(codes::bad_usage, "\"{}\" is not a share of a core such as 25% or 0.25", text);
  }
  // The intake has one thread.
  if (*ppm > 1'000'000) {
    return fail(codes::bad_usage,
                "\"{}\" is more than one core, and the intake uses no more: give 0% to 100%", text);
  }
  return Ppm{*ppm};
}

/// VALUE is for all, SOURCE=VALUE for one source.
template <class Value>
Result<void> read_budgets(const std::vector<std::string>& texts,
                          Result<Value> (*parse)(std::string_view), Value& all,
                          std::map<std::string, Value, std::less<>>& sources) {
  for (const std::string& text : texts) {
    const size_t equals = text.rfind('=');
    if (equals == std::string::npos) {
      TOLLGATE_TRY(all, parse(text));
    } else {
      TOLLGATE_TRY(sources[text.substr(0, equals)],
                   parse(std::string_view(text).substr(equals + 1)));
    }
  }
  return {};
}

}  // namespace

Result<SamplingLimits> parse_sampling(const std::vector<std::string>& bytes,
                                      const std::vector<std::string>& cpu) {
  SamplingLimits limits;
  TOLLGATE_CHECK(read_budgets(bytes, parse_rate, limits.bytes_per_second, limits.sources));
  TOLLGATE_CHECK(read_budgets(cpu, parse_cpu_share, limits.cpu, limits.cpu_sources));
  return limits;
}

EventSampler::EventSampler(const SamplingLimits& limits) {
  const auto of_bytes = [](const std::string& source, int64_t rate) -> std::optional<Budget> {
    if (rate <= 0) return std::nullopt;
    return Budget{.sampler = stats::AdaptiveSampler(rate),
                  .status = {.source = source, .bytes_per_second = rate}};
  };
  const auto of_cpu = [](const std::string& source, Ppm share) -> std::optional<Budget> {
    if (share.value <= 0) return std::nullopt;
    return Budget{.sampler = stats::AdaptiveSampler(share.value * kNsPerSecond / 1'000'000),
                  .status = {.source = source, .cpu = share}};
  };
  bytes_.shared = of_bytes("", limits.bytes_per_second);
  for (const auto& [source, rate] : limits.sources)
    bytes_.own.emplace(source, of_bytes(source, rate));
  cpu_.shared = of_cpu("", limits.cpu);
  for (const auto& [source, share] : limits.cpu_sources)
    cpu_.own.emplace(source, of_cpu(source, share));
}

EventSampler::Budget* EventSampler::Budgets::find(const std::string& source) {
  const auto found = own.find(source);
  std::optional<Budget>& budget = found == own.end() ? shared : found->second;
  return budget ? &*budget : nullptr;
}

/// Those of a source, in the order in which they decide: what a budget of its own leaves out costs
/// the shared one nothing.
std::array<EventSampler::Budget*, 2> EventSampler::budgets_of(const std::string& source) {
  Budget* const bytes = bytes_.find(source);
  Budget* const cpu = cpu_.find(source);
  const auto is_own = [](const Budget* budget) {
    return budget != nullptr && !budget->status.source.empty();
  };
  if (is_own(cpu) && !is_own(bytes)) return {cpu, bytes};
  return {bytes, cpu};
}

/// The units of the batch: each record, and what there is of each trace, bad if any of it is.
void EventSampler::gather(const Batch& batch, Router& router) {
  units_.clear();
  unit_of_.clear();
  traces_.clear();
  std::string text;
  for (size_t i = 0; i < batch.events.size(); ++i) {
    const Event& event = batch.events[i];
    uint32_t index = static_cast<uint32_t>(units_.size());
    uint64_t randomness = 0;
    if (event.span >= 0) {
      const SpanPlace& span = batch.spans[static_cast<size_t>(event.span)];
      index = traces_.try_emplace(span.trace_id, index).first->second;
      randomness = randomness_of_span(span);
    } else {
      randomness = randomness_of_record(batch, event, i, text);
    }
    if (index == units_.size()) units_.push_back({.randomness = randomness});
    Unit& unit = units_[index];
    const EventClass what = router.classify(batch, event);
    unit.is_kept |= what == EventClass::kept;
    unit.is_bad |= event.is_error || what == EventClass::bad;
    unit.bytes += journal_bytes(batch, event);
    ++unit.events;
    unit_of_.push_back(index);
  }
}

/// The thresholds of a budget for those units that reach the floor.
stats::SampleThresholds EventSampler::narrow(Budget& budget, stats::SampleThresholds floor,
                                             int64_t arrived_ms, BatchWork& work) {
  const bool is_cpu = budget.status.cpu.value > 0;
  const auto cost_of = [&](const Unit& unit) {
    return is_cpu ? budget.cost.cost_of(unit.bytes) : unit.bytes;
  };
  asked_.clear();
  for (const Unit& unit : units_) {
    if (unit.is_kept || !unit.passes(floor)) continue;
    asked_.push_back({.randomness = unit.randomness, .cost = cost_of(unit), .is_bad = unit.is_bad});
  }
  const stats::SampleThresholds thresholds = budget.sampler.decide(asked_, arrived_ms, floor);
  for (const Unit& unit : units_) {
    if (!unit.passes(floor)) continue;
    const bool is_kept = unit.passes(thresholds);
    (is_kept ? budget.status.kept : budget.status.left_out) += unit.events;
    if (is_cpu && is_kept && !unit.is_kept) work.planned_ns += cost_of(unit);
  }
  const auto share = [&](bool is_bad) {
    return stats::adjusted_count(floor.of(is_bad)) / stats::adjusted_count(thresholds.of(is_bad));
  };
  budget.status.share_good = share(false);
  budget.status.share_bad = share(true);
  return thresholds;
}

bool EventSampler::apply(Batch& batch, const stats::SampleThresholds& thresholds) {
  const auto offered = static_cast<int64_t>(batch.events.size());
  BatchSample& sample = batch.sample.emplace();
  sample.probability_good = 1 / stats::adjusted_count(thresholds.good);
  sample.probability_bad = 1 / stats::adjusted_count(thresholds.bad);
  size_t kept = 0;
  for (size_t i = 0; i < batch.events.size(); ++i) {
    Event event = batch.events[i];
    const Unit& unit = units_[unit_of_[i]];
    if (!unit.passes(thresholds)) continue;
    const uint64_t threshold = unit.is_kept ? 0 : thresholds.of(unit.is_bad);
    // Samplers of one trace share its randomness: the strictest alone decides.
    if (threshold > threshold_of(event.weight)) event.weight = stats::adjusted_count(threshold);
    (unit.is_bad ? sample.tally.bad : sample.tally.good).add(event.weight);
    batch.events[kept++] = event;
  }
  sample.tally.offered = offered;
  sample.tally.kept = static_cast<int64_t>(kept);
  batch.events.resize(kept);
  return thresholds.good != 0 || thresholds.bad != 0;
}

bool EventSampler::thin(Batch& batch, Router& router, BatchWork& work) {
  if (batch.events.empty()) return false;
  const std::array<Budget*, 2> budgets = budgets_of(batch.source);
  if (budgets[0] == nullptr && budgets[1] == nullptr) return false;
  gather(batch, router);
  stats::SampleThresholds thresholds;
  for (Budget* const budget : budgets) {
    if (budget != nullptr) thresholds = narrow(*budget, thresholds, batch.arrived_ms, work);
  }
  for (const Unit& unit : units_) {
    if (unit.passes(thresholds)) work.kept_bytes += unit.bytes;
  }
  return apply(batch, thresholds);
}

void EventSampler::spend(const std::string& source, int64_t arrived_ms, const BatchWork& work) {
  Budget* const budget = cpu_.find(source);
  if (budget == nullptr) return;
  const int64_t used_ns = work.base_ns + work.kept_ns;
  budget->status.cpu_used_ns += used_ns;
  if (work.kept_bytes > 0) {
    budget->cost.note(static_cast<double>(work.kept_bytes), static_cast<double>(work.kept_ns),
                      arrived_ms);
  }
  budget->sampler.spend(static_cast<double>(used_ns - work.planned_ns), arrived_ms);
}

void EventSampler::Budgets::append_status(std::vector<SamplingStatus>& all) const {
  if (shared) all.push_back(shared->status);
  for (const auto& [source, budget] : own) {
    if (budget) all.push_back(budget->status);
  }
}

std::vector<SamplingStatus> EventSampler::status() const {
  std::vector<SamplingStatus> all;
  bytes_.append_status(all);
  cpu_.append_status(all);
  return all;
}

}  // namespace tollgate::intake
