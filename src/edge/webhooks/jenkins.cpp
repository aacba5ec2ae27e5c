// Jenkins: the notification plugin (snake_case members) and the CloudEvents plugin (camelCase
// members behind ce-type org.jenkinsci.job.*). Neither signs, so an Integration of this sender asks
// Jenkins again before it believes a deployment.
#include "edge/webhooks/fields.hpp"
#include "edge/webhooks/sender.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <array>

namespace tollgate::webhooks {
namespace {

using doc::Node;
using model::RunStatus;

constexpr std::array<SchemeDef, 2> kSchemes = {
    {{.scheme = Scheme::bearer, .header = "authorization"},
     {.scheme = Scheme::basic, .header = "authorization"}}};

constexpr std::array<EventDef, 2> kEvents = {
    {{"build", "pipeline; a deployment too if the build has a parameter for the environment"},
     {"org.jenkinsci.job", "the same, from the CloudEvents plugin"}}};

/// The two plugins' names for the same members.
struct Names {
  std::string_view full_url, display_name, commit, branch, queue;
};
constexpr Names kNotification = {"full_url", "display_name", "scm/commit", "scm/branch",
                                 "queue_id"};
constexpr Names kCloudEvents = {"fullUrl", "displayName", "scmState/commit", "scmState/branch",
                                "queueId"};

std::string ce_type(const Delivery& delivery, const Node& body) {
  const std::string_view header = delivery.header("ce-type");
  return header.empty() ? text_at(body, "type") : std::string(header);
}

std::string event_of(const Delivery& delivery, const Node& body) {
  const std::string type = ce_type(delivery, body);
  if (!type.empty()) return type;
  return value_at(body, "build/phase") != nullptr ? "build" : delivery.event;
}

std::string delivery_of(const Delivery& delivery, const Node&) {
  return std::string(delivery.header("ce-id"));
}

/// The parameter that one of `names` names, whatever its case.
std::string parameter(const Node& build, std::initializer_list<std::string_view> names) {
  const Node* parameters = value_at(build, "parameters");
  if (parameters == nullptr || !parameters->is_object()) return {};
  for (const std::string_view name : names) {
    for (const doc::Member& member : parameters->members()) {
      if (lower_case(member.key) == name) return text_at(*parameters, member.key);
    }
  }
  return {};
}

std::optional<RunStatus> run_status(const std::string& phase, const std::string& result) {
  if (phase == "QUEUED" || phase == "ENTERED_WAITING" || phase == "LEFT") return RunStatus::pending;
  if (phase == "STARTED") return RunStatus::running;
  if (phase != "COMPLETED" && phase != "FINALIZED") return std::nullopt;
  if (result == "SUCCESS") return RunStatus::succeeded;
  if (result == "FAILURE" || result == "UNSTABLE") return RunStatus::failed;
  if (result == "ABORTED" || result == "NOT_BUILT") return RunStatus::canceled;
  return std::nullopt;
}

model::DeploymentStatus as_deployment(RunStatus status) {
  switch (status) {
    case RunStatus::pending:
      return model::DeploymentStatus::pending;
    case RunStatus::running:
      return model::DeploymentStatus::running;
    case RunStatus::succeeded:
      return model::DeploymentStatus::succeeded;
    case RunStatus::failed:
      return model::DeploymentStatus::failed;
    default:
      return model::DeploymentStatus::canceled;
  }
}

std::string without_remote(const std::string& branch) {
  return branch.starts_with("origin/") ? branch.substr(7) : branch;
}

Result<Translation> translate_build(const Node& body, const Node& build, const Names& names) {
  model::PipelineObserved observed;
  TOLLGATE_TRY(observed.project, required_text(body, "name"));
  TOLLGATE_TRY(const std::string number, required_text(build, "number"));
  TOLLGATE_TRY(const std::string phase, required_text(build, "phase"));
  const std::string result = text_at(build, "status");
  const auto status = run_status(phase, result);
  if (!status) {
    return ignored(
        fmt::format("a build in phase {} with result \"{}\" says nothing new", phase, result));
  }
  // The address tells apart jobs of one name in different folders.
  const std::string url = text_at(build, "url");
  observed.id = url.empty() ? observed.project + "#" + number : url;
  observed.name = text_at(body, names.display_name);
  if (observed.name.empty()) observed.name = observed.project;
  observed.status = *status;
  TOLLGATE_TRY(observed.at, time_at(build, {"timestamp"}));
  if (*status == RunStatus::running) observed.started = observed.at;
  if (phase == "COMPLETED" || phase == "FINALIZED") {
    observed.ended = observed.at;
    observed.started = observed.at - milliseconds(build.integer_or("duration", 0));
  }
  observed.commit = text_at(build, names.commit);
  observed.ref = without_remote(text_at(build, names.branch));
  observed.url = text_at(build, names.full_url);
  Translation translation;
  const std::string environment = parameter(
      build, {"environment", "env", "deploy_env", "target_env", "target_environment", "stage"});
  if (!environment.empty()) {
    std::string version = parameter(build, {"version", "release", "app_version", "tag"});
    if (version.empty()) version = version_of_ref(observed.ref);
    translation.records.emplace_back(
        model::DeploymentObserved{.project = observed.project,
                                  .sender_environment = environment,
                                  .id = observed.id,
                                  .region = parameter(build, {"region"}),
                                  .status = as_deployment(*status),
                                  .at = observed.at,
                                  .started = observed.started,
                                  .version = std::move(version),
                                  .commit = observed.commit,
                                  .ref = observed.ref,
                                  .artifact = parameter(build, {"artifact", "image_digest"}),
                                  .incident = parameter(build, {"incident"}),
                                  .url = observed.url});
  }
  translation.records.emplace_back(std::move(observed));
  return translation;
}

Result<Translation> translate(const Delivery& delivery, const Node& body) {
  if (!body.is_object()) return fail(codes::bad_webhook, "the body is no JSON object");
  const std::string type = ce_type(delivery, body);
  if (type.starts_with("org.jenkinsci.")) {
    // Structured events hold the job under "data".
    const Node* data = value_at(body, "data");
    const Node& job = data != nullptr ? *data : body;
    const Node* build = value_at(job, "build");
    if (build == nullptr) return ignored(fmt::format("\"{}\" tells of no build", type));
    return translate_build(job, *build, kCloudEvents);
  }
  const Node* build = value_at(body, "build");
  if (build == nullptr || !build->is_object()) {
    return fail(codes::bad_webhook,
                "the body has no build: neither the notification plugin nor the CloudEvents plugin "
                "wrote it");
  }
  return translate_build(body, *build, kNotification);
}

}  // namespace

extern const SenderDef kJenkins = {
    .name = "jenkins",
    .title = "Jenkins (notification plugin, CloudEvents plugin)",
    .doc =
        "Endpoint of format JSON and protocol HTTP with the secret as password in its address "
        "(https://hook:SECRET@...). Jenkins does not sign: set confirm, and the addresses that "
        "it calls from.",
    .schemes = kSchemes,
    .events = kEvents,
    .event_of = event_of,
    .delivery_of = delivery_of,
    .translate = translate};

}  // namespace tollgate::webhooks
