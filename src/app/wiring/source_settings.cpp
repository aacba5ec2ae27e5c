#include "app/wiring/source_settings.hpp"

#include "edge/deliver/target.hpp"
#include "edge/intake/route_spec.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace tollgate::wiring {
namespace {

constexpr std::string_view kDetails = "/spec/connectionDetails";

/// The four names of the address, the first of which that is there counts.
constexpr std::array<std::string_view, 4> kAddressKeys = {"url", "URL", "address", "endpoint"};
/// Of everything that is asked or visited.
constexpr std::array<std::string_view, 9> kAccessKeys = {"headers",  "token",   "username",
                                                         "password", "tenant",  "caFile",
                                                         "certFile", "keyFile", "timeout"};
constexpr std::array<std::string_view, 2> kQueryKeys = {"lateness", "parameters"};
constexpr std::array<std::string_view, 3> kScrapeKeys = {"targets", "labels", "interval"};
constexpr std::array<std::string_view, 3> kAccessLogKeys = {"path", "format", "fromStart"};
constexpr std::array<std::string_view, 1> kPushKeys = {"interval"};

/// The error with the setting that it is about.
tl::unexpected<Error> at(std::string_view key, tl::unexpected<Error> failure) {
  Error error = std::move(failure).value();
  error.field = fmt::format("{}/{}", kDetails, key);
  return fail(std::move(error));
}
template <class T>
Result<T> at(std::string_view key, Result<T> result) {
  if (result) return result;
  return at(key, tl::unexpected<Error>(std::move(result).error()));
}

std::string type_of(const model::DataSource& source) { return lower_case(source.type); }

std::vector<std::string> known_types() {
  std::vector<std::string> types;
  for (const sources::SourceKind* kind : sources::all_sources()) types.emplace_back(kind->type);
  for (const std::string_view type :
       {intake::kSeriesType, intake::kEventsType, intake::kScrapeType, intake::kAccessLogType})
    types.emplace_back(type);
  std::sort(types.begin(), types.end());
  return types;
}

/// Every key that means something for a type that is known.
std::vector<std::string> known_keys(std::string_view type) {
  std::vector<std::string> keys;
  const auto add = [&keys](std::span<const std::string_view> more) {
    keys.insert(keys.end(), more.begin(), more.end());
  };
  if (type == intake::kAccessLogType) {
    add(kAccessLogKeys);
  } else if (type == intake::kSeriesType || type == intake::kEventsType) {
    add(kPushKeys);
  } else if (type == intake::kScrapeType) {
    add(kAccessKeys);
    add(kScrapeKeys);
  } else {
    add(kAddressKeys);
    add(kAccessKeys);
    add(kQueryKeys);
    if (const sources::SourceKind* const kind = sources::find_source(type); kind != nullptr)
      add(kind->settings);
  }
  return keys;
}

/// One problem for each key that means nothing.
Problems unknown_keys(const model::DataSource& source) {
  Problems problems;
  if (!source.connection_details.is_object()) return problems;
  const std::vector<std::string> keys = known_keys(type_of(source));
  for (const doc::Member& member : source.connection_details.members()) {
    if (std::find(keys.begin(), keys.end(), member.key) != keys.end()) continue;
    problems.push_back(
        {.code = codes::unknown_field,
         .message = fmt::format("DataSource {} has the unknown setting \"{}\"{}", source.name,
                                member.key, did_you_mean(member.key, keys)),
         .field = fmt::format("{}/{}", kDetails, member.key)});
  }
  return problems;
}

/// The pairs of an object of texts; values may be references to secrets.
Result<void> read_pairs(const model::DataSource& source, std::string_view key, Secrets secrets,
                        std::vector<std::pair<std::string, std::string>>& pairs) {
  const doc::Node* const list = source.connection_details.find(key);
  if (list == nullptr) return {};
  if (!list->is_object()) {
    return fail(codes::bad_value, "{} of DataSource {} must be a list of NAME: TEXT", key,
                source.name);
  }
  for (const doc::Member& pair : list->members()) {
    if (!pair.value.is_text()) {
      return fail(codes::bad_value, "{} of {} of DataSource {} is no text", pair.key, key,
                  source.name);
    }
    TOLLGATE_TRY(std::string value, resolve_text(pair.value.as_text(), secrets));
    pairs.emplace_back(pair.key, std::move(value));
  }
  return {};
}

/// token, username with password, tenant: each is one header.
Result<void> read_credentials(const doc::Node& details, Secrets secrets,
                              sources::SourceConfig& config) {
  const std::string_view token = details.text_or("token");
  const std::string_view username = details.text_or("username");
  if (!token.empty() && !username.empty()) {
    return at("token", fail(codes::field_conflict,
                            "DataSource {} names both a token and a username; one of them is sent",
                            config.name));
  }
  if (!token.empty()) {
    TOLLGATE_TRY(const std::string value, at("token", resolve_text(token, secrets)));
    config.headers.emplace_back("Authorization", "Bearer " + value);
  }
  if (!username.empty()) {
    TOLLGATE_TRY(const std::string name, at("username", resolve_text(username, secrets)));
    TOLLGATE_TRY(const std::string password,
                 at("password", resolve_text(details.text_or("password"), secrets)));
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
  TOLLGATE_TRY(duration, at(key, parse_duration(text)));
  return {};
}

/// What all that is asked or visited has in common: credentials, headers, files and times.
Result<sources::SourceConfig> access_config(const model::DataSource& source, Secrets secrets) {
  if (Problems unknown = unknown_keys(source); !unknown.empty())
    return fail(std::move(unknown.front()));
  const doc::Node& details = source.connection_details;
  sources::SourceConfig config{.name = source.name, .type = type_of(source), .url = {}};
  if (const sources::SourceKind* const kind = sources::find_source(config.type); kind != nullptr) {
    for (const std::string_view key : kind->settings) {
      const std::string_view text = details.text_or(key);
      if (text.empty()) continue;
      TOLLGATE_TRY(config.settings[std::string(key)], at(key, resolve_text(text, secrets)));
    }
  }
  TOLLGATE_CHECK(at("headers", read_pairs(source, "headers", secrets, config.headers)));
  TOLLGATE_CHECK(at("parameters", read_pairs(source, "parameters", secrets, config.parameters)));
  TOLLGATE_CHECK(read_credentials(details, secrets, config));
  TOLLGATE_CHECK(read_duration(details, "timeout", config.timeout));
  TOLLGATE_CHECK(read_duration(details, "lateness", config.lateness));
  config.ca_file = details.text_or("caFile");
  config.cert_file = details.text_or("certFile");
  config.key_file = details.text_or("keyFile");
  return config;
}

Result<void> read_labels(const doc::Node& details, const std::string& source,
                         scrape::Target& target) {
  const doc::Node* const labels = details.find("labels");
  if (labels == nullptr) return {};
  if (!labels->is_object())
    return fail(codes::bad_value, "labels of DataSource {} must be a list of NAME: TEXT", source);
  for (const doc::Member& label : labels->members()) {
    const std::string value =
        label.value.is_text() ? label.value.as_text() : std::string(label.value.raw());
    std::erase_if(target.labels, [&](const auto& known) { return known.first == label.key; });
    target.labels.emplace_back(label.key, value);
  }
  return {};
}

/// "host:port" of a URL: Prometheus' label instance.
std::string instance_of(std::string_view url) {
  if (const size_t scheme = url.find("://"); scheme != std::string_view::npos)
    url.remove_prefix(scheme + 3);
  return std::string(url.substr(0, url.find('/')));
}

/// `common` at the address of one item of `targets`.
Result<scrape::Target> target_at(const doc::Node& item, scrape::Target common) {
  scrape::Target target = std::move(common);
  target.url = item.is_text() ? item.as_text() : std::string(item.text_or("url"));
  if (!target.url.starts_with("http://") && !target.url.starts_with("https://")) {
    return fail(codes::bad_value, "a target of DataSource {} is no URL: \"{}\"", target.source,
                target.url);
  }
  target.labels.emplace_back("instance", instance_of(target.url));
  if (item.is_object()) TOLLGATE_CHECK(read_labels(item, target.source, target));
  return target;
}

}  // namespace

Result<std::string> resolve_text(std::string_view text, Secrets secrets) {
  const bool is_reference = text.starts_with("env:") || text.starts_with("file:");
  return is_reference && secrets == Secrets::resolved ? deliver::resolve_secret(text)
                                                      : Result<std::string>(std::string(text));
}

Result<sources::SourceConfig> source_config(const model::DataSource& source, Secrets secrets) {
  TOLLGATE_TRY(sources::SourceConfig config, access_config(source, secrets));
  for (const std::string_view key : kAddressKeys) {
    if (config.url.empty()) config.url = source.connection_details.text_or(key);
  }
  const sources::SourceKind* const kind = sources::find_source(config.type);
  if (config.url.empty() && (kind == nullptr || !kind->knows_url)) {
    return fail(codes::missing_field, "DataSource {} has no connectionDetails.url", source.name);
  }
  if (kind != nullptr && kind->check != nullptr) TOLLGATE_CHECK(kind->check(config));
  return config;
}

Result<std::vector<scrape::Target>> scrape_targets(const model::DataSource& source,
                                                   Secrets secrets) {
  const doc::Node& details = source.connection_details;
  TOLLGATE_TRY(const sources::SourceConfig config, access_config(source, secrets));
  const doc::Node* const list = details.find("targets");
  if (list == nullptr || !list->is_array() || list->items().empty()) {
    return fail(codes::missing_field, "DataSource {} has no list connectionDetails.targets",
                source.name);
  }
  scrape::Target common{.source = source.name, .url = {}};
  common.headers = config.headers;
  common.ca_file = config.ca_file;
  common.cert_file = config.cert_file;
  common.key_file = config.key_file;
  common.timeout = config.timeout;
  common.labels.emplace_back("job", source.name);
  TOLLGATE_CHECK(read_duration(details, "interval", common.interval));
  TOLLGATE_CHECK(at("labels", read_labels(details, source.name, common)));
  std::vector<scrape::Target> targets;
  for (size_t i = 0; i < list->items().size(); ++i) {
    TOLLGATE_TRY(scrape::Target target,
                 at(fmt::format("targets/{}", i), target_at(list->items()[i], common)));
    targets.push_back(std::move(target));
  }
  return targets;
}

Result<AccessLog> access_log(const model::DataSource& source) {
  if (Problems unknown = unknown_keys(source); !unknown.empty())
    return fail(std::move(unknown.front()));
  const doc::Node& details = source.connection_details;
  const std::string_view path = details.text_or("path");
  if (path.empty())
    return fail(codes::missing_field, "DataSource {} has no connectionDetails.path", source.name);
  TOLLGATE_TRY(follow::LineFormat format,
               at("format", follow::parse_line_format(details.text_or("format", "combined"))));
  if (const doc::Node* const flag = details.find("fromStart");
      flag != nullptr && !flag->is_boolean()) {
    return at("fromStart",
              fail(codes::wrong_type, "fromStart of DataSource {} is true or false", source.name));
  }
  return AccessLog{.path = std::string(path),
                   .format = std::move(format),
                   .from_start = details.boolean_or("fromStart", false)};
}

Problems check_data_source(const model::DataSource& source) {
  const std::string type = type_of(source);
  const bool is_kept_here = intake::is_counted_here(type);
  if (!is_kept_here && sources::find_source(type) == nullptr) {
    const std::vector<std::string> types = known_types();
    return {{.code = codes::unknown_name,
             .message = fmt::format("DataSource {} has the unknown type \"{}\"{}; known are {}",
                                    source.name, source.type, did_you_mean(type, types),
                                    join(types, ", ")),
             .field = "/spec/type"}};
  }
  Problems problems = unknown_keys(source);
  if (!problems.empty()) return problems;
  const auto note = [&problems](const auto& read) {
    if (!read) problems.push_back(read.error());
  };
  if (type == intake::kAccessLogType) note(access_log(source));
  if (type == intake::kScrapeType) note(scrape_targets(source, Secrets::left));
  if (!is_kept_here) note(source_config(source, Secrets::left));
  for (Error& problem : problems) {
    if (problem.field.empty()) problem.field = kDetails;
  }
  return problems;
}

std::vector<model::Finding> lint_data_sources(const model::Bundle& bundle) {
  std::vector<model::Finding> findings;
  for (const model::Resource* resource : bundle.of_kind("DataSource")) {
    const auto* source = resource->as<model::DataSource>();
    if (source == nullptr) continue;
    for (Error& problem : check_data_source(*source)) {
      const bool is_foreign = problem.code == codes::unknown_name &&
                              did_you_mean(type_of(*source), known_types()).empty();
      if (is_foreign) problem.message += "; SLOs that ask it stay inconclusive";
      problem.file = resource->file;
      problem.mark = model::mark_at(resource->source, problem.field);
      findings.push_back(
          {.severity = is_foreign ? model::Severity::warning : model::Severity::error,
           .problem = std::move(problem),
           .resource = resource->key()});
    }
  }
  return findings;
}

}  // namespace tollgate::wiring
