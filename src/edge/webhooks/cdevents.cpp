// CDEvents 0.4.1, 0.5.1 and the draft of 0.6, read by subject and predicate: what the versions
// changed in these (`version` became `specversion`, approvals came in) needs no more than that.
#include "edge/webhooks/cdevents.hpp"

#include "edge/webhooks/fields.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/digest.hpp"
#include "foundation/base/text.hpp"

#include <array>

namespace tollgate::webhooks {
namespace {

using doc::Node;
using model::RunStatus;

/// The parts of a CDEvent that every translation needs.
struct Event {
  std::string subject, predicate;  // "service", "deployed"
  std::string id;                  // of the event
  std::string name;                // of the subject
  Time at;
  const Node* content;
};

std::string content_text(const Event& event, std::string_view path) {
  return event.content == nullptr ? std::string() : text_at(*event.content, path);
}

/// What a package URL such as "pkg:oci/myapp@sha256%3A0b31...?tag=1.2" says: the digest, if it
/// holds one, else the whole; and the version or tag.
struct Artifact {
  std::string name, version;
};
Artifact artifact_of(const Event& event) {
  const std::string url = content_text(event, "artifactId");
  Artifact artifact{.name = url, .version = {}};
  const size_t at = url.find('@');
  if (at == std::string::npos) return artifact;
  const size_t query = std::min(url.find('?', at), url.size());
  std::string identity = url.substr(at + 1, query - at - 1);
  const size_t escape = lower_case(identity).find("sha256%3a");
  if (escape != std::string::npos) identity.replace(escape + 6, 3, ":");
  (identity.starts_with("sha256:") ? artifact.name : artifact.version) = identity;
  for (const std::string_view part : split(std::string_view(url).substr(query), '&')) {
    const size_t tag = part.find("tag=");
    if (tag <= 1) artifact.version = part.substr(tag + 4);
  }
  return artifact;
}

Translation deployed(const Event& event) {
  const Artifact artifact = artifact_of(event);
  model::DeploymentObserved observed;
  observed.project = event.name;
  observed.sender_environment = content_text(event, "environment/id");
  observed.id = event.id;
  observed.status = model::DeploymentStatus::succeeded;
  observed.at = event.at;
  observed.artifact = artifact.name;
  observed.version = artifact.version;
  if (event.predicate == "rolledback") observed.kind = model::DeploymentKind::rollback;
  return {.records = {std::move(observed)}};
}

Translation ran(const Event& event) {
  model::PipelineObserved observed;
  const bool is_task = event.subject == "taskrun";
  observed.id = (is_task ? "task/" : "") + event.name;
  observed.name = content_text(event, is_task ? "taskName" : "pipelineName");
  observed.project = observed.name;
  observed.url = content_text(event, "uri");
  observed.at = event.at;
  if (event.predicate == "queued") {
    observed.status = RunStatus::pending;
  } else if (event.predicate == "started") {
    observed.status = RunStatus::running;
    observed.started = event.at;
  } else {
    const std::string outcome = content_text(event, "outcome");
    observed.ended = event.at;
    observed.status = outcome == "success"                           ? RunStatus::succeeded
                      : outcome == "cancel" || outcome == "canceled" ? RunStatus::canceled
                                                                     : RunStatus::failed;
  }
  return {.records = {std::move(observed)}};
}

Translation incident(const Event& event) {
  model::IncidentObserved observed;
  observed.id = event.name;
  observed.project = content_text(event, "service/id");
  observed.sender_environment = content_text(event, "environment/id");
  observed.status = event.predicate == "resolved" ? model::IncidentStatus::resolved
                                                  : model::IncidentStatus::opened;
  observed.at = event.at;
  observed.title = content_text(event, "description");
  observed.caused_by = artifact_of(event).name;
  observed.url = content_text(event, "ticketURI");
  return {.records = {std::move(observed)}};
}

Translation change(const Event& event) {
  model::ChangeObserved observed;
  observed.id = event.name;
  observed.project = content_text(event, "repository/id");
  observed.at = event.at;
  if (event.predicate == "created") {
    observed.kind = model::ChangeKind::opened;
  } else if (event.predicate == "merged") {
    observed.kind = model::ChangeKind::merged;
  } else if (event.predicate == "abandoned") {
    observed.kind = model::ChangeKind::abandoned;
  } else {
    return ignored(fmt::format("change.{} does not change what may be released", event.predicate));
  }
  return {.records = {std::move(observed)}};
}

Translation approval(const Event& event) {
  model::ApprovalObserved observed;
  observed.id = event.name;
  observed.at = event.at;
  observed.by = content_text(event, "responder");
  observed.url = content_text(event, "approvalDetailsUrl");
  observed.project = content_text(event, "resourceTargetUrl");
  const std::string decision = content_text(event, "decision");
  if (event.predicate == "created") {
    observed.by = content_text(event, "requestor");
  } else if (decision == "approved") {
    observed.decision = model::ApprovalDecision::approved;
  } else if (decision == "rejected" || decision == "denied") {
    observed.decision = model::ApprovalDecision::rejected;
  } else {
    return ignored("the approval is still open");
  }
  return {.records = {std::move(observed)}};
}

}  // namespace

bool is_cdevent(const Node& node) {
  const Node* context = value_at(node, "context");
  const Node* subject = value_at(node, "subject");
  return context != nullptr && context->is_object() && subject != nullptr && subject->is_object();
}

Result<Translation> translate_cdevent(const Node& node) {
  TOLLGATE_TRY(const std::string type, required_text(node, "context/type"));
  Event event;
  TOLLGATE_TRY(event.id, required_text(node, "context/id"));
  TOLLGATE_TRY(event.name, required_text(node, "subject/id"));
  TOLLGATE_TRY(event.at, time_at(node, {"context/timestamp"}));
  event.content = value_at(node, "subject/content");
  const std::vector<std::string_view> parts = split(type, '.');
  constexpr size_t kPartsMin = 5;  // dev.cdevents.SUBJECT.PREDICATE.MAJOR
  if (parts.size() < kPartsMin || parts[0] != "dev")
    return fail(codes::bad_webhook, "\"{}\" is no type of CDEvents", type.substr(0, 100));
  if (parts[1] != "cdevents") {
    auto translation = ignored("custom events are not recorded");
    translation.event = type;
    return translation;
  }
  event.subject = parts[2];
  event.predicate = parts[3];
  Translation translation;
  if (event.subject == "service" &&
      (event.predicate == "deployed" || event.predicate == "upgraded" ||
       event.predicate == "rolledback")) {
    translation = deployed(event);
  } else if (event.subject == "pipelinerun" || event.subject == "taskrun") {
    translation = ran(event);
  } else if (event.subject == "incident") {
    translation = incident(event);
  } else if (event.subject == "change") {
    translation = change(event);
  } else if (event.subject == "approval") {
    translation = approval(event);
  } else {
    translation =
        ignored(fmt::format("{}.{} says nothing about deliveries", event.subject, event.predicate));
  }
  translation.event = type;
  return translation;
}

namespace {

constexpr std::array<SchemeDef, 3> kSchemes = {
    {{.scheme = Scheme::standard_webhooks, .header = "webhook-signature"},
     {.scheme = Scheme::bearer, .header = "authorization"},
     {.scheme = Scheme::basic, .header = "authorization"}}};

constexpr std::array<EventDef, 11> kEvents = {
    {{"approval.closed", "approval: approved or rejected"},
     {"approval.created", "approval: requested"},
     {"change.abandoned", "change: abandoned"},
     {"change.created", "change: opened"},
     {"change.merged", "change: merged"},
     {"incident.*", "incident: opened (detected, reported) or resolved"},
     {"pipelinerun.*", "pipeline"},
     {"service.deployed", "deployment: succeeded"},
     {"service.rolledback", "deployment: succeeded, of kind rollback"},
     {"service.upgraded", "deployment: succeeded"},
     {"taskrun.*", "pipeline"}}};

}  // namespace

extern const SenderDef kCdevents = {
    .name = "cdevents",
    .title = "CDEvents 0.4.1, 0.5.1, 0.6 draft",
    .doc =
        "Any producer of CDEvents: bare, or as CloudEvents in binary, structured or batched "
        "mode; signed as Standard Webhooks asks, or with a bearer token.",
    .schemes = kSchemes,
    .is_signed = true,
    .events = kEvents,
    .event_of = cloud_event_type,
    .delivery_of = cloud_event_id,
    .translate = translate_cloud_events};

}  // namespace tollgate::webhooks
