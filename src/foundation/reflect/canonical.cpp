// Canonical JSON straight from a struct: the hot path of the ledger, with no allocation but that of
// `out`.
#include "foundation/doc/canonical.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/doc/canonical.hpp"
#include "foundation/doc/json.hpp"
#include "foundation/reflect/absence.hpp"
#include "foundation/reflect/reflect.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tollgate::reflect {
namespace {

constexpr int64_t kIntegerMax = (int64_t{1} << 53) - 1;

void append_integer(std::string& out, int64_t value) {
  ASSERT(value >= -kIntegerMax);
  ASSERT(value <= kIntegerMax);
  std::array<char, 24> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

void append_object(std::string& out, const TypeInfo& type, const void* object) {
  char separator = '{';
  for (const CanonicalField& turn : type.canonical_order) {
    const FieldInfo& field = type.fields[turn.index];
    const TypeInfo& field_type = field.type();
    const void* member = member_of(field, object);
    if (is_absent(field_type, member)) continue;
    out += separator;
    separator = ',';
    out += turn.key;
    append_canonical(out, field_type, member);
  }
  if (separator == '{') out += '{';
  out += '}';
}

void append_list(std::string& out, const TypeInfo& type, const void* list) {
  const TypeInfo& element = type.element();
  const size_t count = type.size(list);
  out += '[';
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    append_canonical(out, element, element_of(type, list, i));
  }
  out += ']';
}

void append_entry(std::string& out, const TypeInfo& element, std::string_view key,
                  const void* value) {
  if (out.back() != '{') out += ',';
  doc::append_quoted(out, key);
  out += ':';
  append_canonical(out, element, value);
}

void append_map(std::string& out, const TypeInfo& type, const void* map) {
  // Byte order is canonical order unless a key has a lead byte from EE upwards.
  bool is_sorted = true;
  for_each_entry(type, map, [&](std::string_view key, const void*) {
    is_sorted = is_sorted && std::none_of(key.begin(), key.end(), [](char c) {
                  return static_cast<unsigned char>(c) >= 0xEE;
                });
  });
  const TypeInfo& element = type.element();
  out += '{';
  if (is_sorted) {
    for_each_entry(type, map, [&](std::string_view key, const void* value) {
      append_entry(out, element, key, value);
    });
  } else {
    std::vector<std::pair<std::string_view, const void*>> entries;
    for_each_entry(type, map, [&](std::string_view key, const void* value) {
      entries.emplace_back(key, value);
    });
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return doc::canonical_less(a.first, b.first); });
    for (const auto& [key, value] : entries) append_entry(out, element, key, value);
  }
  out += '}';
}

}  // namespace

std::vector<CanonicalField> canonical_order(std::span<const FieldInfo> fields) {
  std::vector<CanonicalField> order;
  for (size_t i = 0; i < fields.size(); ++i) {
    std::string key;
    doc::append_quoted(key, fields[i].name);
    order.push_back({i, key + ":"});
  }
  std::sort(order.begin(), order.end(), [&](const CanonicalField& a, const CanonicalField& b) {
    return doc::canonical_less(fields[a.index].name, fields[b.index].name);
  });
  return order;
}

void append_canonical(std::string& out, const TypeInfo& type, const void* object) {
  switch (type.shape) {
    case Shape::boolean:
      out += *static_cast<const bool*>(object) ? "true" : "false";
      return;
    case Shape::integer:
      return append_integer(out, *static_cast<const int64_t*>(object));
    case Shape::number:
      return doc::append_number(out, *static_cast<const double*>(object));
    case Shape::text:
      return doc::append_quoted(out, *static_cast<const std::string*>(object));
    case Shape::time:
      out += '"';
      append_time(out, *static_cast<const Time*>(object));
      out += '"';
      return;
    case Shape::duration:
      out += '"';
      out += duration_text(*static_cast<const Duration*>(object));
      out += '"';
      return;
    case Shape::digest:
      out += '"';
      append_digest(out, *static_cast<const Digest*>(object));
      out += '"';
      return;
    case Shape::ppm:
      return append_integer(out, static_cast<const Ppm*>(object)->value);
    case Shape::enumeration:
      return doc::append_quoted(out, type.names[static_cast<size_t>(type.get_enum(object))]);
    case Shape::any:
      return doc::append_canonical(out, *static_cast<const doc::Node*>(object));
    case Shape::object:
      return append_object(out, type, object);
    case Shape::list:
      return append_list(out, type, object);
    case Shape::map:
      return append_map(out, type, object);
    case Shape::optional:
      if (type.size(object) == 0) {
        out += "null";
        return;
      }
      return append_canonical(out, type.element(), element_of(type, object, 0));
  }
}

}  // namespace tollgate::reflect
