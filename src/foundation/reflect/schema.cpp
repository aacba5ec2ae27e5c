// JSON Schema (draft 2020-12) of field tables.
#include "foundation/reflect/reflect.hpp"

#include <map>
#include <set>

namespace tollgate::reflect {
namespace {

using doc::Node;

constexpr std::string_view kDurationPattern = "^-?([0-9]+(ms|[smhdwMQY]))+$";
constexpr std::string_view kDigestPattern = "^(sha256:)?[0-9a-fA-F]{64}$";
constexpr std::string_view kSharePattern = R"(^\s*-?[0-9.]+\s*%?\s*$)";

class SchemaWriter {
 public:
  Node write(const TypeInfo& type) {
    root_ = &type;
    Node schema = Node::object({{"$schema", "https://json-schema.org/draft/2020-12/schema"}});
    const Node body = type.shape == Shape::object ? object(type) : value(type, {});
    for (const doc::Member& member : body.members()) schema.set(member.key, member.value);
    if (!definitions_.members().empty()) schema.set("$defs", std::move(definitions_));
    return schema;
  }

 private:
  Node object(const TypeInfo& type) {
    Node properties = Node::object();
    Node required = Node::array();
    for (const FieldInfo& field : type.fields) {
      Node property = value(field.type(), field.constraints);
      property.set("description", field.doc);
      if (!field.constraints.example.empty()) {
        property.set("examples", Node::Array{field.constraints.example});
      }
      properties.set(field.name, std::move(property));
      if (field.constraints.is_required) required.push(field.name);
    }
    Node schema = Node::object({{"title", type.name}, {"type", "object"}});
    schema.set("properties", std::move(properties));
    if (!required.items().empty()) schema.set("required", std::move(required));
    schema.set("additionalProperties", false);
    return schema;
  }

  Node reference(const TypeInfo& type) {
    if (&type == root_) return Node::object({{"$ref", "#"}});
    const auto [place, is_new] = names_.try_emplace(&type, type.name);
    if (is_new) {
      for (int i = 2; !used_.insert(place->second).second; ++i) {
        place->second = fmt::format("{}{}", type.name, i);
      }
      const std::string name = place->second;
      definitions_.set(name, Node());  // holds the place while the body is written
      Node body = object(type);
      definitions_.set(name, std::move(body));
    }
    return Node::object({{"$ref", "#/$defs/" + place->second}});
  }

  Node value(const TypeInfo& type, const Constraints& limits) {
    switch (type.shape) {
      case Shape::boolean:
        return Node::object({{"type", "boolean"}});
      case Shape::integer:
      case Shape::number:
        return with_range(
            Node::object({{"type", type.shape == Shape::integer ? "integer" : "number"}}), limits);
      case Shape::text:
        return text(limits);
      case Shape::time:
        return Node::object({{"type", "string"}, {"format", "date-time"}});
      case Shape::duration:
        return Node::object({{"type", "string"}, {"pattern", kDurationPattern}});
      case Shape::digest:
        return Node::object({{"type", "string"}, {"pattern", kDigestPattern}});
      case Shape::ppm:
        return share(limits);
      case Shape::enumeration: {
        Node names = Node::array();
        for (const std::string_view name : type.names) names.push(name);
        return Node::object({{"enum", std::move(names)}});
      }
      case Shape::any:
        return Node::object();
      case Shape::object:
        return reference(type);
      case Shape::list:
        return list(type, limits);
      case Shape::map: {
        Node schema = Node::object({{"type", "object"}});
        schema.set("additionalProperties", value(type.element(), for_items(limits)));
        return schema;
      }
      case Shape::optional:
        return value(type.element(), limits);
    }
    return {};
  }

  static Node with_range(Node schema, const Constraints& limits) {
    if (limits.min != INT64_MIN) schema.set("minimum", limits.min);
    if (limits.max != INT64_MAX) schema.set("maximum", limits.max);
    return schema;
  }

  static Node text(const Constraints& limits) {
    Node schema = Node::object({{"type", "string"}});
    if (limits.is_required) schema.set("minLength", 1);
    schema.set("maxLength", static_cast<int64_t>(limits.size_max));
    if (!limits.pattern.empty()) schema.set("pattern", fmt::format("^(?:{})$", limits.pattern));
    return schema;
  }

  static Node share(const Constraints& limits) {
    Node integer = with_range(Node::object({{"type", "integer"}}), limits);
    Node::Array forms = {std::move(integer), Node::object({{"type", "number"}}),
                         Node::object({{"type", "string"}, {"pattern", kSharePattern}})};
    return Node::object({{"anyOf", std::move(forms)}});
  }

  Node list(const TypeInfo& type, const Constraints& limits) {
    Node schema = Node::object({{"type", "array"}});
    schema.set("items", value(type.element(), for_items(limits)));
    if (limits.is_required) schema.set("minItems", 1);
    schema.set("maxItems", static_cast<int64_t>(limits.size_max));
    return schema;
  }

  static Constraints for_items(Constraints limits) {
    limits.size_max = Constraints{}.size_max;
    return limits;
  }

  const TypeInfo* root_ = nullptr;
  std::map<const TypeInfo*, std::string> names_;  // looked up only: never walked
  std::set<std::string> used_;
  Node definitions_ = Node::object();
};

}  // namespace

doc::Node json_schema(const TypeInfo& type) { return SchemaWriter().write(type); }

}  // namespace tollgate::reflect
