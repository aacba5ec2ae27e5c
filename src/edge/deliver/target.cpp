#include "edge/deliver/target.hpp"

#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace tollgate::deliver {
namespace {

constexpr Duration kTimeout = seconds(10);
constexpr size_t kAnswerBytesMax = 64 * 1024;
constexpr std::string_view kFallback = "webhook";

bool is_reference(std::string_view text) {
  return text.starts_with("env:") || text.starts_with("file:");
}

}  // namespace

bool is_final(int status) {
  static constexpr std::array<int, 7> statuses = {400, 401, 403, 404, 410, 413, 422};
  return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

std::string_view annotation(const engine::Notification& notification, std::string_view name) {
  const auto found = notification.annotations.find(std::string(name));
  return found == notification.annotations.end() ? std::string_view{}
                                                 : std::string_view(found->second);
}

Result<std::string> setting(const engine::Notification& notification, std::string_view name,
                            std::string_view otherwise) {
  const std::string_view text = annotation(notification, name);
  if (is_reference(text)) return resolve_secret(text);
  if (!text.empty()) return std::string(text);
  if (!otherwise.empty()) return std::string(otherwise);
  return fail(codes::bad_value, "target {} has no annotation {}", notification.target, name);
}

Result<std::string> secret(const engine::Notification& notification, std::string_view name) {
  const std::string_view text = annotation(notification, name);
  if (text.empty())
    return fail(codes::bad_value, "target {} has no annotation {}", notification.target, name);
  return resolve_secret(text);
}

Result<std::string> resolve_secret(std::string_view reference) {
  if (reference.starts_with("env:")) {
    const char* value = std::getenv(std::string(reference.substr(4)).c_str());
    if (value == nullptr)
      return fail(codes::bad_value, "the environment has no variable {}", reference.substr(4));
    return std::string(value);
  }
  if (reference.starts_with("file:")) {
    std::ifstream file{std::string(reference.substr(5))};
    if (!file) return fail(codes::io_failed, "{} cannot be read", reference.substr(5));
    std::ostringstream text;
    text << file.rdbuf();
    return std::string(trim(text.str()));
  }
  return fail(codes::bad_value, "a secret is written as env:NAME or file:PATH");
}

Result<void> post(const engine::Notification& notification, const Outside& outside,
                  engine::HttpRequest request) {
  if (!request.url.starts_with("https://") && !request.url.starts_with("http://")) {
    return fail(codes::bad_value, "target {} has no web address in its annotation {}",
                notification.target, kUrlAnnotation);
  }
  request.method = "POST";
  request.timeout = kTimeout;
  request.body_max = kAnswerBytesMax;
  TOLLGATE_TRY(const engine::HttpResponse response, outside.http.send(request));
  if (response.status >= 200 && response.status < 300) return {};
  return fail(is_final(response.status) ? codes::bad_value : codes::bad_response,
              "target {} answered {}", notification.target, response.status);
}

const TargetDef& target_named(std::string_view name) {
  const std::string wanted = lower_case(name);
  const TargetDef* fallback = nullptr;
  for (const TargetDef* target : all_targets()) {
    if (target->name == wanted) return *target;
    if (target->name == kFallback) fallback = target;
  }
  return *fallback;
}

Result<void> Targets::deliver(const engine::Notification& notification) {
  return target_named(notification.target_type).deliver(notification, outside_);
}

Duration Targets::repeat_every(const engine::Notification& notification) const {
  return target_named(notification.target_type).repeat_every;
}

}  // namespace tollgate::deliver
