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

}  // namespace

Result<SamplingLimits> parse_sampling(const std::vector<std::string>& texts) {
  SamplingLimits limits;
  for (const std::string& text : texts) {
    const size_t equals = text.rfind('=');
    if (equals == std::string::npos) {
      TOLLGATE_TRY(limits.bytes_per_second, parse_rate(text));
    } else {
      TOLLGATE_TRY(limits.sources[text.substr(0, equals)],
                   parse_rate(std::string_view(text).substr(equals + 1)));
    }
  }
  return limits;
}

EventSampler::EventSampler(const SamplingLimits& limits) {
  const auto budget = [](const std::string& source, int64_t rate) {
    return Budget{.sampler = stats::AdaptiveSampler(rate),
                  .status = {.source = source, .bytes_per_second = rate}};
  };
  if (limits.bytes_per_second > 0) shared_ = budget("", limits.bytes_per_second);
  for (const auto& [source, rate] : limits.sources)
    own_.emplace(source, rate > 0 ? std::optional(budget(source, rate)) : std::nullopt);
}

EventSampler::Budget* EventSampler::budget_of(const std::string& source) {
  const auto found = own_.find(source);
  std::optional<Budget>& budget = found == own_.end() ? shared_ : found->second;
  return budget ? &*budget : nullptr;
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
    if (index == units_.size()) units_.push_back({.sampled = {.randomness = randomness}});
    Unit& unit = units_[index];
    const EventClass what = router.classify(batch, event);
    unit.is_kept |= what == EventClass::kept;
    unit.sampled.is_bad |= event.is_error || what == EventClass::bad;
    unit.sampled.bytes += journal_bytes(batch, event);
    unit_of_.push_back(index);
  }
}

bool EventSampler::apply(Batch& batch, const stats::SampleThresholds& thresholds) {
  if (thresholds.good == 0 && thresholds.bad == 0) return false;
  size_t kept = 0;
  for (size_t i = 0; i < batch.events.size(); ++i) {
    Event event = batch.events[i];
    const Unit& unit = units_[unit_of_[i]];
    const uint64_t threshold = unit.is_kept ? 0 : thresholds.of(unit.sampled.is_bad);
    if (unit.sampled.randomness < threshold) continue;
    // Samplers of one trace share its randomness: the strictest alone decides.
    if (threshold > threshold_of(event.weight)) event.weight = stats::adjusted_count(threshold);
    batch.events[kept++] = event;
  }
  batch.sampled_out = static_cast<int64_t>(batch.events.size() - kept);
  batch.events.resize(kept);
  return true;
}

bool EventSampler::thin(Batch& batch, Router& router) {
  if (batch.events.empty()) return false;
  Budget* const budget = budget_of(batch.source);
  if (budget == nullptr) return false;
  gather(batch, router);
  asked_.clear();
  for (const Unit& unit : units_) {
    if (!unit.is_kept) asked_.push_back(unit.sampled);
  }
  const stats::SampleThresholds thresholds = budget->sampler.decide(asked_, batch.arrived_ms);
  const bool is_thinned = apply(batch, thresholds);
  budget->status.kept += static_cast<int64_t>(batch.events.size());
  budget->status.left_out += batch.sampled_out;
  budget->status.share_good = 1 / stats::adjusted_count(thresholds.good);
  budget->status.share_bad = 1 / stats::adjusted_count(thresholds.bad);
  return is_thinned;
}

std::vector<SamplingStatus> EventSampler::status() const {
  std::vector<SamplingStatus> all;
  if (shared_) all.push_back(shared_->status);
  for (const auto& [source, budget] : own_) {
    if (budget) all.push_back(budget->status);
  }
  return all;
}

}  // namespace tollgate::intake
