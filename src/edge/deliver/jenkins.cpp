// Starts a parameterised build of Jenkins and follows it out of the queue, so that a build which
// Jenkins called off is not taken for one that runs. Source: Jenkins' remote access API.
#include "edge/deliver/vendor.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/encoding.hpp"
#include "foundation/base/text.hpp"
#include "foundation/doc/json.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace tollgate::deliver {
namespace {

constexpr std::string_view kParameterPrefix = "parameter.tollgate.dev/";
/// How often, and in which steps, the queue is asked; a build that waits longer has been accepted.
constexpr int kQueueAskings = 10;
constexpr std::chrono::milliseconds kQueueStep{500};

/// "A=1&B=2" of the target's parameters, and what the build is about. A repeat carries the same
/// TOLLGATE_ID, so that a job can tell it from a new one.
std::string parameters_of(const engine::Notification& notification) {
  std::string text = fmt::format("TOLLGATE_ID={}&TOLLGATE_TYPE={}&TOLLGATE_SUBJECT={}",
                                 percent_encode(notification.id), percent_encode(notification.type),
                                 percent_encode(notification.subject));
  for (const auto& [name, value] : notification.annotations) {
    if (!name.starts_with(kParameterPrefix)) continue;
    text += fmt::format("&{}={}",
                        percent_encode(std::string_view(name).substr(kParameterPrefix.size())),
                        percent_encode(value));
  }
  return text;
}

std::string location_of(const engine::HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "location") return value;
  }
  return {};
}

/// Waits until the item leaves the queue. Errors: bad_value if the build was called off there.
Result<void> follow_queue(const engine::Notification& notification, const Outside& outside,
                          const std::string& item, const std::string& credentials) {
  for (int asking = 0; asking < kQueueAskings; ++asking) {
    TOLLGATE_TRY(const engine::HttpResponse response,
                 call_api(notification, outside,
                          {.method = "GET",
                           .url = item + "api/json",
                           .headers = {{"authorization", credentials}}}));
    const auto body = doc::parse_json(response.body);
    if (body && body->boolean_or("cancelled", false))
      return fail(codes::bad_value, "Jenkins called the build off in its queue");
    const doc::Node* build = body ? body->find("executable") : nullptr;
    if (build != nullptr && build->is_object()) return {};
    std::this_thread::sleep_for(kQueueStep);
  }
  return {};
}

Result<void> start_build(const engine::Notification& notification, const Outside& outside) {
  TOLLGATE_TRY(const std::string job, api_of(notification));
  TOLLGATE_TRY(const std::string token, secret(notification, kTokenAnnotation));
  const std::string user(annotation(notification, kUserAnnotation));
  const std::string credentials = "Basic " + base64_encode(user + ":" + token);
  // With a user's API token Jenkins wants no crumb.
  TOLLGATE_TRY(
      const engine::HttpResponse response,
      call_api(notification, outside,
               {.method = "POST",
                .url = fmt::format("{}/buildWithParameters?{}", job, parameters_of(notification)),
                .headers = {{"authorization", credentials}}}));
  std::string item = location_of(response);
  if (item.empty()) return {};
  if (!item.ends_with('/')) item += '/';
  // Credentials go only to the server that was asked.
  const size_t path = job.find('/', job.find("://") + 3);
  if (!item.starts_with(job.substr(0, path) + "/")) return {};
  return follow_queue(notification, outside, item, credentials);
}

}  // namespace

extern const TargetDef jenkins_target = {
    .name = "jenkins",
    .doc =
        "Starts a parameterised build and follows it out of the queue. Annotations "
        "parameter.tollgate.dev/NAME become parameters, beside TOLLGATE_ID, TOLLGATE_TYPE and "
        "TOLLGATE_SUBJECT.",
    .settings = {{.name = kUrlAnnotation, .doc = "Address of the job.", .is_required = true},
                 {.name = kUserAnnotation, .doc = "User of the API token.", .is_required = true},
                 {.name = kTokenAnnotation,
                  .doc = "Reference to the API token.",
                  .is_required = true}},
    .deliver = start_build,
};

}  // namespace tollgate::deliver
