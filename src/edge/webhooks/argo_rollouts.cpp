// Argo Rollouts: an analysis asks by its web metric, whose body the AnalysisTemplate in share/ci
// writes. The answer is in the body of a 200, always: any other status is an error of the
// measurement, and five of them abort the rollout.
#include "edge/webhooks/fields.hpp"
#include "edge/webhooks/sender.hpp"
#include "foundation/base/codes.hpp"

#include <array>

namespace tollgate::webhooks {
namespace {

using doc::Node;

constexpr std::array<SchemeDef, 2> kSchemes = {
    {{.scheme = Scheme::bearer, .header = "authorization"},
     {.scheme = Scheme::token, .header = "x-tollgate-token"}}};

constexpr std::array<EventDef, 1> kEvents = {
    {{"measurement", "question: answered with pass, fail or inconclusive"}}};

std::string event_of(const Delivery&, const Node&) { return "measurement"; }
std::string delivery_of(const Delivery&, const Node&) { return {}; }

Result<Translation> translate(const Delivery& delivery, const Node& body) {
  if (!body.is_object()) return fail(codes::bad_webhook, "the body is no JSON object");
  model::QuestionReceived question;
  TOLLGATE_TRY(question.project, required_text(body, "service"));
  TOLLGATE_TRY(question.sender_environment, required_text(body, "environment"));
  TOLLGATE_TRY(question.request.version, required_text(body, "version"));
  question.request.commit = text_at(body, "commit");
  question.request.artifact = text_at(body, "artifact");
  question.id = fmt::format("{}/{}@{}", question.project, question.sender_environment,
                            question.request.version);
  question.answer = {{"form", "argo-rollouts"}};
  question.at = delivery.received;
  return Translation{.records = {std::move(question)}};
}

}  // namespace

extern const SenderDef kArgoRollouts = {
    .name = "argo-rollouts",
    .title = "Argo Rollouts, web metric",
    .doc =
        "The AnalysisTemplate of share/ci, which asks /v1/adapters/argo-rollouts/INTEGRATION "
        "with a bearer token.",
    .schemes = kSchemes,
    .events = kEvents,
    .event_of = event_of,
    .delivery_of = delivery_of,
    .translate = translate};

}  // namespace tollgate::webhooks
