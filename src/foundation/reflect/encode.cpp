// Structs as document trees, in the order of their tables.
#include "foundation/base/assert.hpp"
#include "foundation/reflect/absence.hpp"
#include "foundation/reflect/reflect.hpp"

namespace tollgate::reflect {

doc::Node encode(const TypeInfo& type, const void* object) {
  switch (type.shape) {
    case Shape::boolean:
      return *static_cast<const bool*>(object);
    case Shape::integer:
      return *static_cast<const int64_t*>(object);
    case Shape::number:
      return *static_cast<const double*>(object);
    case Shape::text:
      return *static_cast<const std::string*>(object);
    case Shape::time:
      return time_text(*static_cast<const Time*>(object));
    case Shape::duration:
      return duration_text(*static_cast<const Duration*>(object));
    case Shape::digest:
      return digest_text(*static_cast<const Digest*>(object));
    case Shape::ppm:
      return static_cast<const Ppm*>(object)->value;
    case Shape::enumeration:
      return type.names[static_cast<size_t>(type.get_enum(object))];
    case Shape::any:
      return *static_cast<const doc::Node*>(object);
    case Shape::object: {
      doc::Node node = doc::Node::object();
      for (const FieldInfo& field : type.fields) {
        const TypeInfo& field_type = field.type();
        const void* member = member_of(field, object);
        if (is_absent(field_type, member)) continue;
        node.members().push_back({std::string(field.name), encode(field_type, member), {}});
      }
      return node;
    }
    case Shape::list: {
      doc::Node node = doc::Node::array();
      const size_t count = type.size(object);
      for (size_t i = 0; i < count; ++i) {
        node.push(encode(type.element(), element_of(type, object, i)));
      }
      return node;
    }
    case Shape::map: {
      doc::Node node = doc::Node::object();
      for_each_entry(type, object, [&](std::string_view key, const void* value) {
        node.members().push_back({std::string(key), encode(type.element(), value), {}});
      });
      return node;
    }
    case Shape::optional:
      if (type.size(object) == 0) return {};
      return encode(type.element(), element_of(type, object, 0));
  }
  return {};
}

}  // namespace tollgate::reflect
