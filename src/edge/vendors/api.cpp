#include "edge/vendors/api.hpp"

#include "edge/webhooks/translate.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::vendors {
namespace {

constexpr Duration kTimeout = seconds(10);
constexpr size_t kAnswerBytesMax = 16 * 1024 * 1024;
constexpr int kTooMany = 429;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
/// An API that names no time is left alone for so long, and never longer than the longest.
constexpr Duration kUsualPatience = minutes(1);
constexpr Duration kLongestPatience = hours(1);

}  // namespace

std::string_view ApiAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

Result<std::string> api_address(const model::Integration& integration) {
  std::string url = integration.api ? integration.api->url : std::string();
  while (url.ends_with('/')) url.pop_back();
  if (url.starts_with("https://") || url.starts_with("http://")) return url;
  return fail(codes::bad_value, "Integration {} has no address of an API (spec.api.url)",
              integration.name);
}

Result<std::string> api_secret(const model::Integration& integration, std::string_view reference) {
  if (reference.empty())
    return fail(codes::bad_value, "Integration {} names no token in its api", integration.name);
  return deliver::resolve_secret(reference);
}

Result<ApiAnswer> ask_api(const model::Integration& integration, const Outside& outside,
                          const std::string& path, Headers headers) {
  TOLLGATE_TRY(const std::string address, api_address(integration));
  // Parts of a path come from deliveries; none may lead out of the API.
  if (path.find("/../") != std::string::npos || path.find("//") != std::string::npos)
    return fail(codes::bad_value, "{} would leave the API of {}", path, integration.name);
  TOLLGATE_TRY(engine::HttpResponse response, outside.http.send({.method = "GET",
                                                                 .url = address + path,
                                                                 .headers = std::move(headers),
                                                                 .timeout = kTimeout,
                                                                 .body_max = kAnswerBytesMax}));
  ApiAnswer answer{.status = response.status, .headers = std::move(response.headers)};
  auto body = doc::parse_json(response.body);
  if (body) answer.body = std::move(*body);
  if (!body && answer.status >= 200 && answer.status < 300)
    return fail(codes::bad_response, "the API of {} answered no JSON", integration.name);
  return answer;
}

Result<ApiAnswer> get_api(const model::Integration& integration, const Outside& outside,
                          const std::string& path, Headers headers) {
  TOLLGATE_TRY(ApiAnswer answer, ask_api(integration, outside, path, std::move(headers)));
  if (answer.status >= 200 && answer.status < 300) return answer;
  if (const auto until = rate_limit(answer, outside.clock.now())) {
    return fail(codes::rate_limited, "the API of {} wants no question before {}", integration.name,
                time_text(*until));
  }
  if (answer.status == kNotFound)
    return fail(codes::not_found, "the API of {} knows nothing at {}", integration.name, path);
  return fail(deliver::is_final(answer.status) ? codes::bad_value : codes::bad_response,
              "the API of {} answered {}", integration.name, answer.status);
}

