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

Node moment(Time time) { return time.ms > 0 ? Node(time_text(time)) : Node(); }

/// held_back: nothing is sent for a while. failing: the last attempt failed.
std::string_view state_of(const engine::TargetHealth& health, Time now) {
  if (health.held_until > now) return "held_back";
  if (health.failures > 0) return "failing";
  return health.done > 0 ? "good" : "new";
}

Node target_json(const engine::TargetHealth& health, Time now) {
  Node node = Node::object({{"target", health.target},
                            {"state", state_of(health, now)},
                            {"pending", health.pending},
                            {"delivered", health.done},
                            {"dead_letters", health.gave_up},
                            {"failures", health.failures}});
  node.set("last_success", moment(health.last_done));
  node.set("last_failure", moment(health.last_failure));
  node.set("held_until", health.held_until > now ? Node(time_text(health.held_until)) : Node());
  if (!health.last_error.empty()) node.set("last_error", health.last_error);
  return node;
}

/// What a fact says, in the few members that a person looks for.
Node fact_json(const delivery::WaitingFact& fact) {
  Node node = std::visit(
      [](const auto& value) {
        Node one = reflect::encode(value);
        one.set("type", reflect::Reflect<std::decay_t<decltype(value)>>::name);
        return one;
      },
      fact.observation);
  node.set("position", fact.position);
  node.set("since", time_text(fact.since));
  return node;
}

}  // namespace

Node unconfirmed_json(const engine::Engine& engine) {
  Node waiting = Node::array();
  for (const delivery::WaitingFact& fact : engine.views().waiting_facts())
    waiting.push(fact_json(fact));
  Node doubtful = Node::array();
  for (const delivery::DoubtfulFact& one : engine.views().doubtful_facts()) {
    Node node = fact_json(one.fact);
    node.set("result", reflect::enum_name(one.end.result));
    node.set("attempts", one.end.attempts);
    node.set("reason", one.end.detail);
    node.set("ended", time_text(one.at));
    doubtful.push(std::move(node));
  }
  return Node::object({{"waiting", std::move(waiting)}, {"not_confirmed", std::move(doubtful)}});
}

Node targets_json(const engine::Engine& engine) {
  Node list = Node::array();
  for (const engine::TargetHealth& health : engine.target_health())
    list.push(target_json(health, engine.now()));
  return Node::object({{"targets", std::move(list)}});
}

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
                       {"given_up", std::move(given_up)},
                       {"targets", std::move(*targets_json(engine).find("targets"))},
                       {"unconfirmed", unconfirmed_json(engine)}});
}

}  // namespace tollgate::render
