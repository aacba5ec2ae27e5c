#include "app/wiring/data_sources.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/text.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace tollgate::wiring {
namespace {

Result<std::string> secret_from_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(codes::not_found, "the secret file {} cannot be read", path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return std::string(trim(text));
}

Result<void> read_headers(const doc::Node& details, sources::SourceConfig& config) {
  if (const doc::Node* headers = details.find("headers");
      headers != nullptr && headers->is_object()) {
    for (const doc::Member& header : headers->members()) {
      if (!header.value.is_text()) {
        return fail(codes::bad_value, "header {} of DataSource {} is no text", header.key,
                    config.name);
      }
      TOLLGATE_TRY(std::string value, resolve_secret(header.value.as_text()));
      config.headers.emplace_back(header.key, std::move(value));
    }
  }
  if (const std::string_view token = details.text_or("token"); !token.empty()) {
    TOLLGATE_TRY(const std::string value, resolve_secret(token));
    config.headers.emplace_back("Authorization", "Bearer " + value);
  }
  return {};
}

}  // namespace

Result<std::string> resolve_secret(std::string_view text) {
  if (text.starts_with("env:")) {
    const std::string name(text.substr(4));
    const char* value = std::getenv(name.c_str());
    if (value == nullptr)
      return fail(codes::not_found, "the variable {} for a secret is not set", name);
    return std::string(value);
  }
  if (text.starts_with("file:")) return secret_from_file(std::string(text.substr(5)));
  return std::string(text);
}

Result<sources::SourceConfig> source_config(const model::DataSource& source) {
  const doc::Node& details = source.connection_details;
  sources::SourceConfig config{.name = source.name, .type = lower_case(source.type), .url = {}};
  for (std::string_view key : {"url", "URL", "address", "endpoint"}) {
    if (config.url.empty()) config.url = details.text_or(key);
  }
  if (config.url.empty()) {
    return fail(codes::missing_field, "DataSource {} has no connectionDetails.url", source.name);
  }
  TOLLGATE_CHECK(read_headers(details, config));
  if (const std::string_view lateness = details.text_or("lateness"); !lateness.empty()) {
    TOLLGATE_TRY(config.lateness, parse_duration(lateness));
  }
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
  return router_.read(request);
}

}  // namespace tollgate::wiring