std::optional<Time> rate_limit(const ApiAnswer& answer, Time now) {
  if (answer.status != kTooMany && answer.status != kForbidden) return std::nullopt;
  const auto bounded = [now](Time until) {
    return std::clamp(until, now + seconds(1), now + kLongestPatience);
  };
  if (const auto after = parse_integer(answer.header("retry-after"))) {
    if (*after >= 0) return bounded(now + seconds(std::min<int64_t>(*after, 86'400)));
  }
  for (const auto& [left, reset] : {std::pair("x-ratelimit-remaining", "x-ratelimit-reset"),
                                    std::pair("ratelimit-remaining", "ratelimit-reset")}) {
    const auto time = parse_integer(answer.header(reset));
    if (answer.header(left) == "0" && time && *time > 0 && *time < INT64_MAX / 1000)
      return bounded(Time{*time * 1000});
  }
  if (answer.status == kTooMany) return now + kUsualPatience;
  return std::nullopt;
}

bool may_have_been(model::DeploymentStatus told, model::DeploymentStatus found) {
  return told == found || (told < model::DeploymentStatus::succeeded && told < found);
}

bool may_have_been(model::RunStatus told, model::RunStatus found) {
  return told == found || (told < model::RunStatus::succeeded && told < found);
}

namespace {

Result<void> agree_on(const model::DeploymentObserved& told,
                      const model::DeploymentObserved& found) {
  TOLLGATE_CHECK(must_agree("environment", told.sender_environment, found.sender_environment));
  TOLLGATE_CHECK(must_agree("commit", told.commit, found.commit));
  TOLLGATE_CHECK(must_agree("ref", told.ref, found.ref));
  TOLLGATE_CHECK(must_agree("version", told.version, found.version));
  TOLLGATE_CHECK(must_agree("artifact", told.artifact, found.artifact));
  if (may_have_been(told.status, found.status)) return {};
  return fail(codes::contradicted, "the API says that {} {}, the delivery that it {}", told.id,
              reflect::enum_name(found.status), reflect::enum_name(told.status));
}

Result<void> agree_on(const model::PipelineObserved& told, const model::PipelineObserved& found) {
  TOLLGATE_CHECK(must_agree("commit", told.commit, found.commit));
  TOLLGATE_CHECK(must_agree("ref", told.ref, found.ref));
  if (may_have_been(told.status, found.status)) return {};
  return fail(codes::contradicted, "the API says that {} {}, the delivery that it {}", told.id,
              reflect::enum_name(found.status), reflect::enum_name(told.status));
}

template <class T>
Result<void> agree_on(const T&, const T&) {
  return {};
}

/// The id of a fact that has one.
template <class T>
std::string id_of(const T& fact) {
  if constexpr (requires { fact.id; }) return fact.id;
  return {};
}

}  // namespace

Result<model::Observation> agree(const model::Observation& told, const model::Observation& found) {
  const Result<void> agreed = std::visit(
      [&found](const auto& fact) -> Result<void> {
        using T = std::decay_t<decltype(fact)>;
        const auto* other = std::get_if<T>(&found);
        if (other == nullptr) return fail(codes::contradicted, "the API tells of something else");
        return agree_on(fact, *other);
      },
      told);
  if (!agreed) return tl::unexpected<Error>(agreed.error());
  return told;
}

Result<model::Observation> agree_with_one(const model::Observation& told,
                                          const std::vector<model::Observation>& found) {
  const auto id = [](const model::Observation& fact) {
    return std::visit([](const auto& value) { return id_of(value); }, fact);
  };
  for (const model::Observation& one : found) {
    if (one.index() == told.index() && id(one) == id(told)) return agree(told, one);
  }
  return fail(codes::not_found, "the API does not tell of {}", id(told));
}

model::PipelineObserved as_run(const model::DeploymentObserved& deployment) {
  return {.project = deployment.project,
          .id = deployment.run.empty() ? deployment.id : deployment.run,
          .status = static_cast<model::RunStatus>(deployment.status),
          .commit = deployment.commit,
          .ref = deployment.ref};
}

Result<std::vector<model::Observation>> as_delivery(model::Sender sender, const std::string& event,
                                                    const doc::Node& body) {
  TOLLGATE_TRY(const webhooks::SenderDef* def, webhooks::sender_named(reflect::enum_name(sender)));
  const webhooks::Delivery delivery{.event = event};
  auto translation = def->translate(delivery, body);
  if (!translation)
    return fail(codes::bad_response, "the API's answer makes no sense: {}",
                translation.error().message);
  for (model::Observation& record : translation->records) {
    model::Origin& origin = webhooks::origin_of(record);
    origin.sender = reflect::enum_name(sender);
    origin.event = "api/" + event;
  }
  return std::move(translation->records);
}

Result<void> must_agree(std::string_view what, std::string_view told, std::string_view found) {
  if (told.empty() || found.empty() || told == found) return {};
  constexpr size_t kShortest = 7;
  const bool is_short = what == "commit" && std::min(told.size(), found.size()) >= kShortest &&
                        (told.starts_with(found) || found.starts_with(told));
  if (is_short) return {};
  return fail(codes::contradicted, "the API says {} {}, the delivery {}", what, found, told);
}

}  // namespace tollgate::vendors
