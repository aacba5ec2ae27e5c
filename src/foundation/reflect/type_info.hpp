// One field table per struct, and everything derived from it: decoding with places, canonical
// encoding, validation, JSON Schema, documentation, differences, random values. Consumers work on
// these tables and are compiled once, not once per struct.
//
//   struct Tier { std::string description; int64_t cost_per_minute = 0; std::optional<Duration>
//   window; }; template <> struct tollgate::reflect::Reflect<Tier> {
//     static constexpr std::string_view name = "Tier";
//     static constexpr auto fields = std::array{
//         field<&Tier::description>("description", "What belongs to this tier."),
//         field<&Tier::cost_per_minute>("costPerMinute", "Money lost per minute down.", {.min =
//         0}), field<&Tier::window>("window", "...")};
//   };
//
// Member types: bool, int64_t, double, std::string, Time, Duration, Digest, Ppm, enums with
// EnumNames, doc::Node (anything), structs with a Reflect, std::vector, std::optional and
// std::map<std::string, T> of these.
#pragma once

#include "foundation/base/digest.hpp"
#include "foundation/base/error.hpp"
#include "foundation/base/time.hpp"
#include "foundation/doc/node.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tollgate {
/// A share in parts per million. Documents write "99.9%" or 0.999; hashed data writes the integer.
struct Ppm {
  int64_t value = 0;
  friend auto operator<=>(const Ppm&, const Ppm&) = default;
};
}  // namespace tollgate

