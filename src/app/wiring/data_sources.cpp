#include "app/wiring/data_sources.hpp"

#include "app/wiring/source_settings.hpp"
#include "edge/intake/route_spec.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <chrono>

namespace tollgate::wiring {
void PolicySources::refresh() {
  const auto policy = engine_->policy();
  const std::lock_guard lock(mutex_);
  if (policy == seen_) return;
  std::vector<sources::SourceConfig> configs;
  broken_.clear();
  for (const model::Resource* resource : policy->bundle().of_kind("DataSource")) {
    const auto* source = resource->as<model::DataSource>();
    if (source == nullptr) continue;
    if (intake::is_counted_here(source->type)) {
      configs.push_back({.name = source->name, .type = "cells", .url = {}});
      continue;
    }
    Result<sources::SourceConfig> config = source_config(*source);
    if (config && sources::find_source(config->type) == nullptr) {
      config =
          fail(codes::bad_value, "Tollgate cannot ask a DataSource of type \"{}\"", source->type);
    }
    if (config) {
      configs.push_back(std::move(*config));
    } else {
      broken_[source->name] = config.error().message;
    }
  }
  if (const Result<void> replaced = router_.replace(configs); !replaced) {
    log::error("signal sources of the policy: {}", replaced.error().text());
  }
  seen_ = policy;
}

model::Reading PolicySources::read(const engine::ReadingRequest& request) {
  if (engine_ != nullptr) refresh();
  {
    const std::lock_guard lock(mutex_);
    const auto broken = broken_.find(request.indicator->source);
    if (broken != broken_.end()) {
      model::Reading reading = sources::start_reading(request, broken->first);
      reading.error = broken->second;
      return reading;
    }
  }
  if (request.indicator->source.empty()) return router_.read(request);
  const auto began = std::chrono::steady_clock::now();
  model::Reading reading = router_.read(request);
  note_answer(request.indicator->source, reading,
              Duration{std::chrono::duration_cast<std::chrono::milliseconds>(
                           std::chrono::steady_clock::now() - began)
                           .count()});
  return reading;
}

void PolicySources::note_answer(const std::string& source, const model::Reading& reading,
                                Duration took) {
  const std::lock_guard lock(answers_mutex_);
  LastAnswer& last = answers_[source];
  ++last.questions;
  last.failures = reading.error.empty() ? 0 : last.failures + 1;
  last.error = reading.error;
  last.asked = std::max(last.asked, reading.fetched_at);
  last.took = took;
  if (!reading.error.empty()) return;
  last.watermark = std::max(last.watermark, reading.watermark);
  last.completeness = reading.completeness;
}

std::vector<std::string> PolicySources::feeders(const engine::ReadingRequest& request) {
  if (engine_ != nullptr) refresh();
  return router_.feeders(request);
}

std::string PolicySources::broken(const std::string& source) {
  if (engine_ != nullptr) refresh();
  const std::lock_guard lock(mutex_);
  const auto found = broken_.find(source);
  return found == broken_.end() ? std::string() : found->second;
}

std::optional<LastAnswer> PolicySources::last_answer(const std::string& source) const {
  const std::lock_guard lock(answers_mutex_);
  const auto found = answers_.find(source);
  if (found == answers_.end()) return std::nullopt;
  return found->second;
}

std::optional<Time> PolicySources::count_spans(const engine::SpansRequest& request,
                                               std::span<slo::Counts> counts) {
  if (engine_ != nullptr) refresh();
  {
    const std::lock_guard lock(mutex_);
    if (broken_.contains(request.indicator->source)) return std::nullopt;
  }
  return router_.count_spans(request, counts);
}

std::unique_ptr<engine::StandingCounts> PolicySources::stand(const engine::SpansRequest& request) {
  if (engine_ != nullptr) refresh();
  {
    const std::lock_guard lock(mutex_);
    if (broken_.contains(request.indicator->source)) return nullptr;
  }
  return router_.stand(request);
}

}  // namespace tollgate::wiring
