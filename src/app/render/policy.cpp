// JSON of policies: what is in force, what a change would do, what was applied.
#include "app/render/answers.hpp"
#include "foundation/base/codes.hpp"
#include "foundation/base/text.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::render {
namespace {

using doc::Node;

template <class Kind>
std::string_view change_name(Kind kind) {
  switch (kind) {
    case Kind::added:
      return "added";
    case Kind::removed:
      return "removed";
    case Kind::changed:
      return "changed";
  }
  return "";
}

Node resource_change_json(const model::ResourceDifference& change) {
  Node fields = Node::array();
  for (const reflect::Change& field : change.fields) {
    fields.push(Node::object({{"change", change_name(field.kind)},
                              {"path", field.path},
                              {"before", field.before},
                              {"after", field.after}}));
  }
  return Node::object({{"change", change_name(change.kind)},
                       {"resource", change.key},
                       {"fields", std::move(fields)}});
}

Node flip_json(const engine::Flip& flip) {
  return Node::object({{"decision", flip.decision},
                       {"position", flip.position},
                       {"at", time_text(flip.time)},
                       {"service", flip.request.service},
                       {"environment", flip.request.environment},
                       {"version", flip.request.version},
                       {"before", reflect::enum_name(flip.before)},
                       {"after", reflect::enum_name(flip.after)},
                       {"because", flip.because}});
}

}  // namespace

Node plan_json(const engine::PlanAnswer& answer) {
  Node changes = Node::array();
  for (const model::ResourceDifference& change : answer.changes) {
    changes.push(resource_change_json(change));
  }
  Node flips = Node::array();
  for (const engine::Flip& flip : answer.backtest.flips) flips.push(flip_json(flip));
  return Node::object({{"before", digest_text(answer.before)},
                       {"after", digest_text(answer.after)},
                       {"changes", std::move(changes)},
                       {"verdicts", answer.backtest.verdicts},
                       {"unchanged", answer.backtest.unchanged},
                       {"flipped", answer.backtest.flipped},
                       {"flips", std::move(flips)}});
}

Node apply_json(const engine::ApplyAnswer& answer) {
  const bool is_recorded = answer.position >= 0;
  return Node::object({{"digest", digest_text(answer.digest)},
                       {"recorded", is_recorded},
                       {"position", is_recorded ? Node(answer.position) : Node()},
                       {"changed", answer.changed},
                       {"removed", answer.removed}});
}

Node policy_json(const model::Bundle& bundle) {
  Node resources = Node::array();
  for (const auto& resource : bundle.entries()) {
    resources.push(Node::object({{"kind", resource->kind->kind},
                                 {"name", resource->metadata.name},
                                 {"key", resource->key()},
                                 {"apiVersion", resource->kind->api_version}}));
  }
  return Node::object(
      {{"digest", digest_text(bundle.digest())}, {"resources", std::move(resources)}});
}

Result<Node> resources_json(const model::Bundle& bundle, std::string_view kind,
                            std::string_view name) {
  const model::KindDef* def = model::find_kind(kind);
  if (def == nullptr) {
    std::vector<std::string> known;
    for (const model::KindDef* each : model::all_kinds()) known.emplace_back(each->kind);
    return fail(codes::unknown_name, "there is no kind \"{}\"{}", kind, did_you_mean(kind, known));
  }
  if (name.empty()) {
    Node list = Node::array();
    for (const model::Resource* resource : bundle.of_kind(def->kind))
      list.push(resource->document());
    return Node::object({{"digest", digest_text(bundle.digest())}, {"resources", std::move(list)}});
  }
  std::vector<std::string> known;
  for (const model::Resource* resource : bundle.of_kind(def->kind)) {
    const std::string key = resource->key();
    const std::string address = key.substr(key.find('/') + 1);
    if (resource->metadata.name == name || address == name) return resource->document();
    known.push_back(address);
  }
  return fail(codes::not_found, "there is no {} \"{}\"{}", def->kind, name,
              did_you_mean(name, known));
}

}  // namespace tollgate::render
