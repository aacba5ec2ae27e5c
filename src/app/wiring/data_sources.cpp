#include "app/wiring/data_sources.hpp"

#include "edge/deliver/target.hpp"
#include "edge/intake/route_spec.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace tollgate::wiring {
namespace {

/// The pairs of an object of texts; values may be references to secrets.
Result<void> read_pairs(const doc::Node& details, std::string_view key, std::string_view source,
                        std::vector<std::pair<std::string, std::string>>& pairs) {
  const doc::Node* const list = details.find(key);
  if (list == nullptr) return {};
  if (!list->is_object()) {
    return fail(codes::bad_value, "{} of DataSource {} must be a list of NAME: TEXT", key, source);
  }
  for (const doc::Member& pair : list->members()) {
    if (!pair.value.is_text()) {
      return fail(codes::bad_value, "{} of {} of DataSource {} is no text", pair.key, key, source);
    }
    TOLLGATE_TRY(std::string value, resolve_text(pair.value.as_text()));
    pairs.emplace_back(pair.key, std::move(value));
  }
  return {};
}

/// token, username with password, tenant: each is one header.
Result<void> read_credentials(const doc::Node& details, sources::SourceConfig& config) {
  const std::string_view token = details.text_or("token");
  const std::string_view username = details.text_or("username");
  if (!token.empty() && !username.empty()) {
    return fail(codes::field_conflict,
                "DataSource {} names both a token and a username; one of them is sent",
                config.name);
  }
  if (!token.empty()) {
    TOLLGATE_TRY(const std::string value, resolve_text(token));
    config.headers.emplace_back("Authorization", "Bearer " + value);
  }
  if (!username.empty()) {
    TOLLGATE_TRY(const std::string name, resolve_text(username));
    TOLLGATE_TRY(const std::string password, resolve_text(details.text_or("password")));
    config.headers.emplace_back("Authorization", "Basic " + base64_encode(name + ":" + password));
  }
  if (const std::string_view tenant = details.text_or("tenant"); !tenant.empty())
    config.headers.emplace_back("X-Scope-OrgID", tenant);
  return {};
}

/// A duration of the details; stays as it is if there is none.
Result<void> read_duration(const doc::Node& details, std::string_view key, Duration& duration) {
  const std::string_view text = details.text_or(key);
  if (text.empty()) return {};
  TOLLGATE_TRY(duration, parse_duration(text));
  return {};
}

/// Every key that a source of metrics reads, and those of its kind; others are mistakes.
Result<void> read_settings(const doc::Node& details, const sources::SourceKind* kind,
                           sources::SourceConfig& config) {
  std::vector<std::string> keys = {"url",      "URL",      "address",  "endpoint", "headers",
                                   "token",    "username", "password", "tenant",   "caFile",
                                   "certFile", "keyFile",  "timeout",  "lateness", "parameters"};
  if (kind != nullptr) {
    for (const std::string_view key : kind->settings) {
      keys.emplace_back(key);
      const std::string_view text = details.text_or(key);
      if (text.empty()) continue;
      TOLLGATE_TRY(config.settings[std::string(key)], resolve_text(text));
    }
  }
  if (config.type == intake::kScrapeType)
    keys.insert(keys.end(), {"targets", "labels", "interval"});
  for (const doc::Member& member : details.members()) {
    if (std::find(keys.begin(), keys.end(), member.key) != keys.end()) continue;
    return fail(codes::unknown_field, "DataSource {} has the unknown setting \"{}\"{}", config.name,
                member.key, did_you_mean(member.key, keys));
  }
  return {};
}

}  // namespace

Result<std::string> resolve_text(std::string_view text) {
  const bool is_reference = text.starts_with("env:") || text.starts_with("file:");
  return is_reference ? deliver::resolve_secret(text) : Result<std::string>(std::string(text));
}

Result<sources::SourceConfig> source_config(const model::DataSource& source) {
  const doc::Node& details = source.connection_details;
  TOLLGATE_TRY(sources::SourceConfig config, access_config(source));
  for (std::string_view key : {"url", "URL", "address", "endpoint"}) {
    if (config.url.empty()) config.url = details.text_or(key);
  }
  const sources::SourceKind* const kind = sources::find_source(config.type);
  if (config.url.empty() && (kind == nullptr || !kind->knows_url)) {
    return fail(codes::missing_field, "DataSource {} has no connectionDetails.url", source.name);
  }
  return config;
}

Result<sources::SourceConfig> access_config(const model::DataSource& source) {
  const doc::Node& details = source.connection_details;
  sources::SourceConfig config{.name = source.name, .type = lower_case(source.type), .url = {}};
  TOLLGATE_CHECK(read_settings(details, sources::find_source(config.type), config));
  TOLLGATE_CHECK(read_pairs(details, "headers", source.name, config.headers));
  TOLLGATE_CHECK(read_pairs(details, "parameters", source.name, config.parameters));
  TOLLGATE_CHECK(read_credentials(details, config));
  TOLLGATE_CHECK(read_duration(details, "timeout", config.timeout));
  TOLLGATE_CHECK(read_duration(details, "lateness", config.lateness));
  config.ca_file = details.text_or("caFile");
  config.cert_file = details.text_or("certFile");
  config.key_file = details.text_or("keyFile");
  return config;
}

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
