// Flagger: the webhooks of a canary. confirm-*, pre-rollout and rollout ask (a status of 2xx lets
// the canary go on); rollback asks the other way round (2xx rolls back); event and post-rollout
// tell. Which hook it is stands in the address that the canary calls, so it comes as the event.
// Flagger neither signs nor tells a time but in events.
#include "edge/webhooks/fields.hpp"
#include "edge/webhooks/sender.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"

#include <algorithm>
#include <array>

namespace tollgate::webhooks {
namespace {

using doc::Node;
using model::DeploymentStatus;

constexpr std::array<SchemeDef, 3> kSchemes = {
    {{.scheme = Scheme::token, .header = "x-tollgate-token"},
     {.scheme = Scheme::bearer, .header = "authorization"},
     {.scheme = Scheme::basic, .header = "authorization"}}};

constexpr std::array<EventDef, 8> kEvents = {
    {{"confirm-promotion", "question: 2xx promotes"},
     {"confirm-rollout", "question: 2xx begins the rollout"},
     {"confirm-traffic-increase", "question: 2xx shifts more traffic"},
     {"event", "deployment, as the canary's phase says"},
     {"post-rollout", "deployment: succeeded or failed"},
     {"pre-rollout", "question: 2xx begins the rollout"},
     {"rollback", "question, inverted: 2xx rolls back"},
     {"rollout", "question: 2xx goes on"}}};

std::string event_of(const Delivery& delivery, const Node&) { return delivery.event; }
std::string delivery_of(const Delivery&, const Node&) { return {}; }

std::optional<DeploymentStatus> status_of(const std::string& phase) {
  if (phase == "Waiting") return DeploymentStatus::pending;
  if (phase == "Progressing" || phase == "WaitingPromotion" || phase == "Promoting" ||
      phase == "Finalising") {
    return DeploymentStatus::running;
  }
  if (phase == "Succeeded") return DeploymentStatus::succeeded;
  if (phase == "Failed") return DeploymentStatus::failed;
  return std::nullopt;  // Initializing, Initialized, Terminating, Terminated
}

struct Canary {
  std::string project, phase, checksum, version, commit, namespace_name;
};

Result<Canary> canary_of(const Node& body) {
  Canary canary;
  TOLLGATE_TRY(canary.project, required_text(body, "name"));
  TOLLGATE_TRY(canary.namespace_name, required_text(body, "namespace"));
  canary.phase = text_at(body, "phase");
  canary.checksum = text_at(body, "checksum");
  canary.version = text_at(body, "metadata/version");
  canary.commit = text_at(body, "metadata/commit");
  return canary;
}

/// The environment that the hook's metadata names; else the namespace.
std::string environment_of(const Node& body, const Canary& canary) {
  const std::string environment = text_at(body, "metadata/environment");
  return environment.empty() ? canary.namespace_name : environment;
}

Result<Translation> tell(const Delivery& delivery, const Node& body, const Canary& canary) {
  const auto status = status_of(canary.phase);
  if (!status) {
    return ignored(fmt::format("in phase \"{}\" nothing is deployed", canary.phase));
  }
  model::DeploymentObserved observed;
  observed.project = canary.project;
  observed.sender_environment = environment_of(body, canary);
  observed.id = fmt::format("{}/{}@{}", canary.namespace_name, canary.project, canary.checksum);
  observed.run = canary.checksum;
  observed.region = text_at(body, "metadata/region");
  observed.status = *status;
  observed.version = canary.version;
  observed.commit = canary.commit;
  // A canary takes traffic as soon as it progresses.
  if (*status != DeploymentStatus::pending) observed.took_traffic = true;
  TOLLGATE_TRY(const auto at, optional_time(body, {"metadata/timestamp"}));
  observed.at = at.value_or(delivery.received);
  return Translation{.records = {std::move(observed)}};
}

Result<Translation> translate(const Delivery& delivery, const Node& body) {
  if (!body.is_object()) return fail(codes::bad_webhook, "the body is no JSON object");
  TOLLGATE_TRY(const Canary canary, canary_of(body));
  const std::string& event = delivery.event;
  if (event == "event" || event == "post-rollout") return tell(delivery, body, canary);
  const bool is_known = std::any_of(kEvents.begin(), kEvents.end(),
                                    [&event](const EventDef& def) { return def.name == event; });
  if (!is_known) {
    return fail(codes::bad_webhook, "\"{}\" is no hook of Flagger; it stands in the address",
                event.substr(0, 60));
  }
  model::QuestionReceived question;
  question.project = canary.project;
  question.sender_environment = environment_of(body, canary);
  question.id =
      fmt::format("{}/{}@{}/{}", canary.namespace_name, canary.project, canary.checksum, event);
  question.request.version = canary.version.empty() ? canary.checksum : canary.version;
  question.request.commit = canary.commit;
  question.answer = {{"form", event == "rollback" ? "flagger-rollback" : "flagger"}};
  question.at = delivery.received;
  if (question.request.version.empty()) {
    return fail(codes::bad_webhook, "the body has neither a checksum nor metadata.version");
  }
  return Translation{.records = {std::move(question)}};
}

}  // namespace

extern const SenderDef kFlagger = {
    .name = "flagger",
    .title = "Flagger canary webhooks",
    .doc =
        "Webhooks of a Canary with the address /v1/adapters/flagger/INTEGRATION/HOOK and "
        "metadata that names version, commit and environment. Flagger does not sign: keep the "
        "token in the address or the network closed.",
    .schemes = kSchemes,
    .events = kEvents,
    .event_of = event_of,
    .delivery_of = delivery_of,
    .translate = translate};

}  // namespace tollgate::webhooks
