// Values of document trees: access, equality, building by hand.
#include "foundation/doc/node.hpp"

#include "foundation/base/assert.hpp"

#include <algorithm>
#include <array>

namespace tollgate::doc {

Node Node::object(std::initializer_list<std::pair<std::string_view, Node>> members) {
  Object object;
  object.reserve(members.size());
  for (const auto& [key, value] : members) object.push_back({std::string(key), value});
  return Node(std::move(object));
}

double Node::as_number() const {
  if (is_integer()) return static_cast<double>(as_integer());
  return std::get<double>(value_);
}

const Node* Node::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const Member& member : members()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(std::as_const(*this).find(key));  // *this is not const here
}

std::string_view Node::text_or(std::string_view key, std::string_view otherwise) const {
  const Node* node = find(key);
  return node != nullptr && node->is_text() ? std::string_view(node->as_text()) : otherwise;
}

int64_t Node::integer_or(std::string_view key, int64_t otherwise) const {
  const Node* node = find(key);
  return node != nullptr && node->is_integer() ? node->as_integer() : otherwise;
}

bool Node::boolean_or(std::string_view key, bool otherwise) const {
  const Node* node = find(key);
  return node != nullptr && node->is_boolean() ? node->as_boolean() : otherwise;
}

Node& Node::set(std::string_view key, Node value) {
  ASSERT(is_object());
  if (Node* present = find(key)) return *present = std::move(value);
  return members().emplace_back(Member{std::string(key), std::move(value)}).value;
}

Node& Node::push(Node value) {
  ASSERT(is_array());
  return items().emplace_back(std::move(value));
}

namespace {

constexpr size_t kLinearSearchMax = 16;  // larger objects are compared by sorted keys

bool equal_objects(const Node::Object& a, const Node::Object& b, const Node& b_node) {
  if (a.size() != b.size()) return false;
  if (a.size() <= kLinearSearchMax) {
    return std::all_of(a.begin(), a.end(), [&](const Member& member) {
      const Node* other = b_node.find(member.key);
      return other != nullptr && member.value == *other;
    });
  }
  const auto sorted = [](const Node::Object& object) {
    std::vector<const Member*> members;
    members.reserve(object.size());
    for (const Member& member : object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const Member* left, const Member* right) { return left->key < right->key; });
    return members;
  };
  const auto left = sorted(a);
  const auto right = sorted(b);
  return std::equal(left.begin(), left.end(), right.begin(), [](const Member* x, const Member* y) {
    return x->key == y->key && x->value == y->value;
  });
}

}  // namespace

bool operator==(const Node& a, const Node& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is_integer() && b.is_integer()) return a.as_integer() == b.as_integer();
    return a.as_number() == b.as_number();
  }
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Node::Type::null:
    case Node::Type::integer:
    case Node::Type::number:
      return true;
    case Node::Type::boolean:
      return a.as_boolean() == b.as_boolean();
    case Node::Type::text:
      return a.as_text() == b.as_text();
    case Node::Type::array:
      return a.items() == b.items();
    case Node::Type::object:
      return equal_objects(a.members(), b.members(), b);
  }
  return false;
}

std::string_view type_name(Node::Type type) {
  static constexpr std::array<std::string_view, 7> kNames = {"null", "boolean", "integer", "number",
                                                             "text", "list",    "object"};
  return kNames[static_cast<size_t>(type)];
}

}  // namespace tollgate::doc
