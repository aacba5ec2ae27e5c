// Differences between two documents, member by member and item by item.
#include "foundation/reflect/reflect.hpp"

#include <algorithm>

namespace tollgate::reflect {
namespace {

/// One step of a JSON Pointer (RFC 6901).
std::string pointer_step(std::string_view key) {
  std::string step = "/";
  for (const char c : key) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

void compare(const std::string& path, const doc::Node& before, const doc::Node& after,
             std::vector<Change>& changes);

void compare_objects(const std::string& path, const doc::Node& before, const doc::Node& after,
                     std::vector<Change>& changes) {
  std::vector<std::string_view> keys;
  for (const doc::Member& member : before.members()) keys.push_back(member.key);
  for (const doc::Member& member : after.members()) keys.push_back(member.key);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  for (const std::string_view key : keys) {
    const std::string member_path = path + pointer_step(key);
    const doc::Node* old_value = before.find(key);
    const doc::Node* new_value = after.find(key);
    if (old_value == nullptr) {
      changes.push_back({Change::Kind::added, member_path, {}, *new_value});
    } else if (new_value == nullptr) {
      changes.push_back({Change::Kind::removed, member_path, *old_value, {}});
    } else {
      compare(member_path, *old_value, *new_value, changes);
    }
  }
}

void compare_lists(const std::string& path, const doc::Node& before, const doc::Node& after,
                   std::vector<Change>& changes) {
  const doc::Node::Array& old_items = before.items();
  const doc::Node::Array& new_items = after.items();
  for (size_t i = 0; i < std::max(old_items.size(), new_items.size()); ++i) {
    const std::string item_path = fmt::format("{}/{}", path, i);
    if (i >= old_items.size()) {
      changes.push_back({Change::Kind::added, item_path, {}, new_items[i]});
    } else if (i >= new_items.size()) {
      changes.push_back({Change::Kind::removed, item_path, old_items[i], {}});
    } else {
      compare(item_path, old_items[i], new_items[i], changes);
    }
  }
}

void compare(const std::string& path, const doc::Node& before, const doc::Node& after,
             std::vector<Change>& changes) {
  if (before.is_object() && after.is_object()) {
    compare_objects(path, before, after, changes);
  } else if (before.is_array() && after.is_array()) {
    compare_lists(path, before, after, changes);
  } else if (!(before == after)) {
    changes.push_back({Change::Kind::changed, path, before, after});
  }
}

}  // namespace

std::vector<Change> diff(const doc::Node& before, const doc::Node& after) {
  std::vector<Change> changes;
  compare("", before, after, changes);
  return changes;
}

}  // namespace tollgate::reflect
