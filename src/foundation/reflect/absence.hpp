// What counts as absent when a struct is written. Internal to this folder: encode and canonical
// share it.
#pragma once

#include "foundation/reflect/type_info.hpp"

namespace tollgate::reflect {

/// True if a member of this type and value is left out: empty optional, list, map or text, and
/// null.
inline bool is_absent(const TypeInfo& type, const void* value) {
  switch (type.shape) {
    case Shape::text:
      return static_cast<const std::string*>(value)->empty();
    case Shape::any:
      return static_cast<const doc::Node*>(value)->is_null();
    case Shape::list:
    case Shape::map:
    case Shape::optional:
      return type.size(value) == 0;
    default:
      return false;
  }
}

/// The member of `object` that `field` describes. The tables hand out plain addresses, so constness
/// is taken off here and put back on.
inline const void* member_of(const FieldInfo& field, const void* object) {
  return field.get(const_cast<void*>(object));
}

/// Item `index` of a list, or with index 0 the value of an optional.
inline const void* element_of(const TypeInfo& type, const void* list, size_t index) {
  return type.at(const_cast<void*>(list), index);
}

/// Calls `visit(key, const void* value)` for each entry of a map in byte order of the keys.
template <class Visit>
void for_each_entry(const TypeInfo& type, const void* map, Visit visit) {
  type.each(const_cast<void*>(map), &visit, [](void* context, std::string_view key, void* value) {
    (*static_cast<Visit*>(context))(key, static_cast<const void*>(value));
  });
}

}  // namespace tollgate::reflect
