// What is derived from a field table. All functions are pure and safe from any thread.
#pragma once

#include "foundation/doc/node.hpp"
#include "foundation/reflect/type_info.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::reflect {

struct DecodeOptions {
  std::string_view file = {};  // names the place in problems
  bool ignore_unknown =
      false;  // wire input from newer peers and vendors; files of people are strict
};

/// Reads `node` into `object` (a value of `type`, freshly constructed) and validates it. Every
/// problem is appended to `problems` with line:column and field path; unknown fields suggest the
/// nearest name. True if there was none.
bool decode(const TypeInfo& type, const doc::Node& node, void* object, const DecodeOptions& options,
            Problems& problems);

/// The document form, in table order. Members that equal absence (empty optional, list, map, text)
/// are left out.
doc::Node encode(const TypeInfo& type, const void* object);

/// Canonical JSON (RFC 8785) straight from the struct, without a tree; equals
/// canonical_json(encode(...)).
void append_canonical(std::string& out, const TypeInfo& type, const void* object);

/// JSON Schema (draft 2020-12) of the document form.
doc::Node json_schema(const TypeInfo& type);

/// One line a field: "path  type  required|optional  doc", nested fields indented; Markdown table
/// if `is_markdown`.
std::string field_docs(const TypeInfo& type, bool is_markdown);

/// One change between two documents.
struct Change {
  enum class Kind { added, removed, changed } kind;
  std::string path;  // /spec/objectives/0/target
  doc::Node before;  // null if added
  doc::Node after;   // null if removed
};
/// The differences between two document forms, in path order; empty if they are equal.
std::vector<Change> diff(const doc::Node& before, const doc::Node& after);

/// A valid random value of `type` into `object`, for property tests and fuzz seeds. The same seed
/// gives the same value.
void fill_random(const TypeInfo& type, void* object, uint64_t seed);

// Typed front doors.
template <class T>
Result<T> decode(const doc::Node& node, const DecodeOptions& options = {}) {
  T value{};
  Problems problems;
  if (!decode(type_of<T>(), node, &value, options, problems))
    return tl::unexpected<Error>(std::move(problems.front()));
  return value;
}
template <class T>
doc::Node encode(const T& value) {
  return encode(type_of<T>(), &value);
}
template <class T>
std::string canonical(const T& value) {
  std::string out;
  append_canonical(out, type_of<T>(), &value);
  return out;
}
/// The wire name of an enumerator.
template <class E>
std::string_view enum_name(E value) {
  return EnumNames<E>::names[static_cast<size_t>(value)];
}

}  // namespace tollgate::reflect
