#include "edge/deliver/vendor.hpp"

#include "domain/model/events.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::deliver {
namespace {

constexpr Duration kApiTimeout = seconds(10);
constexpr size_t kApiBytesMax = 1024 * 1024;

std::string words_of(const model::VerdictGiven& given) {
  const model::Verdict& verdict = given.verdict;
  std::string text =
      fmt::format("Tollgate answers {} to {} {} in {}", reflect::enum_name(verdict.outcome),
                  verdict.request.service, verdict.request.version, verdict.request.environment);
  char separator = ':';
  for (const model::CheckRecord& check : verdict.checks) {
    const bool is_reason =
        check.state == model::CheckState::fail || check.state == model::CheckState::unknown;
    if (!is_reason) continue;
    text += fmt::format("{} {} {}", separator, check.check, reflect::enum_name(check.state));
    separator = ',';
  }
  return text + fmt::format(". Decision {}", given.decision);
}

}  // namespace

Result<Answer> answer_of(const engine::Notification& notification) {
  if (notification.type == engine::kTestType) {
    return fail(codes::bad_value, "{} answers pipelines; it is tried by asking a gate",
                notification.target);
  }
  TOLLGATE_TRY(const model::Event event, model::decode_event(notification.leaf));
  const auto* given = std::get_if<model::VerdictGiven>(&event.data);
  if (given == nullptr)
    return fail(codes::bad_value, "a {} is no verdict to answer with", notification.type);
  return Answer{.outcome = given->verdict.outcome,
                .request = given->verdict.request,
                .decision = given->decision,
                .words = words_of(*given)};
}

Result<std::string> api_of(const engine::Notification& notification) {
  std::string url(annotation(notification, kUrlAnnotation));
  while (url.ends_with('/')) url.pop_back();
  if (url.starts_with("https://") || url.starts_with("http://")) return url;
  return fail(codes::bad_value, "{} has no address of an API (spec.api.url)", notification.target);
}

Result<std::string> answer_part(const engine::Notification& notification, std::string_view name) {
  const std::string_view text =
      annotation(notification, std::string(kAnswerPrefix) + std::string(name));
  if (!text.empty()) return std::string(text);
  return fail(codes::bad_value, "the question to {} does not tell its {}", notification.target,
              name);
}

Result<engine::HttpResponse> call_api(const engine::Notification& notification,
                                      const Outside& outside, engine::HttpRequest request) {
  request.timeout = kApiTimeout;
  request.body_max = kApiBytesMax;
  if (!request.body.empty()) request.headers.emplace_back("content-type", "application/json");
  TOLLGATE_TRY(engine::HttpResponse response, outside.http.send(request));
  if (response.status >= 200 && response.status < 300) return response;
  return fail(is_final(response.status) ? codes::bad_value : codes::bad_response,
              "the API of {} answered {}", notification.target, response.status);
}

std::string shortened(std::string_view text, size_t size_max) {
  text = text.substr(0, size_max);
  while (!text.empty() && !is_utf8(text)) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace tollgate::deliver
