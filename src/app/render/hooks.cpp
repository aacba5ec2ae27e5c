#include "app/render/hooks.hpp"

#include "domain/model/kinds/integration.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::render {
namespace {

using doc::Node;

Node effect_json(const engine::PendingEffect& effect) {
  return Node::object({{"position", effect.position},
                       {"target", effect.request.target},
                       {"cause", effect.request.cause},
                       {"since", time_text(effect.since)}});
}

Node question_json(const engine::OpenQuestion& open) {
  const model::GateRequest& request = open.question.request;
  return Node::object({{"position", open.position},
                       {"integration", open.question.origin.integration},
                       {"id", open.question.id},
                       {"service", request.service},
                       {"environment", request.environment},
                       {"version", request.version},
                       {"since", time_text(open.since)},
                       {"asked", open.asked}});
}

}  // namespace

Node hooks_json(const engine::Engine& engine, const std::function<void(Node&)>& complete) {
  const auto policy = engine.policy();
  Node integrations = Node::array();
  for (const model::Resource* resource : policy->bundle().of_kind("Integration")) {
    const auto* integration = resource->as<model::Integration>();
    Node node = Node::object({{"integration", integration->name},
                              {"sender", reflect::enum_name(integration->sender)},
                              {"address", "/v1/hooks/" + integration->name}});
    complete(node);
    integrations.push(std::move(node));
  }
  Node questions = Node::array();
  for (const engine::OpenQuestion& open : engine.views().open_questions())
    questions.push(question_json(open));
  Node pending = Node::array();
  for (const engine::PendingEffect& effect : engine.views().pending_effects())
    pending.push(effect_json(effect));
  Node given_up = Node::array();
  for (const engine::EndedEffect& ended : engine.views().ended_effects()) {
    if (ended.end.result != model::EffectResult::gave_up) continue;
    Node one = effect_json(ended.effect);
    one.set("attempts", ended.end.attempts);
    one.set("reason", ended.end.detail);
    given_up.push(std::move(one));
  }
  return Node::object({{"integrations", std::move(integrations)},
                       {"questions", std::move(questions)},
                       {"pending", std::move(pending)},
                       {"given_up", std::move(given_up)}});
}

}  // namespace tollgate::render
