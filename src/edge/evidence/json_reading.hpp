// Small, forgiving looks into JSON reports: members that are absent or of another type read as
// "not there", because tools differ.
#pragma once

#include "foundation/doc/node.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::evidence {

/// The list under `key`, or null.
inline const doc::Node::Array* list_of(const doc::Node& node, std::string_view key) {
  const doc::Node* member = node.find(key);
  return member != nullptr && member->is_array() ? &member->items() : nullptr;
}

/// The number under `key`.
inline std::optional<double> number_of(const doc::Node& node, std::string_view key) {
  const doc::Node* member = node.find(key);
  if (member == nullptr || !member->is_number()) return std::nullopt;
  return member->as_number();
}

/// The object under `key`, or null.
inline const doc::Node* object_of(const doc::Node& node, std::string_view key) {
  const doc::Node* member = node.find(key);
  return member != nullptr && member->is_object() ? member : nullptr;
}

/// Whether the first item of the list under `key` is an object with all of `members`.
template <class... Keys>
bool first_item_has(const doc::Node::Array* list, Keys... members) {
  if (list == nullptr || list->empty()) return false;
  return ((list->front().find(members) != nullptr) && ...);
}

}  // namespace tollgate::evidence