namespace tollgate::reflect {

enum class Shape : uint8_t {
  boolean,
  integer,
  number,
  text,
  time,      // RFC 3339 text
  duration,  // "30d"
  digest,    // "sha256:..."
  ppm,       // reads "99.9%", "0.999" or a ratio 0.999; a JSON integer is parts per million already
  enumeration,
  any,  // doc::Node, passed through
  object,
  list,
  map,
  optional,
};

/// What a field accepts beyond its type. Unset members do not constrain.
struct Constraints {
  bool is_required = false;  // must be present, and not empty if it is text or a list
  int64_t min = INT64_MIN;   // least integer, ppm, or milliseconds of a duration
  int64_t max = INT64_MAX;
  size_t size_max = 10'000;             // characters of a text, items of a list or map
  std::string_view pattern = {};        // RE2, whole text
  std::string_view pattern_words = {};  // the pattern in words, for the message
  std::string_view refers_to = {};      // kind whose resource this text names
  std::string_view example = {};        // for documentation and the starter file
};

struct TypeInfo;

/// A field's turn in canonical JSON.
struct CanonicalField {
  size_t index;     // into the field table
  std::string key;  // quoted, with its colon
};

struct FieldInfo {
  std::string_view name;  // as on the wire
  std::string_view doc;   // one sentence
  const TypeInfo& (*type)();
  void* (*get)(void* object);  // address of the member
  Constraints constraints = {};
};

/// A type, erased: how to look into a value of it behind a void pointer.
struct TypeInfo {
  Shape shape;
  std::string_view name;                             // of structs and enums
  std::span<const FieldInfo> fields = {};            // object
  std::vector<CanonicalField> canonical_order = {};  // object: its fields as RFC 8785 sorts them
  std::span<const std::string_view> names = {};      // enumeration: enumerator i is names[i]
  const TypeInfo& (*element)() = nullptr;            // list, map, optional
  // enumeration
  int64_t (*get_enum)(const void*) = nullptr;
  void (*set_enum)(void*, int64_t) = nullptr;
  // list and map; optional counts 0 or 1
  size_t (*size)(const void*) = nullptr;
  void* (*at)(void*, size_t index) = nullptr;              // list; optional with index 0
  void* (*append)(void*) = nullptr;                        // list; optional: emplaces
  void* (*insert)(void*, std::string_view key) = nullptr;  // map
  void (*each)(void*, void* context,
               void (*visit)(void* context, std::string_view key, void* value)) = nullptr;  // map
  void (*clear)(void*) = nullptr;  // list, map, optional
};

template <class T>
struct Reflect;  // specialised beside each struct: name, fields

/// Specialised beside each enum whose enumerators count from 0: `static constexpr std::array names
/// = {"allow", "deny"};`
template <class E>
struct EnumNames;

template <class T>
const TypeInfo& type_of();

/// The fields of a table in the order of canonical JSON.
std::vector<CanonicalField> canonical_order(std::span<const FieldInfo> fields);

namespace detail {

template <class T>
struct MemberOf;
template <class C, class M>
struct MemberOf<M C::*> {
  using Class = C;
  using Type = M;
};

template <class T>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::true_type {
  using Element = T;
};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {
  using Element = T;
};
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {
  using Element = T;
};

template <class T>
TypeInfo make_list() {
  using E = typename IsList<T>::Element;
  return {.shape = Shape::list,
          .name = {},
          .element = &type_of<E>,
          .size = [](const void* list) { return static_cast<const T*>(list)->size(); },
          .at = [](void* list, size_t index) -> void* { return &(*static_cast<T*>(list))[index]; },
          .append = [](void* list) -> void* { return &static_cast<T*>(list)->emplace_back(); },
          .clear = [](void* list) { static_cast<T*>(list)->clear(); }};
}

template <class T>
TypeInfo make_optional_info() {
  using E = typename IsOptional<T>::Element;
  return {
      .shape = Shape::optional,
      .name = {},
      .element = &type_of<E>,
      .size = [](const void* value) { return size_t{static_cast<const T*>(value)->has_value()}; },
      .at = [](void* value, size_t) -> void* { return &**static_cast<T*>(value); },
      .append = [](void* value) -> void* { return &static_cast<T*>(value)->emplace(); },
      .clear = [](void* value) { static_cast<T*>(value)->reset(); }};
}

template <class T>
TypeInfo make_map() {
  using E = typename IsMap<T>::Element;
  return {.shape = Shape::map,
          .name = {},
          .element = &type_of<E>,
          .size = [](const void* map) { return static_cast<const T*>(map)->size(); },
          .insert = [](void* map, std::string_view key) -> void* {
            return &(*static_cast<T*>(map))[std::string(key)];
          },
          .each =
              [](void* map, void* context, void (*visit)(void*, std::string_view, void*)) {
                for (auto& [key, value] : *static_cast<T*>(map)) visit(context, key, &value);
              },
          .clear = [](void* map) { static_cast<T*>(map)->clear(); }};
}

template <class T>
TypeInfo make_type_info() {
  if constexpr (std::is_same_v<T, bool>) {
    return {.shape = Shape::boolean, .name = "boolean"};
  } else if constexpr (std::is_same_v<T, int64_t>) {
    return {.shape = Shape::integer, .name = "integer"};
  } else if constexpr (std::is_same_v<T, double>) {
    return {.shape = Shape::number, .name = "number"};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {.shape = Shape::text, .name = "text"};
  } else if constexpr (std::is_same_v<T, Time>) {
    return {.shape = Shape::time, .name = "time"};
  } else if constexpr (std::is_same_v<T, Duration>) {
    return {.shape = Shape::duration, .name = "duration"};
  } else if constexpr (std::is_same_v<T, Digest>) {
    return {.shape = Shape::digest, .name = "digest"};
  } else if constexpr (std::is_same_v<T, Ppm>) {
    return {.shape = Shape::ppm, .name = "share"};
  } else if constexpr (std::is_same_v<T, doc::Node>) {
    return {.shape = Shape::any, .name = "any"};
  } else if constexpr (std::is_enum_v<T>) {
    return {
        .shape = Shape::enumeration,
        .name = "enum",
        .names = EnumNames<T>::names,
        .get_enum =
            [](const void* value) { return static_cast<int64_t>(*static_cast<const T*>(value)); },
        .set_enum = [](void* value,
                       int64_t number) { *static_cast<T*>(value) = static_cast<T>(number); }};
  } else if constexpr (IsList<T>::value) {
    return make_list<T>();
  } else if constexpr (IsOptional<T>::value) {
    return make_optional_info<T>();
  } else if constexpr (IsMap<T>::value) {
    return make_map<T>();
  } else {
    return {.shape = Shape::object,
            .name = Reflect<T>::name,
            .fields = Reflect<T>::fields,
            .canonical_order = canonical_order(Reflect<T>::fields)};
  }
}

}  // namespace detail

/// The table of a type; one object for the life of the process.
template <class T>
const TypeInfo& type_of() {
  static const TypeInfo info = detail::make_type_info<T>();
  return info;
}

/// One row of a field table.
template <auto member>
constexpr FieldInfo field(std::string_view name, std::string_view doc,
                          Constraints constraints = {}) {
  using Class = typename detail::MemberOf<decltype(member)>::Class;
  using Type = typename detail::MemberOf<decltype(member)>::Type;
  return {.name = name,
          .doc = doc,
          .type = &type_of<Type>,
          .get = [](void* object) -> void* { return &(static_cast<Class*>(object)->*member); },
          .constraints = constraints};
}

}  // namespace tollgate::reflect
