// Builds a document tree from the events of a parser and notices keys that stand twice.
// Internal to this folder.
#pragma once

#include "foundation/doc/node.hpp"

#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tollgate::doc {

class TreeBuilder {
 public:
  /// Begins a list or an object (an empty `node` of that type).
  void open(Node node) { levels_.push_back({std::move(node), {}, {}, {}}); }

  /// Names the member whose value comes next. False if the object has that key already.
  bool key(std::string key, Mark mark) {
    Level& level = levels_.back();
    level.key = std::move(key);
    level.key_mark = mark;
    return is_new_key(level);
  }

  /// Ends the innermost list or object and returns it; the caller puts it.
  Node close() {
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    return node;
  }

  /// Puts a finished value into the innermost list or object, or makes it the root.
  void put(Node value) {
    if (levels_.empty()) {
      root_ = std::move(value);
    } else if (Level& level = levels_.back(); level.node.is_array()) {
      level.node.items().push_back(std::move(value));
    } else {
      level.node.members().push_back({std::move(level.key), std::move(value), level.key_mark});
    }
  }

  const std::string& last_key() const { return levels_.back().key; }
  bool is_in_object() const { return !levels_.empty() && levels_.back().node.is_object(); }
  int depth() const { return static_cast<int>(levels_.size()); }
  Node take_root() { return std::exchange(root_, {}); }

 private:
  struct Level {
    Node node;
    std::string key;
    Mark key_mark;
    std::unordered_set<std::string> keys;  // filled once a linear search would be slow
  };
  static constexpr size_t kLinearSearchMax = 16;

  static bool is_new_key(Level& level) {
    if (level.node.members().size() < kLinearSearchMax) return !level.node.find(level.key);
    if (level.keys.empty()) {
      for (const Member& member : level.node.members()) level.keys.insert(member.key);
    }
    return level.keys.insert(level.key).second;
  }

  std::vector<Level> levels_;
  Node root_;
};

}  // namespace tollgate::doc
