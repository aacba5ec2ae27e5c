// One document tree for YAML and JSON: values with the place where each was written.
// Objects keep the order of the text; only canonical.hpp sorts. Values outside this folder never
// name a parser library.
#pragma once

#include "foundation/base/error.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tollgate::doc {

struct Member;

/// A value of a document. Copies deeply. Integers are those of magnitude up to 2^53 - 1; all others
/// are numbers.
class Node {
 public:
  enum class Type : uint8_t { null, boolean, integer, number, text, array, object };
  using Array = std::vector<Node>;
  using Object = std::vector<Member>;

  Node();
  // Each literal reads as a value.
  Node(std::nullptr_t);          // NOLINT(google-explicit-constructor)
  Node(bool value);              // NOLINT(google-explicit-constructor)
  Node(int64_t value);           // NOLINT(google-explicit-constructor)
  Node(int value);               // NOLINT(google-explicit-constructor)
  Node(double value);            // NOLINT(google-explicit-constructor)
  Node(std::string value);       // NOLINT(google-explicit-constructor)
  Node(std::string_view value);  // NOLINT(google-explicit-constructor)
  Node(const char* value);       // NOLINT(google-explicit-constructor)
  Node(Array value);             // NOLINT(google-explicit-constructor)
  Node(Object value);            // NOLINT(google-explicit-constructor)
  static Node array();
  static Node object();
  /// object({{"a", 1}, {"b", "x"}})
  static Node object(std::initializer_list<std::pair<std::string_view, Node>> members);

  Type type() const { return static_cast<Type>(value_.index()); }
  bool is_null() const { return type() == Type::null; }
  bool is_text() const { return type() == Type::text; }
  bool is_object() const { return type() == Type::object; }
  bool is_array() const { return type() == Type::array; }
  bool is_integer() const { return type() == Type::integer; }
  bool is_number() const { return type() == Type::integer || type() == Type::number; }
  bool is_boolean() const { return type() == Type::boolean; }

  // Asserted access: the caller has looked at type().
  bool as_boolean() const { return std::get<bool>(value_); }
  int64_t as_integer() const { return std::get<int64_t>(value_); }
  double as_number() const;  // of an integer or a number
  const std::string& as_text() const { return std::get<std::string>(value_); }
  const Array& items() const { return std::get<Array>(value_); }
  Array& items() { return std::get<Array>(value_); }
  const Object& members() const { return std::get<Object>(value_); }
  Object& members() { return std::get<Object>(value_); }

  /// The member of that name, or null if this is no object or has none.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  /// The text, integer, ... of member `key`, or the default when absent or of another type.
  std::string_view text_or(std::string_view key, std::string_view otherwise = {}) const;
  int64_t integer_or(std::string_view key, int64_t otherwise) const;
  bool boolean_or(std::string_view key, bool otherwise) const;
  /// Sets or replaces a member; this must be an object. Returns the stored value.
  Node& set(std::string_view key, Node value);
  /// Appends; this must be an array.
  Node& push(Node value);

  Mark mark() const { return mark_; }
  void set_mark(Mark mark) { mark_ = mark; }
  /// The exact characters of a plain YAML scalar that was read as null, boolean or number ("1.10",
  /// "yes", "0x1F"), so that a field that wants text gets what the person wrote. Empty otherwise.
  const std::string& raw() const { return raw_; }
  void set_raw(std::string raw) { raw_ = std::move(raw); }

  /// Equal values; marks and the order of members do not count; integer 1 equals number 1.0.
  friend bool operator==(const Node& a, const Node& b);

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
  std::string raw_;
  Mark mark_;
};

struct Member {
  std::string key;
  Node value;
  Mark key_mark = {};
};

// Defined where Member is complete, as clang asks for.
inline Node::Node() = default;
inline Node::Node(std::nullptr_t) {}
inline Node::Node(bool value) : value_(value) {}
inline Node::Node(int64_t value) : value_(value) {}
inline Node::Node(int value) : value_(int64_t{value}) {}
inline Node::Node(double value) : value_(value) {}
inline Node::Node(std::string value) : value_(std::move(value)) {}
inline Node::Node(std::string_view value) : value_(std::string(value)) {}
inline Node::Node(const char* value) : value_(std::string(value)) {}
inline Node::Node(Array value) : value_(std::move(value)) {}
inline Node::Node(Object value) : value_(std::move(value)) {}
inline Node Node::array() { return Node(Array{}); }
inline Node Node::object() { return Node(Object{}); }

/// "null", "boolean", "integer", "number", "text", "list", "object": the words of error messages.
std::string_view type_name(Node::Type type);

inline constexpr int kDepthMax = 64;

}  // namespace tollgate::doc
